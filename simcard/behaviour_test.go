// SPDX-License-Identifier: Apache-2.0

package simcard_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

func TestSelect(t *testing.T) {
	c := card(t, options(t, simcard.FamilyC))
	fci := expect(t, c, "9000", "00A4080004110011020 0")
	require.Equal(t, unhex(t, "6F38 80020190 8203010000 83021102 850101 860900FFFFFFFFFFFFFFFF 8A0105 CB18"+
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), fci)
	require.Empty(t, expect(t, c, "9000", "00A40800041100 1102"), "no Le, no FCI")
	require.Empty(t, expect(t, c, "9000", "00A4080C041100110200"), "P2 = 0C: no data")
	require.Empty(t, expect(t, c, "9000", "00A40000023F00"))
	require.Equal(t, byte(0x81), expect(t, c, "9000", "00A4000002110000")[2])
	expect(t, c, "9000", "00A40200021102")
	expect(t, c, "9000", "00A40300")
	expect(t, c, "9000", "00A40100021000")
	expect(t, c, "6A82", "00A40100021003")
	expect(t, c, "6A82", "00A40200021102")
	expect(t, c, "9000", "00A40900021003")
	expect(t, c, "9000", "00B0000010")
	expect(t, c, "6A82", "00A40800043F001003")
	require.Len(t, expect(t, c, "9000", "00B0000010"), 16, "a failed SELECT changes nothing")
	expect(t, c, "6A82", "00A4080002DEAD")
	expect(t, c, "6700", "00A40800031100 11")
	expect(t, c, "6A86", "00A40804021100")
	expect(t, c, "6A86", "00A40500021100")
	expect(t, c, "6A82", "00A4040007A0000000031010")
	expect(t, c, "6A86", "00A4040C07A0000000790103")
	expect(t, c, "6C3A", "00A408000411001102 10")
}

func TestRead(t *testing.T) {
	c := card(t, options(t, simcard.FamilyC))
	expect(t, c, "6986", "00B0000010")
	expect(t, c, "9000", "00A40800041000100 3")
	expect(t, c, "6B00", "00B0001001")
	require.Len(t, expect(t, c, "6282", "00B0000011"), 16)
	require.Len(t, expect(t, c, "9000", "00B0000000"), 16)
	expect(t, c, "6700", "00B00000")
	expect(t, c, "6A86", "00B0810010")
	expect(t, c, "6981", "00B2010403")
	expect(t, c, "9000", "00A40800023F01")
	expect(t, c, "6A83", "00B2010403")
	expect(t, c, "6981", "00B0000010")
	require.Zero(t, c.Stats().Writes)
	expect(t, c, "9000", "00A408000411001101")
	expect(t, c, "6982", "00D60000020000")
	require.Equal(t, 1, c.Stats().Writes)

	for _, row := range []struct{ zero, past, swZero, swPast string }{
		{simcard.SW6C, simcard.SW6C, "6C10", "6C10"},
		{simcard.SW6700, simcard.SW6700, "6700", "6700"},
		{simcard.Accept, simcard.Accept, "9000", "9000"},
	} {
		c := with(t, simcard.FamilyC, func(b *simcard.Behaviour) { b.ReadLeZero, b.ReadPastEnd = row.zero, row.past })
		expect(t, c, "9000", "00A408000410001003")
		expect(t, c, row.swZero, "00B0000000")
		expect(t, c, row.swPast, "00B00000FF")
		expect(t, c, "9000", "00B0000010")
	}
}

