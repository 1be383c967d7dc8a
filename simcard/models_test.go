// SPDX-License-Identifier: Apache-2.0

package simcard_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// Every model is made, answers with its ATR, and is the same card after its
// description was written and read.
func TestModels(t *testing.T) {
	names := map[string]bool{}
	for _, m := range simcard.Models() {
		require.False(t, names[m.Name], m.Name)
		names[m.Name] = true
		o := options(t, m.Family)
		m.Apply(&o)
		text, err := json.Marshal(o)
		require.NoError(t, err)
		var read simcard.Options
		require.NoError(t, json.Unmarshal(text, &read), m.Name)
		require.Equal(t, o.Behaviour, read.Behaviour, m.Name)
		require.Equal(t, o.ATR, read.ATR, m.Name)
		require.Equal(t, o.CertificateForm, read.CertificateForm, m.Name)
		atr := strings.ToUpper(hex.EncodeToString(card(t, o).ATR()))
		if m.Family == simcard.FamilyH {
			require.Equal(t, simcard.ATRACe2025, atr, m.Name)
		}
	}
	require.GreaterOrEqual(t, len(names), 15)
	_, ok := simcard.ModelNamed("h-none")
	require.False(t, ok)
}

// The check byte of every ATR is the exclusive or of the bytes before it
// (ISO/IEC 7816-3, 8.2.5), the first left out.
func TestCheckBytes(t *testing.T) {
	for _, f := range simcard.Families() {
		var check byte
		for _, b := range simcard.ATR(f)[1:] {
			check ^= b
		}
		require.Zero(t, check, f)
	}
}

func TestYesMan(t *testing.T) {
	for name, data := range map[string]int{"yes-man": 0, "yes-man-zeros": 256} {
		c := model(t, name)
		for _, command := range []string{"00A40800041100110200", "00A40800041100DEAD00", "00B0000000", "80FFFFFF00", selectHolder} {
			require.Equal(t, make([]byte, data), append([]byte{}, expect(t, c, "9000", command)...), command)
		}
		expect(t, c, "9000", "00200010083132333435363738")
		expect(t, c, "9000", "00")
	}
}

func TestSpanishCard(t *testing.T) {
	c := model(t, "e-spanish")
	require.Equal(t, simcard.ATRSpanish, strings.ToUpper(hex.EncodeToString(c.ATR())))
	content := readFile(t, c, "140090012002")
	require.Len(t, content, 2048)
	require.NotEqual(t, byte(0x30), content[0])
	require.Empty(t, bytes.Trim(readFile(t, c, "11001102"), "\x00"))
}

// stored reads the certificate file of a card whose certificate has a form; it
// is nil where there is no such file.
func stored(t *testing.T, f simcard.Family, form string) []byte {
	t.Helper()
	o := options(t, f)
	o.CertificateForm = form
	c := card(t, o)
	path := certificatePath(f)
	if f == simcard.FamilyH {
		path = "DA01C001"
		expect(t, c, "9000", "00A4040007A000000247100100")
	}
	if _, sw := send(t, c, "00A40800"+hexLength(path)+path+"00"); sw == "6A82" {
		return nil
	}
	return append([]byte{}, readFile(t, c, path)...)
}

func hexLength(data string) string { return hex.EncodeToString([]byte{byte(len(data) / 2)}) }

// unpackers are the ways back from a form to the certificate.
func unpackers(t *testing.T) map[string]func([]byte) []byte {
	t.Helper()
	all := func(r io.Reader, err error) []byte {
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		return data
	}
	content := func(tag int) func([]byte) []byte {
		return func(b []byte) []byte {
			var value asn1.RawValue
			_, err := asn1.Unmarshal(b, &value)
			require.NoError(t, err)
			require.Equal(t, tag, value.Class<<6|value.Tag)
			return value.Bytes
		}
	}
	return map[string]func([]byte) []byte{
		simcard.FormPlain: func(b []byte) []byte { return b },
		simcard.FormGzip: func(b []byte) []byte {
			r := bytes.NewReader(b)
			z, err := gzip.NewReader(r)
			z.Multistream(false)
			return all(z, err)
		},
		simcard.FormZlib:   func(b []byte) []byte { return all(zlib.NewReader(bytes.NewReader(b))) },
		simcard.FormLength: func(b []byte) []byte { return b[2 : 2+binary.BigEndian.Uint16(b)] },
		simcard.FormZlibLength: func(b []byte) []byte {
			require.Equal(t, []byte{0x01, 0x00}, b[:2])
			der := all(zlib.NewReader(bytes.NewReader(b[4:])))
			require.Len(t, der, int(binary.LittleEndian.Uint16(b[2:])))
			return der
		},
		simcard.FormTemplate:    content(0x40 | 0x10),
		simcard.FormOctetString: content(asn1.TagOctetString),
	}
}

// Every form holds the certificate that it says, on each layout.
func TestCertificateForms(t *testing.T) {
	unpack := unpackers(t)
	empty := map[string]func(b []byte) bool{
		simcard.FormAbsent: func(b []byte) bool { return b == nil },
		simcard.FormEmpty:  func(b []byte) bool { return b != nil && len(b) == 0 },
		simcard.FormZeros:  func(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "\x00")) == 0 },
		simcard.FormOnes:   func(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "\xFF")) == 0 },
		simcard.FormNoise:  func(b []byte) bool { return len(b) > 1000 && len(bytes.Trim(b, "\x00")) > 1000 },
	}
	for _, f := range []simcard.Family{simcard.FamilyC, simcard.FamilyB2, simcard.FamilyE, simcard.FamilyH} {
		for _, form := range simcard.CertificateForms() {
			b := stored(t, f, form)
			der := set(t, f).Identity.Certificate
			if form == simcard.FormEC {
				made, err := x509.ParseCertificate(b[:4+int(binary.BigEndian.Uint16(b[2:]))])
				require.NoError(t, err, f)
				require.Equal(t, x509.ECDSA, made.PublicKeyAlgorithm)
				require.True(t, bytes.Contains(der, made.RawSubject), "the holder's name")
				continue
			}
			if open := unpack[form]; open != nil {
				require.Equal(t, der, open(b)[:len(der)], "%s %s", f, form)
				continue
			}
			require.True(t, empty[form](b), "%s %s: %X", f, form, b)
		}
	}
	o := options(t, simcard.FamilyC)
	o.CertificateForm = "folded"
	_, err := simcard.New(o)
	require.Error(t, err)
}
