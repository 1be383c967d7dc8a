// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/cardos/secmem"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/replay"
	"tscns/tests/simreader"
)

// record runs tscns report with what a person types, and returns the file.
func record(t *testing.T, l message.Language, s *simreader.Service, pin, typed string, o Options) (code int, out, file string) {
	t.Helper()
	o.Output = filepath.Join(t.TempDir(), "report.apdu")
	code, out = run(l, s, typed, func() (*secmem.Buffer, error) { return secmem.Copy([]byte(pin)), nil }, o)
	b, err := os.ReadFile(o.Output)
	if err != nil {
		require.ErrorIs(t, err, os.ErrNotExist)
	} else {
		info, err := os.Stat(o.Output)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	return code, out, string(b)
}

func run(l message.Language, s *simreader.Service, typed string, secret func() (*secmem.Buffer, error), o Options) (code int, out string) {
	var b bytes.Buffer
	person := &console.Console{Language: l, In: bufio.NewReader(strings.NewReader(typed)), Secret: secret, CanType: func() bool { return true }, Out: &b, Err: &b}
	code = Run(o, person, func() (cardos.Transport, error) { return s.Transport(), nil })
	return code, b.String()
}

var hexLine = regexp.MustCompile(`(?m)^[<>] ([0-9A-F ]*)`)

// wire returns the bytes of a transcript, each line by itself and the reads
// run together, so that a text cut in two is found too.
func wire(transcript string) [][]byte {
	var lines [][]byte
	var answers []byte
	for _, m := range hexLine.FindAllStringSubmatch(transcript, -1) {
		b, _ := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
		lines = append(lines, b)
		if m[0][0] == '<' && len(b) > 2 {
			answers = append(answers, b[:len(b)-2]...)
		}
	}
	return append(lines, answers)
}

// forms are the ways in which a text may stand in a transcript.
func forms(s string) map[string][]byte {
	f := map[string][]byte{"plain": []byte(s), "lower case": []byte(strings.ToLower(s)),
		"hex in text": []byte(strings.ToUpper(hex.EncodeToString([]byte(s))))}
	if digits := strings.Trim(s, "0123456789"); digits == "" && len(s)%2 == 0 {
		f["BCD"], _ = hex.DecodeString(s)
	}
	var wide []byte
	for _, r := range s {
		wide = append(wide, byte(r>>8), byte(r))
	}
	f["BMPString"] = wide
	return f
}

func TestReportKeepsNothingPersonal(t *testing.T) {
	for _, f := range cardtest.Families() {
		t.Run(string(f), func(t *testing.T) {
			s, _, o := cardtest.Insert(t, f, cardtest.Distinct(t))
			code, out, file := record(t, message.English, s, cardtest.DistinctPIN, "y\nRISK\ny\n", Options{Login: true, Probe: true})
			require.Equal(t, exit.OK, code, out)
			require.NotEmpty(t, file)
			assert.Contains(t, out, file, "all of it was shown")
			assert.Contains(t, file, "Login: done.")
			lines := wire(file)
			assert.Greater(t, len(lines), 20)
			for what, value := range cardtest.Personal(t, o) {
				require.NotEmpty(t, value, what)
				for form, b := range forms(value) {
					if what == "subject" || form == "hex in text" && len(b) < 8 {
						continue
					}
					assert.False(t, bytes.Contains([]byte(out), b), "%s, %s, in the text", what, form)
					spaced := []byte(fmt.Sprintf("% X", b))
					assert.False(t, bytes.Contains([]byte(file), spaced), "%s, %s, spelled in bytes", what, form)
					for _, line := range lines {
						assert.False(t, bytes.Contains(line, b), "%s, %s, on the wire", what, form)
					}
				}
			}
		})
	}
}

// What an IAS-ECC card states without a PIN is in the report: tries left,
// references, permitted operations, in every application, also in one that
// EF.DIR alone names. Asking costs no try, and numbers are not written.
func TestReportOfWhatACardStates(t *testing.T) {
	for _, name := range []string{"h-ias", "h-ias-control", "h-ias-two-pins", "h-ias-dir", "h-ias-dir-records", "h-ias-silent", "h-ias-silent-6984"} {
		t.Run(name, func(t *testing.T) {
			model, ok := simcard.ModelNamed(name)
			require.True(t, ok)
			s, card, o := cardtest.Insert(t, model.Family, cardtest.Distinct(t), model.Apply)
			code, out, file := record(t, message.English, s, "", "y\nno\ny\n", Options{Probe: true})
			require.Equal(t, exit.OK, code, out)
			assert.Zero(t, card.Stats().TriesSpent)
			assert.NotContains(t, file, "> 00 20 ")
			assert.NotContains(t, file, fmt.Sprintf("% X", o.Serial[:12]))
			if strings.Contains(name, "silent") {
				return
			}
			assert.Regexp(t, `(?m)^> 00 CB 3F FF .. 4D .* BF 81 0[12] .*\n< 70 .* 9B 01 03.* 90 00$`, file, "tries left")
			assert.Regexp(t, `(?m)^> 00 CB 3F FF .. 4D .* BF 90 .*\n< 70 .* 90 00$`, file, "key")
			assert.Regexp(t, `(?m)^> 00 CB 3F FF .. 4D .* BF FB .*\n< 70 .* 90 00$`, file, "environment")
			if strings.Contains(name, "dir") {
				assert.Contains(t, file, "> 00 A4 04 00 08 F0 4D 41 44 45 20 55 50 00   # application that EF.DIR lists")
			}
		})
	}
}

// However the certificate is stored, nothing of it that is personal is written;
// one that has a header is still one, and one that is compressed is left out.
func TestReportOfWrappedCertificates(t *testing.T) {
	for _, form := range simcard.CertificateForms() {
		for _, f := range []simcard.Family{simcard.FamilyC, simcard.FamilyE} {
			s, _, o := cardtest.Insert(t, f, cardtest.Distinct(t), func(o *simcard.Options) {
				o.CertificateForm, o.NumberFile = form, []byte(o.Serial+"654321")
			})
			code, out, file := record(t, message.English, s, "", "y\n", Options{})
			require.Equal(t, exit.OK, code, out)
			for what, value := range cardtest.Personal(t, o) {
				if len(value) > 3 {
					for _, written := range []string{value, fmt.Sprintf("% X", value)} {
						assert.NotContains(t, file, written, "%s, %s: %s", f, form, what)
					}
				}
			}
			assert.NotContains(t, file, fmt.Sprintf("% X", "654321"))
			if form != simcard.FormLength && form != simcard.FormTemplate && form != simcard.FormOctetString {
				continue
			}
			rec, err := replay.Parse(strings.NewReader(file))
			require.NoError(t, err)
			c, err := profile.Open(replay.New(rec), replay.Reader, cardos.Options{})
			require.NoError(t, err)
			identities, err := c.Identities()
			require.NoError(t, err)
			require.Len(t, identities[0].Keys, 1, "%s, %s", f, form)
			assert.Len(t, identities[0].Keys[0].Certificate.Raw, len(o.Authentication.Certificate))
		}
	}
}

// What was written is a card for the tests: it is recognised, listed, logged
// in to and signs as the one it was made of.
func TestReportReplays(t *testing.T) {
	for _, f := range cardtest.Families() {
		t.Run(string(f), func(t *testing.T) {
			s, sim, o := cardtest.Insert(t, f, cardtest.Distinct(t))
			if f == simcard.FamilyC {
				s.Insert(cardtest.ReaderName, &waiting{Card: sim}) // the same with 61xx
			}
			_, out, file := record(t, message.Italian, s, cardtest.DistinctPIN, "s\n", Options{Login: true})
			rec, err := replay.Parse(strings.NewReader(file))
			require.NoError(t, err)
			card := replay.New(rec)
			c, err := profile.Open(card, replay.Reader, cardos.Options{})
			require.NoError(t, err, out)
			live, err := profile.Open(s.Transport(), cardtest.ReaderName, cardos.Options{})
			require.NoError(t, err)
			defer live.Close()
			assert.Equal(t, live.Info().Family, c.Info().Family)
			assert.Equal(t, o.Serial[:1]+"000000000000000", c.Info().Serial)
			identities, err := c.Identities()
			require.NoError(t, err)
			require.Len(t, identities[0].Keys, 1)
			k := identities[0].Keys[0]
			assert.Len(t, k.Certificate.Raw, len(o.Authentication.Certificate))
			assert.NotEqual(t, o.Authentication.Certificate, k.Certificate.Raw)
			cert, err := x509.ParseCertificate(k.Certificate.Raw)
			require.NoError(t, err, "still a certificate")
			assert.NotEqual(t, &o.Authentication.Key.PublicKey, cert.PublicKey)
			assert.Equal(t, o.Authentication.Key.Size(), cert.PublicKey.(*rsa.PublicKey).Size())
			for _, d := range c.DataFiles() {
				b, err := c.ReadDataFile(d)
				if d.Label == "EF_DatiPersonali" && err == nil {
					h, err := cardos.ParseHolder(b)
					require.NoError(t, err)
					assert.Equal(t, "PRVPRV80A01X000X", h.TaxCode)
				}
			}
			require.NoError(t, c.VerifyPIN(0, cardos.Secret(cardtest.DistinctPIN)))
			require.NoError(t, (&reporter{card: c}).sign(&k))
			assert.Empty(t, card.Unknown())
		})
	}
}

func TestReportOnlyWhenAsked(t *testing.T) {
	s, card, _ := cardtest.Insert(t, simcard.FamilyB2, cardtest.Distinct(t))
	// Not asked for a login: no PIN goes out, and none is asked for.
	asked := func() (*secmem.Buffer, error) { t.Error("asked for a PIN"); return nil, nil }
	path := filepath.Join(t.TempDir(), "x")
	code, out := run(message.English, s, "n\n", asked, Options{Output: path})
	assert.Equal(t, exit.OK, code)
	assert.NoFileExists(t, path, "not wanted, not written")
	assert.Contains(t, out, "Nothing was written")
	for _, e := range card.Log() {
		assert.NotEqual(t, byte(0x20), e.Header[1])
	}
	// Probes refused: none sent. Accepted without the risk: no VERIFY.
	card.ClearLog()
	_, _, _ = record(t, message.English, s, "", "n\ny\n", Options{Probe: true})
	plain := len(card.Log())
	card.ClearLog()
	_, _, file := record(t, message.English, s, "", "y\nyes\ny\n", Options{Probe: true})
	assert.Greater(t, len(card.Log()), plain+5)
	assert.Contains(t, file, "Probe: ")
	for _, e := range card.Log() {
		assert.NotEqual(t, byte(0x20), e.Header[1], "no query of the tries without its own consent")
	}
	tries, _ := card.Tries()
	assert.Equal(t, 3, tries)
	// A file that is there is not overwritten.
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	code, _ = run(message.English, s, "y\n", asked, Options{Output: path})
	assert.Equal(t, exit.NotGood, code)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(b))
}