func TestPIN(t *testing.T) {
	c := card(t, options(t, simcard.FamilyC))
	tries := func(pin, puk int) {
		t.Helper()
		gotPIN, gotPUK := c.Tries()
		require.Equal(t, []int{pin, puk}, []int{gotPIN, gotPUK})
	}
	expect(t, c, "6A88", "0020001208"+goodPIN)
	expect(t, c, "6A86", "0020011008"+goodPIN)
	expect(t, c, "6700", "002000100531323334 35")
	tries(3, 8)
	expect(t, c, "63C2", "0020001008"+wrongPIN)
	tries(2, 8)
	expect(t, c, "9000", "0020001008"+goodPIN)
	tries(3, 8)
	expect(t, c, "9000", "00200010")
	c.Reset()
	expect(t, c, "63C2", "00200010")
	tries(2, 8) // the strict reading: asking cost a try
	expect(t, c, "63C1", "0020001008"+wrongPIN)
	expect(t, c, "63C0", "0020001008"+wrongPIN)
	expect(t, c, "6983", "0020001008"+goodPIN)
	expect(t, c, "6983", "00240010 10"+goodPIN+newPIN)
	expect(t, c, "63C7", "002C001010"+wrongPUK+newPIN)
	tries(0, 7)
	expect(t, c, "9000", "002C001010"+goodPUK+newPIN)
	tries(3, 8)
	expect(t, c, "63C2", "0020001008"+goodPIN)
	expect(t, c, "9000", "0020001008"+newPIN)
	expect(t, c, "63C2", "0024001010"+wrongPIN+goodPIN)
	expect(t, c, "6A80", "0024001010"+newPIN+"31323334FFFFFFFF")
	expect(t, c, "9000", "0024001010"+newPIN+goodPIN)
	expect(t, c, "9000", "0020001008"+goodPIN)
	for _, e := range c.Log() {
		require.NotContains(t, fmt.Sprint(e), goodPIN[:8])
	}
}

func TestUnblockForms(t *testing.T) {
	o := options(t, simcard.FamilyC)
	o.PINTriesUsed = 3
	c := card(t, o)
	expect(t, c, "6983", "0020001008"+goodPIN)
	expect(t, c, "6982", "002C0310")
	expect(t, c, "6A86", "002C0210")
	expect(t, c, "6700", "002C001008"+goodPUK)
	expect(t, c, "9000", "002C011008"+goodPUK)
	expect(t, c, "9000", "0020001008"+goodPIN)
	for range 3 {
		send(t, c, "0020001008"+wrongPIN)
	}
	expect(t, c, "9000", "0020001108"+goodPUK)
	expect(t, c, "9000", "002C0310")
	expect(t, c, "9000", "0020001008"+goodPIN)

	c = with(t, simcard.FamilyC, func(b *simcard.Behaviour) { b.UnblockAfterVerify = true })
	expect(t, c, "6982", "002C001010"+goodPUK+newPIN)
	expect(t, c, "9000", "0020001108"+goodPUK)
	expect(t, c, "9000", "002C001010"+goodPUK+newPIN)

	o.PUKTriesUsed = 8
	c = card(t, o)
	expect(t, c, "6983", "002C001010"+goodPUK+newPIN)
}

func TestNeverActivated(t *testing.T) {
	o := options(t, simcard.FamilyE)
	o.NeverActivated = true
	c := card(t, o)
	expect(t, c, "6985", "0020001008"+goodPIN)
	expect(t, c, "6985", "00200010")
	expect(t, c, "9000", "002C001010"+goodPUK+newPIN)
	expect(t, c, "9000", "0020001008"+newPIN)
}

func TestDatalessVerify(t *testing.T) {
	for _, row := range []struct{ how, sw string }{
		{simcard.SW63C, "63C3"}, {simcard.SW6300, "6300"}, {simcard.SW6A86, "6A86"}, {simcard.CountTry, "63C2"},
	} {
		c := with(t, simcard.FamilyD, func(b *simcard.Behaviour) { b.DatalessVerify, b.DatalessFive = row.how, false })
		expect(t, c, "6700", "0020001000")
		expect(t, c, row.sw, "00200010")
	}
	c := card(t, options(t, simcard.FamilyT))
	expect(t, c, "63C3", "0020001000")
	expect(t, c, "63C8", "00200011")
	pin, _ := c.Tries()
	require.Equal(t, 3, pin)
}

func TestReferences(t *testing.T) {
	c := card(t, options(t, simcard.FamilyB2))
	expect(t, c, "9000", "0020001008"+goodPIN) // with the MF current both work
	expect(t, c, "9000", "0020009008"+goodPIN)
	expect(t, c, "9000", "00A40000021100")
	expect(t, c, "6A88", "0020001008"+goodPIN)
	expect(t, c, "9000", "0020009008"+goodPIN)
	c = card(t, options(t, simcard.FamilyC))
	expect(t, c, "6A88", "0020009008"+goodPIN)
	expect(t, c, "9000", "00A40000021100")
	expect(t, c, "9000", "0020001008"+goodPIN)
	c = with(t, simcard.FamilyC, func(b *simcard.Behaviour) { b.Lookup = simcard.LookCurrent })
	expect(t, c, "9000", "00A40000021100")
	expect(t, c, "6A88", "0020001008"+goodPIN)
	expect(t, c, "6A88", "0022F303")
}

