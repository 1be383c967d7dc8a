// SPDX-License-Identifier: Apache-2.0

package simcard_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

const (
	selectHolder = "00A404000CA000000530000B104001021A00"
	sha256Info   = "3031300D060960864801650304020105000420"
)

// model is a card of a named model.
func model(t *testing.T, name string) *simcard.Card {
	t.Helper()
	m, ok := simcard.ModelNamed(name)
	require.True(t, ok, name)
	o := options(t, m.Family)
	m.Apply(&o)
	return card(t, o)
}

// iasCard is the plain IAS-ECC model with a change, its application selected.
func iasCard(t *testing.T, change func(*simcard.IAS, *simcard.Options)) *simcard.Card {
	t.Helper()
	m, ok := simcard.ModelNamed("h-ias")
	require.True(t, ok)
	o := options(t, m.Family)
	m.Apply(&o)
	change(o.Behaviour.H.IAS, &o)
	c := card(t, o)
	expect(t, c, "9000", selectApp(simcard.AppIASOberthur))
	return c
}

func selectApp(aid string) string { return fmt.Sprintf("00A40400%02X%s00", len(aid)/2, aid) }

// pinObject, keyObject and environment are GET DATA of an object by number.
func pinObject(n int) string   { return fmt.Sprintf("00CB3FFF0B4D097007BF81%02X037F418000", n) }
func keyObject(n int) string   { return fmt.Sprintf("00CB3FFF0B4D097007BF90%02X037F488000", n) }
func environment(n int) string { return fmt.Sprintf("00CB3FFF0A4D087006BFFB%02X027B8000", n) }

// control asks for the control parameters of a PIN (class 81) or key (90).
func control(class string, n int) string {
	return fmt.Sprintf("00CB3FFF0A4D087006BF%s%02X02A08000", class, n)
}

// The shapes are those recorded on other IAS-ECC cards (OpenSC issues 2158 and
// 2275, pull request 2428), with this card's values.
func TestIASReportsItsObjects(t *testing.T) {
	c := iasCard(t, func(a *simcard.IAS, _ *simcard.Options) {
		a.PINs = []simcard.IASPIN{{Reference: 0x01, Used: 1, PUK: 0x03}, {Reference: 0x02, Form: simcard.PINFilledFF}}
		a.Keys = append(a.Keys, simcard.IASKey{Reference: 0x82, PIN: 0x02, Environment: 4,
			Sign: true, Decipher: simcard.DecipherPKCS1})
	})
	for _, row := range []struct{ name, command, answer string }{
		{"PIN 01, counters", control("81", 1), "701E BF81011A A018 9A0103 9B0102 A110 8C06F3000019FF00 9C06F3000019FF00"},
		{"PIN 01, lengths", pinObject(1), "700D BF810109 7F4106 800108 810104"},
		{"PIN 02, filled", pinObject(2), "700D BF810209 7F4106 800108 810108"},
		{"PIN 02, no PUK", control("81", 2), "701E BF81021A A018 9A0103 9B0103 A110 8C06F30000FFFF00 9C06F30000FFFF00"},
		{"PUK", control("81", 3), "701E BF81031A A018 9A0108 9B0108 A110 8C06F30000FFFF00 9C06F30000FFFF00"},
		{"key 81", control("90", 1), "7019 BF900115 A013 A10A 8C03A11100 9C03A11100 80020100 9E0100"},
		{"key 81, algorithm", keyObject(1), "700A BF900106 7F4803 800102"},
		{"key 82", control("90", 2), "701B BF900217 A015 A10C 8C04D1141400 9C04D1141400 80020100 9E0100"},
		{"environment 1", environment(1), "7016 BFFB0112 7B10 A406 950108 830101 A406 800102 950140"},
		{"environment 4", environment(4), "7023 BFFB041F 7B1D A406 950108 830102 AA03 800140 B606 800142 950140 B806 80010A 950140"},
		{"environment of the PUK", environment(9), "700E BFFB090A 7B08 A406 950108 830103"},
		{"EF.SN", "00B09C0000", "5A08" + set(t, simcard.FamilyH).Identity.Serial},
	} {
		require.Equal(t, unhex(t, row.answer), expect(t, c, "9000", row.command), row.name)
	}
	for _, absent := range []string{pinObject(4), keyObject(3), environment(2), "00CB3FFF045C027F4900", "00CB3FFF034D01FF00"} {
		expect(t, c, "6A88", absent)
	}
	expect(t, c, "6A82", "00B09D0000")
	expect(t, c, "9000", selectHolder)
	expect(t, c, "6D00", pinObject(1))
}