// The risk that is named is real: on these cards the question costs a try.
func TestReportRiskIsNamed(t *testing.T) {
	s, card, _ := cardtest.Insert(t, simcard.FamilyH, cardtest.Distinct(t))
	_, out, _ := record(t, message.English, s, "", "y\nRISK\nn\n", Options{Probe: true})
	assert.Contains(t, out, "ONE TRY")
	tries, _ := card.Tries()
	assert.Equal(t, 2, tries, "asked once, in the application that knows the PIN")
}

func TestReportWrongPIN(t *testing.T) {
	s, card, _ := cardtest.Insert(t, simcard.FamilyD, cardtest.Distinct(t))
	for l, word := range []string{"Wrong PIN", "PIN sbagliato"} {
		_, out, file := record(t, message.Language(l), s, "99999", "y\n", Options{Login: true})
		assert.Contains(t, out, word)
		assert.Contains(t, file, "Login: cardos: PIN incorrect")
		tries, _ := card.Tries()
		assert.Equal(t, 2-l, tries, "one try each")
	}
	_, out, _ := record(t, message.English, s, "12", "n\n", Options{Login: true})
	assert.Contains(t, out, "5 to 8 digits")
	_, out, _ = record(t, message.English, s, "", "n\n", Options{Login: true})
	assert.Contains(t, out, "No PIN")
	tries, _ := card.Tries()
	assert.Equal(t, 1, tries)
}