func TestSecurityEnvironment(t *testing.T) {
	c := card(t, options(t, simcard.FamilyC))
	block := fmt.Sprintf("002A80868100%X00", append([]byte{0}, bytes.Repeat([]byte{0x55}, 127)...))
	expect(t, c, "6985", block)
	expect(t, c, "6A88", "0022F304")
	expect(t, c, "9000", "0022F303")
	expect(t, c, "6985", block)
	expect(t, c, "6A88", "0022F1B803830102")
	expect(t, c, "6A80", "0022F1B803840101")
	expect(t, c, "6700", "0022F1B8028301")
	expect(t, c, "6A86", "0022F1A403830101")
	expect(t, c, "6A86", "002241B803830101")
	expect(t, c, "9000", "0022F1B803830101")
	expect(t, c, "6982", block)
	expect(t, c, "9000", "0020001008"+goodPIN)
	require.Len(t, expect(t, c, "9000", block), 128)
	expect(t, c, "6700", block[:len(block)-2]) // no Le
	expect(t, c, "6C80", block[:len(block)-2]+"7F")
	expect(t, c, "6700", "002A808603000102 00")
	expect(t, c, "6A80", "002A80868101"+block[12:])
	expect(t, c, "6A80", fmt.Sprintf("002A80868100%X00", bytes.Repeat([]byte{0xFF}, 128)))
	expect(t, c, "6A86", "002A8E8004 01020304 00")
	send(t, c, "0020001008"+wrongPIN)
	expect(t, c, "6982", block)
	c.Reset()
	expect(t, c, "6985", block)

	five := with(t, simcard.FamilyC, func(b *simcard.Behaviour) { b.RestoreFour = false })
	expect(t, five, "6700", "0022F303")
	expect(t, five, "9000", "0022F30300")
	four := with(t, simcard.FamilyC, func(b *simcard.Behaviour) { b.RestoreFive = false })
	expect(t, four, "6700", "0022F30300")
	expect(t, four, "9000", "0022F303")
}

func TestShortResults(t *testing.T) {
	strip := with(t, simcard.FamilyC, func(b *simcard.Behaviour) { b.StripZeros = true })
	expect(t, strip, "9000", "0022F303")
	expect(t, strip, "9000", "0022F1B803830101")
	expect(t, strip, "9000", "0020001008"+goodPIN)
	one := fmt.Sprintf("002A80868100%X00", append(make([]byte, 127), 1)) // 1 stays 1
	require.Equal(t, []byte{1}, expect(t, strip, "9000", one))
}

func TestKeyOfLayoutTNeedsItsDirectory(t *testing.T) {
	c := card(t, options(t, simcard.FamilyE))
	expect(t, c, "9000", "0022F303")
	expect(t, c, "6A88", "0022F1B803830102")
	expect(t, c, "9000", "00A408000414009002")
	expect(t, c, "6A88", "0022F1B80383010E")
	expect(t, c, "9000", "0022F1B803830102")
	expect(t, c, "9000", "00A4080006140090023102")
	expect(t, c, "6982", "00B0000010")
	expect(t, c, "9000", "0020001008"+goodPIN)
	expect(t, c, "9000", "00B0000010")
	expect(t, c, "6700", "0084000021")
	require.Len(t, expect(t, c, "9000", "0084000020"), 32)
	expect(t, c, "6A86", "00A4040C07A0000000790103")
}

func TestLengthsAndClasses(t *testing.T) {
	c := card(t, options(t, simcard.FamilyB2))
	require.Equal(t, []byte{0x67, 0x00}, c.Transmit([]byte{0x00, 0xA4}))
	expect(t, c, "6700", "00A4080005110011")
	expect(t, c, "6700", "00A40800021100 0000")
	expect(t, c, "6E00", "10A40800021100")
	expect(t, c, "6E00", "80B0000010")
	expect(t, c, "6D00", "00FF0000")
	expect(t, c, "9000", "00A408000000021100 0000")
	expect(t, card(t, options(t, simcard.FamilyC)), "6700", "00A408000000021100")
	expect(t, card(t, options(t, simcard.FamilyC)), "6884", "102A80860100")
	e := card(t, options(t, simcard.FamilyE))
	expect(t, e, "9000", "102A80860100")
	expect(t, e, "6883", "00A40000023F00")
	expect(t, e, "9000", "00A40000023F00")
	expect(t, e, "6884", "10A40000023F00")
	foreign := card(t, simcard.Options{Family: simcard.FamilyForeign})
	expect(t, foreign, "6A82", "00A408000410001003")
	expect(t, foreign, "6D00", "00B0000010")
}

