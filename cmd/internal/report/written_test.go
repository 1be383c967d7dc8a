// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/simcard/pki"
)

// written returns the transcript of exchanges: commands in hexadecimal, each with
// its answer.
func written(t *testing.T, atr []byte, exchanges [][2]string) (text string, leak bool) {
	t.Helper()
	r := &recording{atr: atr}
	for _, e := range exchanges {
		command, err := hex.DecodeString(strings.ReplaceAll(e[0], " ", ""))
		require.NoError(t, err)
		r.exchanges = append(r.exchanges, &exchange{command: command, answer: []byte(e[1])})
	}
	var b bytes.Buffer
	c := &cleaner{}
	atr = c.clean(r)
	r.write(&b, nil, atr)
	return b.String(), c.leak(r, b.Bytes())
}

// A holder whom no file of these recordings names, unless a case says so: what
// is not understood has to be left out, not found out.
const (
	name   = "QUINTAVALLE"
	code   = "QNTGDN88B29Z999W"
	serial = "6030123456789015"
)

const done, notFound = "\x90\x00", "\x6A\x82"

func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func unhex(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return string(b)
}

func object(tag byte, value string) string { return string([]byte{tag, byte(len(value))}) + value }

// spellings are the ways in which a secret may stand in what a card answers.
func spellings(s string) map[string]string {
	list := map[string]string{"plain": s, "lower case": strings.ToLower(s), "wide": wide(s),
		"hexadecimal": hex.EncodeToString([]byte(s)), "base64": base64.StdEncoding.EncodeToString([]byte(s)),
		"base64 behind another byte": base64.RawURLEncoding.EncodeToString([]byte("x" + s))}
	if s == serial {
		list["packed"] = unhex(s)
		list["packed, halves exchanged"] = string(swapped([]byte(unhex(s))))
		list["packed, half a byte on"] = unhex("5" + s + "F")
	}
	return list
}

// requireNoneOf wants a secret in no spelling in a transcript.
func requireNoneOf(t *testing.T, text string) {
	t.Helper()
	for _, line := range wire(text) {
		for _, secret := range []string{name, code, serial} {
			for how, spelled := range spellings(secret) {
				assert.False(t, bytes.Contains(line, []byte(spelled)), "%s, %s: % X", secret, how, line)
			}
		}
	}
}