// A card that nobody knows how to use says so in plain words, in both
// languages, and what came of it is recorded.
func TestReportOfACardThatTakesNothing(t *testing.T) {
	for l, word := range []string{"can be read, but not yet used", "si può leggere, ma non ancora usare"} {
		s, card, _ := cardtest.Insert(t, simcard.FamilyH, cardtest.Distinct(t), func(o *simcard.Options) {
			b := simcard.DefaultBehaviour(simcard.FamilyH)
			b.H = &simcard.VariantH{Third: "A0000002471001"}
			o.Behaviour = &b
		})
		_, out, file := record(t, message.Language(l), s, cardtest.DistinctPIN, "y\n", Options{Login: true})
		assert.Contains(t, out, word)
		assert.Equal(t, 14, strings.Count(file, "> 00 20 00"), "each form once")
		tries, _ := card.Tries()
		assert.Equal(t, 3, tries)
	}
}

func TestReportOfAForeignCard(t *testing.T) {
	s, _, _ := cardtest.Insert(t, simcard.FamilyForeign)
	code, out, file := record(t, message.English, s, cardtest.DistinctPIN, "y\n", Options{Login: true})
	assert.Equal(t, exit.NotGood, code)
	assert.Contains(t, out, "does not take this card for a TS-CNS")
	assert.Contains(t, file, "Not recognised")
	assert.NotContains(t, file, "> 00 20")
}

