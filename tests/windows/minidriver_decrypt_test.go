// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// TestMinidriverDecrypts: what other software encrypts for the certificate's key is
// decrypted in place, in both forms of the structure, with keys of 1024 bits beside a
// signature key and of 2048 bits; and what is wrong leaves all as it was.
func TestMinidriverDecrypts(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	for _, family := range []simcard.Family{simcard.FamilyB1, simcard.FamilyB2} {
		t.Run(string(family), func(t *testing.T) {
			c.t = t
			sim := newTestCard(t, family, family == simcard.FamilyB1, nil)
			d.reader.Insert(sim.Card)
			c.take()
			sim.ClearLog()
			checkRefusedDecryption(t, c, sim)
			block := blockOf(sim.public())
			c.notDecrypted(securityViolation, "decrypt 0 2 0 1 %s 1", encryptedBlock(sim.public(), block))
			require.Equal(t, uint32(success), c.login(userPIN).code)
			checkWholeBlock(t, c, sim.public(), block)
			checkUnpadding(t, c, sim.public())
			checkBadPadding(t, c, sim)
			checkSignatureContainer(t, c, sim)
			c.leave()
			c.wellBehaved()
		})
	}
	t.Run("a card that is not known to", func(t *testing.T) {
		c.t = t
		sim := newTestCard(t, simcard.FamilyH, false, nil)
		d.reader.Insert(sim.Card)
		c.take()
		require.Equal(t, uint32(success), c.login(userPIN).code)
		sim.ClearLog()
		c.notDecrypted(unsupported, "decrypt 0 2 0 1 %s 2", encryptedBlock(sim.public(), blockOf(sim.public())))
		require.Empty(t, sim.Log())
		c.leave()
	})
}

// blockOf is a block that any key of this size takes.
func blockOf(public *rsa.PublicKey) []byte {
	block := make([]byte, public.Size())
	for i := range block[1:] {
		block[i+1] = byte(i)
	}
	return block
}

// encryptedBlock is a block after RSA with the public key, as Windows writes it.
func encryptedBlock(public *rsa.PublicKey, block []byte) string {
	c := new(big.Int).Exp(new(big.Int).SetBytes(block), big.NewInt(int64(public.E)), public.N)
	return hex.EncodeToString(reversed(c.FillBytes(make([]byte, public.Size()))))
}

// decrypted is the message that has replaced what was encrypted.
func (c *caller) decrypted(format string, args ...any) []byte {
	c.t.Helper()
	return c.ok("decrypt "+format, args...).bytes("data")
}

// notDecrypted requires a code, and that what was given is as it was.
func (c *caller) notDecrypted(code uint32, format string, args ...any) {
	c.t.Helper()
	a := c.want(code, format, args...)
	require.Equal(c.t, "0", a.text("changed"), "%s: %s", fmt.Sprintf(format, args...), a.line)
}

func checkRefusedDecryption(t *testing.T, c *caller, sim testCard) {
	t.Helper()
	data := encryptedBlock(sim.public(), blockOf(sim.public()))
	for _, r := range []struct {
		code    uint32
		decrypt string
	}{
		{revisionMismatch, "0 0 1 " + data}, {revisionMismatch, "1 0 1 " + data}, {revisionMismatch, "3 0 1 " + data + " 2"},
		{noKeyContainer, "2 2 1 " + data + " 2"}, {noKeyContainer, "2 255 1 " + data + " 2"},
		{invalidParameter, "2 0 2 " + data + " 2"}, {invalidParameter, "2 0 0 " + data + " 2"}, {invalidParameter, "2 0 99 " + data + " 2"}, // specification of the key
		{invalidParameter, "2 0 1 - 2"}, {invalidParameter, "2 0 1 . 2"}, {invalidParameter, "2 0 1 " + data[2:] + " 2"},
		{invalidParameter, "2 0 1 " + data + "00 2"}, {invalidParameter, "2 0 1 " + hex.EncodeToString(bytes.Repeat([]byte{0xFF}, sim.public().Size())) + " 2"},
		{invalidParameter, "2 0 1 " + data + " 3"}, {invalidParameter, "2 0 1 " + data + " 4 SHA256 32"}, // kind of padding
		{invalidParameter, "2 0 1 " + data + " 8 nothing"}, {invalidParameter, "2 0 1 " + data + " 8 MD5"},
	} {
		c.notDecrypted(r.code, "decrypt 0 %s", r.decrypt)
	}
	require.Empty(t, sim.Log(), "nothing of that reaches the card")
	for _, version := range []int{4, 5, 6} { // of CARD_DATA
		c.ok("acquire 1 0 %d 0", version)
		sim.ClearLog()
		for _, structure := range []int{0, 3} {
			c.notDecrypted(revisionMismatch, "decrypt 1 %d 0 1 %s", structure, data)
		}
		c.notDecrypted(invalidParameter, "decrypt 1 1 0 2 %s", data)
		require.Empty(t, sim.Log())
		c.ok("delete 1")
	}
}