// Places where a card may have any data, with what the command says of them.
var places = map[string]func(data string) [][2]string{
	"extended read": func(data string) [][2]string {
		return [][2]string{{"00A4080004 1100 1101 00", object(0x6F, object(0x80, "\x08\x00")) + done}, {"00B00000000800", data + done}}
	},
	"extended read of one byte more": func(data string) [][2]string {
		return [][2]string{{"00B00000000001", data + done}}
	},
	"waiting answer": func(data string) [][2]string {
		return [][2]string{{"00A4040000", "\x61\x20"}, {"00C0000020", data + done}}
	},
	"answer that nobody asked for": func(data string) [][2]string { return [][2]string{{"00C0000020", data + done}} },
	"file by short identifier":     func(data string) [][2]string { return [][2]string{{"00B09C0000", data + done}} },
	"number with more behind it": func(data string) [][2]string {
		return [][2]string{{"00B09C0000", object(0x5A, "\x60\x30\x00\x00\x00\x00\x00\x00") + data + done}}
	},
	"odd read": func(data string) [][2]string {
		return [][2]string{{"00B10000 04 54020000 00", object(0x53, data) + done}}
	},
	"odd read without an object": func(data string) [][2]string {
		return [][2]string{{"00B10000 04 54020000 00", data + done}}
	},
	"record of any file": func(data string) [][2]string {
		return [][2]string{{"00A4020C023F02", done}, {"00B2010400", object(0x4F, data) + done}}
	},
	"label in EF.DIR": func(data string) [][2]string {
		return [][2]string{{"00A4020C022F00", done}, {"00B2010400", object(0x61, object(0x4F, "\xA0\x00\x00\x00\x01")+object(0x50, data)) + done}}
	},
	"application named after the holder": func(data string) [][2]string {
		data = data[:min(16, len(data))]
		return [][2]string{{"00A4020C022F00", done}, {"00B0000000", object(0x61, object(0x4F, data)) + done},
			{"00A40400" + hex.EncodeToString([]byte(object(0, data)[1:])) + "00", notFound}}
	},
	"application named after a provider and the holder": func(data string) [][2]string {
		data = ("\xA0\x00\x00\x00\x01" + data)[:min(16, 5+len(data))]
		return [][2]string{{"00A40400" + hex.EncodeToString([]byte(object(0, data)[1:])) + "00", object(0x6F, object(0x84, data)) + done}}
	},
	"objects without content": func(data string) [][2]string { // each letter a tag, each zero a length
		return [][2]string{{"00A4020C022F00", done}, {"00B0000000", strings.TrimSuffix(data, "\x00") + "\x00" + done}}
	},
	"path of a file": func(data string) [][2]string {
		data = data[:min(8, len(data)&^1)]
		return [][2]string{{"00A40800" + hex.EncodeToString([]byte(object(0, data)[1:])), done}}
	},
	"file control information": func(data string) [][2]string {
		return [][2]string{{"00A4040000", object(0x6F, object(0xA5, object(0x50, data))+object(0x85, data)+object(0xCB, data)) + done}}
	},
	"name of the chip": func(data string) [][2]string {
		return [][2]string{{"00CA018000", "\x01\x80" + object(0, data)[1:] + done}}
	},
	"free memory": func(data string) [][2]string {
		return [][2]string{{"00CADF6400", "\xDF\x64" + object(0, data)[1:] + done}}
	},
	"number of the chip": func(data string) [][2]string { return [][2]string{{"00CA011400", data + done}} },
	"statement of a PIN": func(data string) [][2]string {
		return [][2]string{{"00CB3FFF0B4D097007BF8101037F418000", object(0x70, object(0x80, data)) + done}}
	},
	"list of what to ask": func(data string) [][2]string {
		return [][2]string{{"00CB3FFF" + hex.EncodeToString([]byte(object(0, data)[1:])), notFound}}
	},
	"error": func(data string) [][2]string {
		return [][2]string{{"00A4040000", data + notFound}, {"00B0000000", data + "\x69\x82"}}
	},
	"warning": func(data string) [][2]string {
		return [][2]string{{"00CA018000", data + "\x62\x82"}, {"00200010", data + "\x63\xC3"}}
	},
	"signature": func(data string) [][2]string {
		return [][2]string{{"002A808603010203", data + done}, {"0088000003010203", data + done}}
	},
	"text to sign": func(data string) [][2]string {
		return [][2]string{{"002A8086" + hex.EncodeToString([]byte(object(0, data)[1:])), "\x69\x82"}}
	},
	"text to sign, in parts": func(data string) [][2]string {
		half := len(data) / 2
		return [][2]string{{"102A8086" + hex.EncodeToString([]byte(object(0, data[:half])[1:])), done},
			{"002A8086" + hex.EncodeToString([]byte(object(0, data[half:])[1:])), data + done}}
	},
	"update": func(data string) [][2]string {
		return [][2]string{{"00D60000" + hex.EncodeToString([]byte(object(0, data)[1:])), done}}
	},
	"extended update": func(data string) [][2]string {
		return [][2]string{{"00D60000" + "0000" + hex.EncodeToString([]byte(object(0, data)[1:])), done}}
	},
	"lengths that contradict": func(data string) [][2]string {
		return [][2]string{{"00A40400" + "01" + hex.EncodeToString([]byte(data)), notFound}}
	},
	"logical channel": func(data string) [][2]string {
		return [][2]string{{"01A4040000", object(0x6F, object(0x84, data)) + done}, {"01B0000000", data + done}}
	},
	"secure messaging": func(data string) [][2]string {
		return [][2]string{{"0CB00000" + hex.EncodeToString([]byte(object(0, data)[1:])), data + done}}
	},
	"unknown instruction": func(data string) [][2]string {
		return [][2]string{{"8050000000", data + done}, {"00840000 08", data + done}}
	},
	"attributes of an object": func(data string) [][2]string {
		return [][2]string{{"00A4080006 1400 9001 2102", done}, {"00B0000000", "\x00\x01\x00" + object(0, data)[1:] + "\x00\x00" + data + done}}
	},
	"label of the token": func(data string) [][2]string {
		return [][2]string{{"00A4080004 1400 1000", done}, {"00B0000000", (data + strings.Repeat(" ", 36))[:36] + done}}
	},
	"directory of objects": func(data string) [][2]string {
		return [][2]string{{"00A4080004 1400 4000", done}, {"00B0000000", data + done}}
	},
	"number that is none": func(data string) [][2]string {
		return [][2]string{{"00A4080004 1000 1003", done}, {"00B0000000", data + " " + data + done}}
	},
	"file between two others": func(data string) [][2]string {
		return [][2]string{{"00A4080004 1200 1201", done}, {"00B0000000", strings.Repeat("\x00", 32) + data + done}, {"00B0002000", data + done}}
	},
	"file with a hole": func(data string) [][2]string {
		return [][2]string{{"00A4080004 1000 1003", done}, {"00B0000001", "6" + done}, {"00B0000800", data + done}}
	},
}