func TestIASStatements(t *testing.T) {
	for statement, want := range map[string]string{
		simcard.StatementSeparate: "700D BF810109 7F4106 800108 810104",
		simcard.StatementWhole:    "7027 BF810123 A018 9A0103 9B0103 A110 8C06F30000FFFF00 9C06F30000FFFF00 7F4106 800108 810104",
	} {
		c := iasCard(t, func(a *simcard.IAS, _ *simcard.Options) { a.Statement = statement })
		require.Equal(t, unhex(t, want), expect(t, c, "9000", pinObject(1)))
	}
	c := iasCard(t, func(a *simcard.IAS, _ *simcard.Options) { a.Statement = simcard.StatementControl })
	expect(t, c, "6A80", pinObject(1))
	expect(t, c, "6A80", keyObject(1))
	expect(t, c, "9000", control("81", 1))
	for _, sw := range []uint16{0x6A88, 0x6D00} {
		c := iasCard(t, func(a *simcard.IAS, _ *simcard.Options) { a.GetData = sw })
		for _, command := range []string{pinObject(1), keyObject(1), environment(1), control("81", 1)} {
			expect(t, c, fmt.Sprintf("%04X", sw), command)
		}
		expect(t, c, "9000", "00200001083132333435363738")
	}
}

// Each model of an IAS-ECC card is found as it says, and no other way.
func TestIASIsFound(t *testing.T) {
	const certificate = "00A4090004DA01C00100"
	for _, row := range []struct{ model, way string }{
		{"h-ias", selectApp(simcard.AppIASOberthur)}, {"h-ias-root", selectApp(simcard.AppIASRoot)}, {"h-ias-cie", selectApp(simcard.AppIASCIE)},
		{"h-ias-generic", selectApp(simcard.AppIASGeneric)}, {"h-ias-mf", "00A4000C023F00"},
		{"h-ias-mf-empty", "00A40000"}, {"h-ias-dir", selectApp(simcard.AppMadeUp)},
	} {
		for _, other := range []string{selectApp(simcard.AppIASOberthur), selectApp(simcard.AppIASRoot), selectApp(simcard.AppIASCIE),
			selectApp(simcard.AppIASGeneric), "00A4000C023F00", "00A40000", selectApp(simcard.AppMadeUp)} {
			c := model(t, row.model)
			expect(t, c, "9000", "00A40800041100110200") // the application selected by default
			expect(t, c, "6A82", certificate)
			_, _ = send(t, c, other)
			want := "6A82"
			if other == row.way || row.model == "h-ias-mf" && other == "00A40000" {
				want = "9000"
			}
			expect(t, c, want, certificate)
		}
	}
}

func TestIASDirectory(t *testing.T) {
	entry := func(aid string) string { return fmt.Sprintf("61%02X4F%02X%s", len(aid)/2+2, len(aid)/2, aid) }
	records := []string{entry("A000000530000B104001021A"), entry("A000000530455349474E"), entry(simcard.AppMadeUp)}
	c := model(t, "h-ias-dir")
	fci := expect(t, c, "9000", "00A40200022F0000")
	require.True(t, bytes.Contains(fci, unhex(t, "8201018801F083022F00")), "%X", fci)
	require.Equal(t, unhex(t, strings.Join(records, "")), expect(t, c, "9000", "00B0000000"))
	expect(t, c, "6981", "00B2010400")
	require.Equal(t, unhex(t, strings.Join(records, "")), expect(t, c, "9000", "00B09E0000"), "by its short identifier")

	c = model(t, "h-ias-dir-records")
	expect(t, c, "9000", "00A4020C022F00")
	expect(t, c, "6981", "00B0000000")
	for i, record := range records {
		require.Equal(t, unhex(t, record), expect(t, c, "9000", fmt.Sprintf("00B2%02X0400", i+1)))
	}
	expect(t, c, "6A83", "00B2040400")
	expect(t, model(t, "h-ias"), "6A82", "00A40200022F0000")
}

func TestIASFileControlInformation(t *testing.T) {
	for template, want := range map[string]string{
		simcard.Template6F:   "6F1B 8002000A 820101 8801E0 8302D003 8A0105 A1088C020100 9C020100",
		simcard.Template62:   "621B 8002000A 820101 8801E0 8302D003 8A0105 A1088C020100 9C020100",
		simcard.TemplateBoth: "6F1D621B 8002000A 820101 8801E0 8302D003 8A0105 A1088C020100 9C020100",
	} {
		c := iasCard(t, func(a *simcard.IAS, _ *simcard.Options) { a.Template = template })
		require.Equal(t, unhex(t, want), expect(t, c, "9000", "00A4090002D00300"))
	}
	require.Equal(t, unhex(t, "6F2A 8410"+simcard.AppIASOberthur+"8002702C 820138 83023F00 8A0105 A1088C020100 9C020100"),
		expect(t, model(t, "h-ias"), "9000", selectApp(simcard.AppIASOberthur)))
}

