// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
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
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/replay"
	"tscns/tests/simreader"
)

const reportPIN = "3917465" // of no other use in the tests, so that it can be looked for

// report runs tscns report with what a person types, and returns the file.
func report(t *testing.T, l lang, s *simreader.Service, pin, typed string, args ...string) (code int, out, file string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.apdu")
	p := person{bufio.NewReader(strings.NewReader(typed)), func() ([]byte, error) { return []byte(pin), nil }}
	var o, e bytes.Buffer
	code = runReport(append(args, "--output", path), l, p, &o, &e, func() (cardos.Transport, error) { return s.Transport(), nil })
	b, err := os.ReadFile(path)
	if err != nil {
		require.ErrorIs(t, err, os.ErrNotExist)
	} else {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	return code, o.String() + e.String(), string(b)
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

// personal lists what must not survive, by name.
func personal(t *testing.T, o simcard.Options) map[string]string {
	t.Helper()
	h, err := cardos.ParseHolder(o.Personal)
	require.NoError(t, err)
	c, err := x509.ParseCertificate(o.Authentication.Certificate)
	require.NoError(t, err)
	list := map[string]string{
		"surname": h.Surname, "name": h.Name, "codice fiscale": h.TaxCode, "birth": "29021988", "address": h.Address, "card number": o.Serial,
		"middle of the number": o.Serial[2:14], "printed number": o.Serial[1:13], "subject": c.Subject.CommonName,
		"hash in the subject": c.Subject.CommonName[strings.LastIndexByte(c.Subject.CommonName, '.')+1:],
		"unit in the subject": c.Subject.OrganizationalUnit[0], "authority's signature": string(c.Signature),
		"serial number": string(c.SerialNumber.Bytes()), "PIN": o.PIN, "PUK": "87654321",
	}
	if o.Serial[4:8] != "0000" {
		list["end of the number"] = o.Serial[4:]
	}
	return list
}

// distinctHolder has names that stand nowhere else: that of the other tests is
// in the addresses of their authority.
var distinctHolder = pki.Holder{
	Issuer: "6030", Issued: "14022026", Expires: "13022032", Surname: "ZUCCHINELLI", Name: "GAUDENZIO", Born: "29021988",
	Sex: "M", Height: "181", CodiceFiscale: "ZCCGNZ88B29Z999W", BirthTown: "Z999", Town: "Z998", Address: "VIA FINTA 7",
}

// distinct makes the card out to that person.
func distinct(t *testing.T, f simcard.Family) func(*simcard.Options) {
	t.Helper()
	set, err := pki.NewSet(pki.IdentityOptions{Bits: simcard.KeyBits(f), Holder: distinctHolder})
	require.NoError(t, err)
	return func(o *simcard.Options) {
		*o = simcard.ForIdentity(f, set.Identity)
		o.PIN = reportPIN
	}
}

func TestReportKeepsNothingPersonal(t *testing.T) {
	for _, f := range simcard.Families() {
		if f == simcard.FamilyForeign {
			continue
		}
		t.Run(string(f), func(t *testing.T) {
			s, _, o := reader(t, f, distinct(t, f))
			code, out, file := report(t, english, s, reportPIN, "y\nRISK\ny\n", "--login", "--probe")
			require.Equal(t, exitOK, code, out)
			require.NotEmpty(t, file)
			assert.Contains(t, out, file, "all of it was shown")
			assert.Contains(t, file, "Login: done.")
			lines := wire(file)
			assert.Greater(t, len(lines), 20)
			for what, value := range personal(t, o) {
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

// What was written is a card for the tests: it is recognised, listed, logged
// in to and signs as the one it was made of.
func TestReportReplays(t *testing.T) {
	for _, f := range simcard.Families() {
		if f == simcard.FamilyForeign {
			continue
		}
		t.Run(string(f), func(t *testing.T) {
			s, _, o := reader(t, f, distinct(t, f))
			_, out, file := report(t, italian, s, reportPIN, "s\n", "--login")
			rec, err := replay.Parse(strings.NewReader(file))
			require.NoError(t, err)
			card := replay.New(rec)
			c, err := profile.Open(card, replay.Reader, cardos.Options{})
			require.NoError(t, err, out)
			live, err := profile.Open(s.Transport(), readerName, cardos.Options{})
			require.NoError(t, err)
			defer live.Close()
			assert.Equal(t, live.Info().Family, c.Info().Family)
			assert.Equal(t, o.Serial[:1]+"000000000000000", c.Info().Serial)
			identities, err := c.Identities()
			require.NoError(t, err)
			require.Len(t, identities[0].Keys, 1)
			k := identities[0].Keys[0]
			assert.Equal(t, len(o.Authentication.Certificate), len(k.Certificate.Raw))
			assert.NotEqual(t, o.Authentication.Certificate, k.Certificate.Raw)
			cert, err := x509.ParseCertificate(k.Certificate.Raw)
			require.NoError(t, err, "still a certificate")
			assert.Equal(t, &o.Authentication.Key.PublicKey, cert.PublicKey)
			for _, d := range c.DataFiles() {
				b, err := c.ReadDataFile(d)
				if d.Label == "EF_DatiPersonali" && err == nil {
					h, err := cardos.ParseHolder(b)
					require.NoError(t, err)
					assert.Equal(t, "PRVPRV80A01X000X", h.TaxCode)
				}
			}
			require.NoError(t, c.VerifyPIN(0, cardos.Secret(reportPIN)))
			require.NoError(t, (&reporter{card: c}).sign(&k))
			assert.Empty(t, card.Unknown())
		})
	}
}

func TestReportOnlyWhenAsked(t *testing.T) {
	s, card, _ := reader(t, simcard.FamilyB2, distinct(t, simcard.FamilyB2))
	// Not asked for a login: no PIN goes out, and none is asked for.
	p := person{bufio.NewReader(strings.NewReader("n\n")), func() ([]byte, error) { t.Error("asked for a PIN"); return nil, nil }}
	var out bytes.Buffer
	path := filepath.Join(t.TempDir(), "x")
	assert.Equal(t, exitOK, runReport([]string{"--output", path}, english, p, &out, &out, func() (cardos.Transport, error) { return s.Transport(), nil }))
	assert.NoFileExists(t, path, "not wanted, not written")
	assert.Contains(t, out.String(), "Nothing was written")
	for _, e := range card.Log() {
		assert.NotEqual(t, byte(0x20), e.Header[1])
	}
	// Probes refused: none sent. Accepted without the risk: no VERIFY.
	card.ClearLog()
	_, _, _ = report(t, english, s, "", "n\ny\n", "--probe")
	plain := len(card.Log())
	card.ClearLog()
	_, _, file := report(t, english, s, "", "y\nyes\ny\n", "--probe")
	assert.Greater(t, len(card.Log()), plain+5)
	assert.Contains(t, file, "Probe: ")
	for _, e := range card.Log() {
		assert.NotEqual(t, byte(0x20), e.Header[1], "no query of the tries without its own consent")
	}
	tries, _ := card.Tries()
	assert.Equal(t, 3, tries)
	// A file that is there is not overwritten.
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	p = person{bufio.NewReader(strings.NewReader("y\n")), nil}
	assert.Equal(t, exitNotGood, runReport([]string{"--output", path}, english, p, &out, &out, func() (cardos.Transport, error) { return s.Transport(), nil }))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(b))
}

// The risk that is named is real: on these cards the question costs a try.
func TestReportRiskIsNamed(t *testing.T) {
	s, card, _ := reader(t, simcard.FamilyH, distinct(t, simcard.FamilyH))
	_, out, _ := report(t, english, s, "", "y\nRISK\nn\n", "--probe")
	assert.Contains(t, out, "ONE TRY")
	tries, _ := card.Tries()
	assert.Equal(t, 2, tries, "asked once, in the application that knows the PIN")
}

func TestReportWrongPIN(t *testing.T) {
	s, card, _ := reader(t, simcard.FamilyD, distinct(t, simcard.FamilyD))
	for l, word := range []string{"Wrong PIN", "PIN sbagliato"} {
		_, out, file := report(t, lang(l), s, "99999", "y\n", "--login")
		assert.Contains(t, out, word)
		assert.Contains(t, file, "Login: cardos: PIN incorrect")
		tries, _ := card.Tries()
		assert.Equal(t, 2-l, tries, "one try each")
	}
	_, out, _ := report(t, english, s, "12", "n\n", "--login")
	assert.Contains(t, out, "5 to 8 digits")
	_, out, _ = report(t, english, s, "", "n\n", "--login")
	assert.Contains(t, out, "No PIN")
	tries, _ := card.Tries()
	assert.Equal(t, 1, tries)
}

// A card that nobody knows how to use says so in plain words, in both
// languages, and what came of it is recorded.
func TestReportOfACardThatTakesNothing(t *testing.T) {
	for l, word := range []string{"can be read, but not yet used", "si può leggere, ma non ancora usare"} {
		s, card, _ := reader(t, simcard.FamilyH, func(o *simcard.Options) {
			distinct(t, simcard.FamilyH)(o)
			b := simcard.DefaultBehaviour(simcard.FamilyH)
			b.H = &simcard.VariantH{Third: "A0000002471001"}
			o.Behaviour = &b
		})
		_, out, file := report(t, lang(l), s, reportPIN, "y\n", "--login")
		assert.Contains(t, out, word)
		assert.Equal(t, 12, strings.Count(file, "> 00 20 00"), "each form once")
		tries, _ := card.Tries()
		assert.Equal(t, 3, tries)
		_, status, _ := tscns(lang(l), s, "status")
		assert.Contains(t, status, "tscns report --login")
	}
}

func TestReportOfAForeignCard(t *testing.T) {
	s, _, _ := reader(t, simcard.FamilyForeign, nil)
	code, out, file := report(t, english, s, reportPIN, "y\n", "--login")
	assert.Equal(t, exitNotGood, code)
	assert.Contains(t, out, "does not take this card for a TS-CNS")
	assert.Contains(t, file, "Not recognised")
	assert.NotContains(t, file, "> 00 20")
}

func TestReportWithoutCard(t *testing.T) {
	s := simreader.NewService(readerName)
	code, out, _ := report(t, italian, s, "", "", "--probe")
	assert.Equal(t, exitNotGood, code)
	assert.Contains(t, out, "Nessuna tessera")
	s.StopService()
	code, out, _ = report(t, italian, s, "", "")
	assert.Equal(t, exitNotGood, code)
	assert.Contains(t, out, "pcscd")
}

// The mask of a certificate with what a card of another region may carry.
func TestMaskATR(t *testing.T) {
	atr := []byte{0x3B, 0x8C, 0x80, 0x01, 0x50, 1, 2, 3, 4, 0, 0, 0, 0, 0x33, 0x81, 0x91, 0}
	got := maskATR(atr)
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
	authority, err := pki.NewAuthority(false)
	require.NoError(t, err)
	ds, err := authority.IssueIdentity(pki.IdentityOptions{Signature: true, Holder: distinctHolder})
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(ds.Certificate)
	require.NoError(t, err)
	s, _, o := reader(t, simcard.FamilyB1, func(o *simcard.Options) {
		distinct(t, simcard.FamilyB1)(o)
		o.Signature = &simcard.Credential{Key: ds.Key, Certificate: ds.Certificate, PIN: "34509876", PUK: "99887766"}
	})
	_, _, file := report(t, english, s, reportPIN, "y\n", "--login")
	assert.Contains(t, file, "Certificates found: 2.")
	list := personal(t, o)
	list["second serial number"], list["second signature"] = string(cert.SerialNumber.Bytes()), string(cert.Signature)
	lines := wire(file)
	for what, value := range list {
		for _, line := range lines {
			assert.False(t, bytes.Contains(line, []byte(value)), what)
		}
	}
	modulus := ds.Key.N.Bytes()
	assert.True(t, bytes.Contains(lines[len(lines)-1], modulus), "the public key stays")
}