// Whatever a card answers, and to whatever it was asked, nothing is written that
// was not understood.
func TestNothingThatWasNotUnderstood(t *testing.T) {
	for place, exchanges := range places {
		for _, secret := range []string{name, code, serial} {
			for how, data := range spellings(secret) {
				t.Run(place+"/"+secret+"/"+how, func(t *testing.T) {
					text, leak := written(t, []byte{0x3B, 0x00}, exchanges(data))
					requireNoneOf(t, text)
					assert.False(t, leak, "nothing was left for the last look")
				})
			}
		}
	}
}

// holderFile is EF_DatiPersonali of the holder.
func holderFile() string {
	return string(pki.Holder{Issuer: "6030", Issued: "14022026", Expires: "13022032", Surname: name, Name: "GAUDENZIO",
		Born: "29021988", Sex: "M", CodiceFiscale: code, BirthTown: "Z999", Town: "Z998"}.EF())
}

// What tells of the holder in one place is known in every other, also where a
// second file has the same form.
func TestTheHolderIsKnownEverywhere(t *testing.T) {
	holder := [][2]string{{"00A4080004 1100 1102", done}, {"00B0000000", holderFile()[:256] + done}, {"00B0010000", holderFile()[256:] + done}}
	text, leak := written(t, []byte{0x3B, 0x00}, append(holder, [2]string{"00A4080004 1F00 1F02", done}, [2]string{"00B000000001F4", holderFile() + "\x62\x82"}))
	requireNoneOf(t, text)
	assert.False(t, leak)
	assert.Equal(t, 2, strings.Count(text, "50 52 56 50 52 56"), "both are written, with a made-up code")
	assert.NotContains(t, text, "47 41 55 44", "first name")
	// A name of four letters in a name of an application, which alone would do.
	short := string(pki.Holder{Surname: "ROSA", Name: "LEO"}.EF())
	holder = [][2]string{{"00A4080004 1100 1102", done}, {"00B00000000190", short + done},
		{"00A4040007 F00102 524F5341 00", done}, {"00A4040006 F00102 4C454F 00", done}}
	text, _ = written(t, []byte{0x3B, 0x00}, holder)
	assert.NotContains(t, text, "52 4F 53 41")
	assert.NotContains(t, text, "4C 45 4F")
}

func TestNothingInTheAnswerToReset(t *testing.T) {
	for how, data := range map[string]string{"name": name, "number": unhex(serial), "issuer's data": "\x80" + object(0, unhex(serial))[1:],
		"compact object": "\x00\x58" + unhex(serial) + "\x00\x90\x00", "behind CNS": "\x00CNS" + unhex(serial)} {
		atr := append([]byte{0x3B, byte(len(data))}, data...)
		text, leak := written(t, atr, nil)
		assert.False(t, leak)
		assert.NotContains(t, text, strings.TrimSpace(strings.ToUpper(hexSpaced(unhex(serial)[2:]))), how)
		assert.NotContains(t, text, hexSpaced(name), how)
		assert.Regexp(t, `# atr: 3B `, text, how)
	}
}