func TestIASPIN(t *testing.T) {
	const digits = "3132333435" // 12345
	forms := map[string]string{simcard.PINDigits: digits, simcard.PINFilledFF: digits + "FFFFFF", simcard.PINFilled00: digits + "000000"}
	verify := func(data string) string { return fmt.Sprintf("00200001%02X%s", len(data)/2, data) }
	for form, right := range forms {
		for _, wrongForm := range []uint16{0, 0x6A88, 0x6984, 0x6985, 0x6700} {
			c := iasCard(t, func(a *simcard.IAS, o *simcard.Options) {
				o.PIN = "12345"
				a.PINs[0].Form, a.PINs[0].WrongForm = form, wrongForm
			})
			expect(t, c, "63C3", "00200001")
			expect(t, c, "63C3", "00200001")
			left := 3
			for other, data := range forms {
				want := fmt.Sprintf("%04X", wrongForm)
				if other == form {
					continue
				}
				if wrongForm == 0 {
					left--
					want = fmt.Sprintf("63C%d", left)
				}
				expect(t, c, want, verify(data))
			}
			have, limit := c.IASTries(0x01)
			require.Equal(t, []int{left, 3}, []int{have, limit})
			require.Equal(t, 3-left, c.Stats().TriesSpent)
			expect(t, c, "6A88", "0020008105"+digits)
			expect(t, c, "9000", verify(right))
			expect(t, c, "9000", "00200001")
			require.Equal(t, byte(3), expect(t, c, "9000", control("81", 1))[13], "reported")
			expect(t, c, "63C2", verify(strings.Replace(right, "35", "36", 1)))
		}
	}
	pin, _ := model(t, "h-ias").Tries()
	require.Equal(t, 3, pin, "the CNS application's PIN is another object")
}

func TestIASChangeAndUnblock(t *testing.T) {
	c := iasCard(t, func(a *simcard.IAS, _ *simcard.Options) {
		a.PINs = []simcard.IASPIN{{Reference: 0x01, Form: simcard.PINFilledFF, PUK: 0x03, Used: 3}}
	})
	expect(t, c, "6983", "0020000108"+goodPIN)
	expect(t, c, "6982", "002C020108"+newPIN)
	expect(t, c, "63C7", "0020000308"+wrongPUK)
	expect(t, c, "9000", "0020000308"+goodPUK)
	expect(t, c, "6A80", "002C020104"+"31323334")
	expect(t, c, "9000", "002C020108"+newPIN)
	expect(t, c, "9000", "0020000108"+newPIN)
	expect(t, c, "63C2", "0024000110"+goodPIN+goodPIN)
	expect(t, c, "9000", "0024000110"+newPIN+goodPIN)
	expect(t, c, "9000", "0020000108"+goodPIN)
}

// signedBy verifies a signature made on the card with the authentication key.
func signedBy(t *testing.T, hash crypto.Hash, digest, signature []byte) {
	t.Helper()
	public := &set(t, simcard.FamilyH).Identity.Key.PublicKey
	require.NoError(t, rsa.VerifyPKCS1v15(public, hash, digest, signature))
}

func TestIASInternalAuthenticate(t *testing.T) {
	c := iasCard(t, func(*simcard.IAS, *simcard.Options) {})
	digest := sha256.Sum256([]byte("prova"))
	info := fmt.Sprintf("33%s%X", sha256Info, digest)
	expect(t, c, "6985", "00880000"+info+"00")
	expect(t, c, "6A88", "002241A406840101800102")
	expect(t, c, "6A80", "002241A403840181")
	expect(t, c, "6A80", "002241A406840181800142")
	expect(t, c, "6A86", "0022F1B803830181")
	expect(t, c, "9000", "002241A406840181800102")
	expect(t, c, "6982", "00880000"+info+"00")
	expect(t, c, "9000", "0020000108"+goodPIN)
	signedBy(t, crypto.SHA256, digest[:], expect(t, c, "9000", "00880000"+info+"00"))
	expect(t, c, "9000", "002241A406800102840181") // as the CIE's middleware orders it
	signedBy(t, crypto.SHA256, digest[:], expect(t, c, "9000", "00880000"+info+"00"))
	expect(t, c, "6700", "0088000067"+strings.Repeat("30", 0x67)+"00")
	expect(t, c, "9000", "002241B80684018180010A")
	expect(t, c, "6985", "002A8086"+"000101"+"00"+strings.Repeat("01", 256)+"0100")
	// Another application forgets the PIN and the key.
	expect(t, c, "9000", selectHolder)
	expect(t, c, "9000", selectApp(simcard.AppIASOberthur))
	expect(t, c, "6985", "00880000"+info+"00")
	expect(t, c, "9000", "002241A406840181800102")
	expect(t, c, "6982", "00880000"+info+"00")
	c.Reset()
	expect(t, c, "6A82", "00A4090004DA01C00100")
}