// checkWholeBlock: without padding a block of the size of the key comes in and goes
// out, both little-endian. Version 1 of the structure has no padding; callers up to
// version 6 use it.
func checkWholeBlock(t *testing.T, c *caller, public *rsa.PublicKey, block []byte) {
	t.Helper()
	data := encryptedBlock(public, block)
	for _, padding := range []int{0, 1} {
		require.Equal(t, block, reversed(c.decrypted("0 2 0 1 %s %d", data, padding)))
	}
	for _, version := range []int{4, 5, 6} {
		c.ok("acquire 1 0 %d 0", version)
		require.Equal(t, block, reversed(c.decrypted("1 1 0 1 %s", data)))
		require.Equal(t, block, reversed(c.decrypted("1 2 0 1 %s 1", data)))
		c.ok("delete 1")
	}
}

// checkUnpadding: messages of no, one and as many bytes as go in. Which order Windows
// wants of a message without its padding is not known to us: it is tested as it is.
func checkUnpadding(t *testing.T, c *caller, public *rsa.PublicKey) {
	t.Helper()
	message := bytes.Repeat([]byte("chiave"), public.Size())
	for _, size := range []int{0, 1, 48, public.Size() - 11} {
		data, err := rsa.EncryptPKCS1v15(rand.Reader, public, message[:size])
		require.NoError(t, err)
		require.Equal(t, message[:size], c.decrypted("0 2 0 1 %x 2", reversed(data)), "%d bytes", size)
	}
	for _, h := range hashes[1:] {
		most := public.Size() - 2*h.hash.Size() - 2
		if most < 0 { // SHA-512 with 1024 bits
			c.notDecrypted(invalidParameter, "decrypt 0 2 0 1 %s 8 %s", encryptedBlock(public, blockOf(public)), h.name)
			continue
		}
		for _, label := range []string{"", "etichetta"} {
			for _, size := range []int{0, 1, most} {
				data, err := rsa.EncryptOAEP(h.hash.New(), rand.Reader, public, message[:size], []byte(label))
				require.NoError(t, err)
				require.Equal(t, message[:size], c.decrypted("0 2 0 1 %x 8 %s %x", reversed(data), h.name, label), "%s, %d bytes", h.name, size)
				if h.name == "SHA1" { // NULL is SHA-1
					require.Equal(t, message[:size], c.decrypted("0 2 0 1 %x 8 - %x", reversed(data), label))
				}
			}
		}
	}
}

// checkBadPadding: whatever is wrong with a padding, code and commands are the same.
func checkBadPadding(t *testing.T, c *caller, sim testCard) {
	t.Helper()
	public := sim.public()
	oaep, err := rsa.EncryptOAEP(hashes[1].hash.New(), rand.Reader, public, []byte("chiave"), []byte("etichetta"))
	require.NoError(t, err)
	padded := func(head string, zeroAt int) string {
		block := bytes.Repeat([]byte{0x5A}, public.Size())
		copy(block, head)
		if zeroAt > 0 {
			block[zeroAt] = 0
		}
		return encryptedBlock(public, block)
	}
	good := padded("\x00\x02", 10)
	c.decrypted("0 2 0 1 %s 2", good)
	sim.ClearLog()
	c.decrypted("0 2 0 1 %s 2", good)
	commands := len(sim.Log())
	require.Positive(t, commands)
	label := hex.EncodeToString([]byte("etichetta"))
	for what, decrypt := range map[string]string{
		"first byte":         padded("\x01\x02", 20) + " 2",
		"block of signature": padded("\x00\x01", 20) + " 2",
		"second byte":        padded("\x00\x00", 20) + " 2",
		"too short":          padded("\x00\x02", 9) + " 2",
		"no end":             padded("\x00\x02", 0) + " 2",
		"OAEP as PKCS #1":    fmt.Sprintf("%x 2", reversed(oaep)),
		"PKCS #1 as OAEP":    good + " 8 SHA1",
		"another label":      fmt.Sprintf("%x 8 SHA1 %x", reversed(oaep), "etichette"),
		"no label":           fmt.Sprintf("%x 8 SHA1", reversed(oaep)),
		"another hash":       fmt.Sprintf("%x 8 SHA256 %s", reversed(oaep), label),
	} {
		sim.ClearLog()
		c.notDecrypted(invalidParameter, "decrypt 0 2 0 1 %s", decrypt)
		require.Len(t, sim.Log(), commands, what)
	}
	require.Equal(t, []byte("chiave"), c.decrypted("0 2 0 1 %x 8 SHA1 %s", reversed(oaep), label))
}

// checkSignatureContainer: the key of a qualified signature decrypts nothing, even
// behind its own PIN.
func checkSignatureContainer(t *testing.T, c *caller, sim testCard) {
	t.Helper()
	if sim.signature == nil {
		c.notDecrypted(noKeyContainer, "decrypt 0 2 1 1 %s 2", encryptedBlock(sim.public(), blockOf(sim.public())))
		return
	}
	public := &sim.signature.Key.PublicKey
	c.ok("authenticate 0 3 0 %s", digits(signaturePIN))
	data, err := rsa.EncryptPKCS1v15(rand.Reader, public, []byte("chiave"))
	require.NoError(t, err)
	sim.ClearLog()
	for _, spec := range []int{1, 2} {
		for _, padding := range []int{0, 1, 2, 8} {
			c.notDecrypted(invalidParameter, "decrypt 0 2 1 %d %x %d", spec, reversed(data), padding)
		}
	}
	require.Empty(t, sim.Log())
}