func TestNFCNeedsTheApplet(t *testing.T) {
	c := card(t, options(t, simcard.FamilyB2NFC))
	require.Equal(t, unhex(t, "3B80800101"), c.ATR())
	expect(t, c, "6A82", "00A408000410001003")
	expect(t, c, "6985", "0020001008"+goodPIN)
	expect(t, c, "9000", "00A4040008A00000009501004D00")
	require.Contains(t, string(expect(t, c, "9000", "00CA018000")), "JSign4")
	expect(t, c, "9000", "00A408000410001003")
	c.Reset()
	expect(t, c, "6A82", "00A408000410001003")
}

func TestCertificateFiles(t *testing.T) {
	o := options(t, simcard.FamilyC)
	o.CertificateFile = []byte("not DER")
	require.Equal(t, "not DER", string(bytes.TrimRight(readFile(t, card(t, o), "11001101"), "\x00")))
	o.CertificateFile, o.Authentication = nil, simcard.Credential{}
	require.Empty(t, bytes.Trim(readFile(t, card(t, o), "11001101"), "\x00"))
	o = options(t, simcard.FamilyC)
	o.CertificateFileSize = 5000
	require.Len(t, readFile(t, card(t, o), "11001101"), 5000)
	require.Empty(t, bytes.Trim(readFile(t, card(t, options(t, simcard.FamilyE)), "11001101"), "\x00"))
}

func TestSignatureKey(t *testing.T) {
	o := options(t, simcard.FamilyB1)
	id := set(t, simcard.FamilyB1)
	o.Signature = &simcard.Credential{Key: id.Identity.Key, Certificate: id.Identity.Certificate, PIN: "11223344", PUK: "44332211"}
	c := card(t, o)
	require.Equal(t, id.Identity.Certificate, readFile(t, c, "14009010"))
	expect(t, c, "9000", "00A408000414008110")
	expect(t, c, "9000", "0020009A083131323233333434")
	expect(t, c, "9000", "0022F30300")
	expect(t, c, "9000", "0022F1B603830110")
	require.Len(t, expect(t, c, "9000", "002A9E9A04 01020304 00"), 128)
	expect(t, c, "6700", "002A9E9A"+fmt.Sprintf("40%0128d00", 0))
	expect(t, c, "6300", "0020009A08"+wrongPIN)
	expect(t, c, "6982", "002A9E9A04 01020304 00")
	pin, puk := c.SignatureTries()
	require.Equal(t, []int{2, 8}, []int{pin, puk})
	pin, _ = c.Tries()
	require.Equal(t, 3, pin)
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []simcard.Options{
		{Family: "z"}, {PIN: "1234", Serial: "6090000000000001"}, {PUK: "123456789", Serial: "6090000000000001"},
		{Family: simcard.FamilyC}, {Serial: "6090000000000001", Signature: &simcard.Credential{}},
	} {
		_, err := simcard.New(o)
		require.Error(t, err, "%+v", o)
	}
}

func TestSaveAndLoad(t *testing.T) {
	o := options(t, simcard.FamilyE)
	o.PIN, o.PINTriesUsed = "13579", 1
	b := simcard.DefaultBehaviour(simcard.FamilyE)
	b.WrongPIN = simcard.SW6300
	o.Behaviour = &b
	dir := t.TempDir()
	require.NoError(t, simcard.Save(dir, o, set(t, simcard.FamilyE)))
	back, again, err := simcard.Load(dir)
	require.NoError(t, err)
	require.Equal(t, set(t, simcard.FamilyE).Identity.Certificate, again.Identity.Certificate)
	c := card(t, back)
	expect(t, c, "6300", "0020001008"+wrongPIN)
	pin, _ := c.Tries()
	require.Equal(t, 1, pin)
	expect(t, c, "9000", "00200010083133353739FFFFFF")
}