func TestReportWithoutCard(t *testing.T) {
	s := simreader.NewService(cardtest.ReaderName)
	code, out, _ := record(t, message.Italian, s, "", "", Options{Probe: true})
	assert.Equal(t, exit.NotGood, code)
	assert.Contains(t, out, "Nessuna tessera")
	s.StopService()
	code, out, _ = record(t, message.Italian, s, "", "", Options{})
	assert.Equal(t, exit.NotGood, code)
	assert.Contains(t, out, "pcscd")
}

// A contactless answer to reset loses the card's own identifier.
func TestATRWithoutTheCardsIdentifier(t *testing.T) {
	atr := []byte{0x3B, 0x8C, 0x80, 0x01, 0x50, 1, 2, 3, 4, 0, 0, 0, 0, 0x33, 0x81, 0x91, 0}
	got := new(cleaner).atr(atr)
	assert.Equal(t, []byte{0, 0, 0, 0}, got[5:9])
	x := byte(0)
	for _, b := range got[1:] {
		x ^= b
	}
	assert.Zero(t, x, "the check byte fits")
	assert.Equal(t, atr[9:16], got[9:16])
}

// The certificate of a signature key is masked as the other one.
func TestReportOfTwoKeys(t *testing.T) {
	s, _, o := cardtest.Insert(t, simcard.FamilyB1, cardtest.Distinct(t), cardtest.Signature(t, "34509876", "99887766"))
	cert, err := x509.ParseCertificate(o.Signature.Certificate)
	require.NoError(t, err)
	_, _, file := record(t, message.English, s, cardtest.DistinctPIN, "y\n", Options{Login: true, PublicKey: true})
	assert.Contains(t, file, "Certificates found: 2.")
	list := cardtest.Personal(t, o)
	list["second serial number"], list["second signature"] = string(cert.SerialNumber.Bytes()), string(cert.Signature)
	lines := wire(file)
	for what, value := range list {
		for _, line := range lines {
			assert.False(t, bytes.Contains(line, []byte(value)), what)
		}
	}
	modulus := o.Signature.Key.N.Bytes()
	assert.True(t, bytes.Contains(lines[len(lines)-1], modulus), "the public key stays where it is wanted")
	_, _, file = record(t, message.English, s, cardtest.DistinctPIN, "y\n", Options{Login: true})
	lines = wire(file)
	for _, k := range []*simcard.Credential{&o.Authentication, o.Signature} {
		modulus := k.Key.N.Bytes()
		assert.False(t, bytes.Contains(lines[len(lines)-1], modulus[:16]), "and nowhere else")
	}
}