func TestIASSignature(t *testing.T) {
	c := model(t, "h-ias-sign")
	expect(t, c, "9000", selectApp(simcard.AppIASOberthur))
	expect(t, c, "9000", "0020000108"+goodPIN)
	expect(t, c, "9000", "002241B606840181800142")
	expect(t, c, "6985", "002A9E9A00")
	message := bytes.Repeat([]byte("0123456789ABCDEF"), 9) // two blocks of 64, and 16 bytes
	for _, row := range []struct {
		algorithm, sign string
		hash            crypto.Hash
		digest, state   []byte
	}{
		{"40", "42", crypto.SHA256, sum256(message), hashState(t, crypto.SHA256, message[:128])},
		{"10", "12", crypto.SHA1, sum1(message), hashState(t, crypto.SHA1, message[:128])},
	} {
		expect(t, c, "9000", "002241AA038001"+row.algorithm)
		expect(t, c, "9000", "002241B6068401818001"+row.sign)
		before := fmt.Sprintf("90%02X%X%016X", len(row.state)+8, row.state, 128*8)
		for _, data := range []string{
			before + fmt.Sprintf("8010%X", message[128:]),        // the card hashes the last block
			fmt.Sprintf("90%02X%X", len(row.digest), row.digest), // a finished hash
		} {
			expect(t, c, "9000", fmt.Sprintf("002A90A0%02X%s", len(data)/2, data))
			signedBy(t, row.hash, row.digest, expect(t, c, "9000", "002A9E9A00"))
			expect(t, c, "6985", "002A9E9A00") // the hash is used up
		}
		data := fmt.Sprintf("90008010%X", message[128:])
		expect(t, c, "9000", fmt.Sprintf("002A90A0%02X%s", len(data)/2, data))
		short := row.hash.New()
		short.Write(message[128:])
		signedBy(t, row.hash, short.Sum(nil), expect(t, c, "9000", "002A9E9A00"))
	}
	expect(t, c, "6A80", "002A90A0029000")
	expect(t, c, "9000", "002241A406840181800102")
	expect(t, c, "6985", "0088000001"+"00"+"00")
}

func sum256(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sum1(b []byte) []byte   { s := sha1.Sum(b); return s[:] }

// hashState is the state of a hash after whole blocks.
func hashState(t *testing.T, hash crypto.Hash, blocks []byte) []byte {
	t.Helper()
	h := hash.New()
	h.Write(blocks)
	text, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	require.NoError(t, err)
	return text[4 : 4+hash.Size()]
}

func TestIASDecipher(t *testing.T) {
	key := set(t, simcard.FamilyH).Identity.Key
	block := slices.Concat([]byte{0x00, 0x01}, bytes.Repeat([]byte{0xFF}, 202), []byte{0x00}, unhex(t, sha256Info), sum256([]byte("prova")))
	raw := func(indicator string, b []byte) string {
		return fmt.Sprintf("002A8086000101%s%X0100", indicator, b)
	}
	encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, &key.PublicKey, []byte("prova"))
	require.NoError(t, err)
	for _, name := range []string{"h-ias-raw", "h-ias-decipher"} {
		c := model(t, name)
		expect(t, c, "9000", selectApp(simcard.AppIASOberthur))
		expect(t, c, "9000", "0020000108"+goodPIN)
		expect(t, c, "9000", "002241B80684018180010A")
		for _, indicator := range []string{"00", "81"} {
			signedBy(t, crypto.SHA256, sum256([]byte("prova")), expect(t, c, "9000", raw(indicator, block)))
		}
		expect(t, c, "6A80", raw("02", block))
		require.Len(t, expect(t, c, "9000", raw("00", encrypted)), 256)
	}
	c := iasCard(t, func(a *simcard.IAS, _ *simcard.Options) { a.Keys[0].Decipher = simcard.DecipherPKCS1 })
	expect(t, c, "9000", "0020000108"+goodPIN)
	expect(t, c, "9000", "002241B80684018180010A")
	require.Equal(t, "prova", string(expect(t, c, "9000", raw("81", encrypted))))
	expect(t, c, "6A80", raw("81", block))
}

// Only FF fills a PIN: other bytes that are no UTF-8 either are another form.
func TestIASFillerIsFFAlone(t *testing.T) {
	c := iasCard(t, func(a *simcard.IAS, o *simcard.Options) {
		o.PIN = "12345"
		a.PINs[0].Form, a.PINs[0].WrongForm = simcard.PINFilledFF, 0x6984
	})
	for _, filler := range []string{"FEFEFE", "80FFFF", "FFFFC3"} {
		expect(t, c, "6984", "00200001083132333435"+filler)
	}
	expect(t, c, "9000", "00200001083132333435FFFFFF")
}