func hexSpaced(s string) string {
	var parts []string
	for _, b := range []byte(s) {
		parts = append(parts, strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return strings.Join(parts, " ")
}

// crowded is a certificate that tells of its holder wherever one can.
func crowded(t *testing.T) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	text := func(tag int, s string) []byte {
		b, err := asn1.Marshal(asn1.RawValue{Tag: tag, Bytes: []byte(s)})
		require.NoError(t, err)
		return b
	}
	number, ok := new(big.Int).SetString(serial, 10)
	require.True(t, ok)
	place, err := url.Parse("http://crl.example/" + code + "?n=" + serial)
	require.NoError(t, err)
	extension := func(oid asn1.ObjectIdentifier, value []byte) pkix.Extension {
		return pkix.Extension{Id: oid, Value: value}
	}
	long := asn1.ObjectIdentifier{1, 3, 76, 6030, 123456, 789015, 88229, 99999}
	c := &x509.Certificate{SerialNumber: number, Subject: pkix.Name{Country: []string{"IT"}, CommonName: code + "/" + serial + ".hash+/="},
		Issuer: pkix.Name{CommonName: name}, NotBefore: time.Date(2026, 2, 14, 1, 2, 3, 0, time.UTC), NotAfter: time.Date(2032, 2, 13, 1, 2, 3, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		EmailAddresses: []string{name + "@example.it"}, URIs: []*url.URL{place}, CRLDistributionPoints: []string{place.String()},
		OCSPServer: []string{place.String()}, SubjectKeyId: []byte(code), AuthorityKeyId: []byte(name),
		ExtraExtensions: []pkix.Extension{
			extension(asn1.ObjectIdentifier{2, 5, 29, 9}, text(asn1.TagPrintableString, code)),
			extension(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}, text(asn1.TagUTF8String, name)),
			extension(asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 1}, text(asn1.TagBitString, "\x00"+code)),
			extension(asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 13}, []byte(name)),
			extension(asn1.ObjectIdentifier{1, 2, 3, 4}, text(asn1.TagBMPString, "\x00Q\x00U\x00I\x00N\x00T\x00A\x00V")),
			extension(asn1.ObjectIdentifier{1, 2, 3, 5}, text(asn1.TagBoolean, unhex(serial))),
			extension(asn1.ObjectIdentifier{1, 2, 3, 6}, text(asn1.TagNull, code)),
			extension(asn1.ObjectIdentifier{1, 2, 3, 7}, text(asn1.TagNumericString, serial)),
			extension(long, []byte{5, 0}),
		}}
	der, err := x509.CreateCertificate(rand.Reader, c, &x509.Certificate{Subject: pkix.Name{CommonName: name}}, &key.PublicKey, key)
	require.NoError(t, err)
	return der
}

func TestNothingInACertificate(t *testing.T) {
	der := crowded(t)
	for how, file := range map[string]string{"alone": string(der), "behind a length": string([]byte{byte(len(der) >> 8), byte(len(der))}) + string(der),
		"before a name": string(der) + name, "twice": string(der) + string(der), "behind a name": "QUINTA" + string(der)} {
		exchanges := [][2]string{{"00A4080004 1100 1101", done}}
		for at := 0; at < len(file); at += 256 {
			exchanges = append(exchanges, [2]string{hex.EncodeToString([]byte{0, 0xB0, byte(at >> 8), byte(at), 0}), file[at:min(len(file), at+256)] + done})
		}
		text, leak := written(t, []byte{0x3B, 0x00}, exchanges)
		requireNoneOf(t, text)
		assert.False(t, leak, how)
		lines := wire(text)
		all := lines[len(lines)-1]
		assert.NotContains(t, string(all), "QUINTA", how)
		assert.False(t, bytes.Contains(all, []byte("\x00Q\x00U\x00I")), how)
		assert.False(t, bytes.Contains(all, []byte("0214010203Z")), "day, %s", how)
		if how == "behind a name" {
			continue
		}
		length := len(der)
		at := bytes.Index(all, der[:4])
		require.GreaterOrEqual(t, at, 0, how)
		clean, err := x509.ParseCertificate(all[at : at+length])
		require.NoError(t, err, how)
		assert.Equal(t, []string{"IT"}, clean.Subject.Country)
		assert.Equal(t, "PRVPRV80A01X000X", clean.Subject.CommonName[:16])
		assert.Equal(t, x509.KeyUsageDigitalSignature, clean.KeyUsage)
		assert.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, clean.ExtKeyUsage)
		assert.Equal(t, 2026, clean.NotBefore.Year())
		assert.Equal(t, 2032, clean.NotAfter.Year())
	}
}
