// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"crypto"
	_ "crypto/md5" // that of TLS 1.1
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

const (
	paddingInfo = 0x40000000 // CARD_PADDING_INFO_PRESENT
	sizeOnly    = 0x20000000 // CARD_BUFFER_SIZE_ONLY
	noHashOID   = 1          // CRYPT_NOHASHOID
)

// hashes are those of a signature: the name of BCrypt and the number of CryptoAPI.
var hashes = []struct {
	name string
	alg  uint32
	hash crypto.Hash
}{
	{"MD5", 0x8003, crypto.MD5}, {"SHA1", 0x8004, crypto.SHA1}, {"SHA256", 0x800C, crypto.SHA256},
	{"SHA384", 0x800D, crypto.SHA384}, {"SHA512", 0x800E, crypto.SHA512},
}

func digestOf(h crypto.Hash) []byte {
	d := h.New()
	d.Write([]byte("messaggio"))
	return d.Sum(nil)
}

// signed checks the form of a signature and returns it as others write it.
func (c *caller) signed(public *rsa.PublicKey, format string, args ...any) []byte {
	c.t.Helper()
	a := c.ok(format, args...)
	require.Equal(c.t, public.Size(), a.number("size"), a.line)
	require.Len(c.t, a.bytes("signature"), public.Size())
	return reversed(a.bytes("signature"))
}

// signsPKCS1 and signsPSS have container 0 sign as a browser does for TLS.
func (c *caller) signsPKCS1(public *rsa.PublicKey) {
	c.t.Helper()
	digest := digestOf(crypto.SHA256)
	signature := c.signed(public, "sign 0 2 0 1 %d 0 %x 2 SHA256", paddingInfo, digest)
	require.NoError(c.t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest, signature))
}

func (c *caller) signsPSS(public *rsa.PublicKey) {
	c.t.Helper()
	digest := digestOf(crypto.SHA256)
	signature := c.signed(public, "sign 0 2 0 1 %d 0 %x 4 SHA256 32", paddingInfo, digest)
	require.NoError(c.t, rsa.VerifyPSS(public, crypto.SHA256, digest, signature, &rsa.PSSOptions{SaltLength: 32}))
}

// TestMinidriverSigns: every hash and padding in both forms of the structure, with keys of 1024 and of
// 2048 bits, verified by other software.
func TestMinidriverSigns(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	for _, family := range []simcard.Family{simcard.FamilyA, simcard.FamilyB2} {
		t.Run(string(family), func(t *testing.T) {
			sim := newTestCard(t, family, false, nil)
			d.reader.Insert(sim.Card)
			c.t = t
			c.take()
			sim.ClearLog()
			checkSizeOnly(t, c, sim)
			checkRefusedSignatures(t, c, sim)
			require.Empty(t, sim.Log(), "nothing of that reaches the card")
			c.want(securityViolation, "sign 0 2 0 1 %d 0 %x 2 SHA256", paddingInfo, digestOf(crypto.SHA256))
			require.Equal(t, uint32(success), c.login(userPIN).code)
			checkPKCS1(t, c, sim.public())
			checkPSS(t, c, sim.public())
			checkRaw(t, c, sim.public())
			c.leave()
			c.wellBehaved()
		})
	}
}

func checkSizeOnly(t *testing.T, c *caller, sim testCard) {
	t.Helper()
	for _, sign := range []string{
		fmt.Sprintf("sign 0 1 0 1 %d 0x800C %x", sizeOnly, digestOf(crypto.SHA256)),
		fmt.Sprintf("sign 0 2 0 1 %d 0 %x 2 SHA256", sizeOnly|paddingInfo, digestOf(crypto.SHA256)),
		fmt.Sprintf("sign 0 2 0 1 %d 0 %x 4 SHA256 32", sizeOnly|paddingInfo, digestOf(crypto.SHA256)),
	} {
		a := c.ok("%s", sign)
		require.Equal(t, sim.public().Size(), a.number("size"), a.line)
		require.Contains(t, []string{"", "NULL"}, a.text("signature"), "no memory is asked for")
	}
}

func checkRefusedSignatures(t *testing.T, c *caller, sim testCard) {
	t.Helper()
	digest := hex.EncodeToString(digestOf(crypto.SHA256))
	for _, s := range []struct {
		code uint32
		sign string
	}{
		{revisionMismatch, "0 0 1 0 0x800C " + digest}, {revisionMismatch, "3 0 1 0 0x800C " + digest},
		{noKeyContainer, "1 1 1 0 0x800C " + digest}, {noKeyContainer, "1 200 2 0 0x800C " + digest},
		{invalidParameter, "1 0 2 0 0x800C " + digest}, {invalidParameter, "1 0 99 0 0x800C " + digest}, // specification of the key
		{invalidParameter, "1 0 1 0x100 0x800C " + digest}, {invalidParameter, "1 0 1 0 0x800D " + digest}, // flags, length for the hash
		{invalidParameter, "1 0 1 0 0x800C -"}, {invalidParameter, "2 0 1 0x40000000 0 " + digest + " 2 SHA384"},
		{invalidParameter, "2 0 1 0x40000000 0 " + digest + " 0 SHA256"}, {invalidParameter, "2 0 1 0x40000000 0 " + digest + " 8 SHA256"},
		{invalidParameter, "2 0 1 0x40000000 0 " + digest + " 4 SHA384 48"}, {invalidParameter, "2 0 1 0x40000000 0 " + digest + " 1"},
	} {
		c.want(s.code, "sign 0 %s", s.sign)
	}
	for _, sign := range []string{"1 0 1 0 0x9999 " + digest, "2 0 1 0x40000000 0 " + digest + " 2 nothing", "2 0 1 0x40000000 0 " + digest + " 4 nothing 32",
		"2 0 1 0x40000000 0 " + digest + " 4 SHA256 5000", "2 0 1 0x40000000 0 " + digest + " 4 SHA256 0xFFFFFFFF"} {
		a := c.ask("sign 0 %s", sign)
		require.Contains(t, []uint32{invalidParameter, unsupported}, a.code, "%s: %s", sign, a.line)
	}
	if sim.public().Size() == 128 { // no room for hash and salt
		c.want(unsupported, "sign 0 2 0 1 %d 0 %x 4 SHA512 64", paddingInfo, digestOf(crypto.SHA512))
	}
}

func checkPKCS1(t *testing.T, c *caller, public *rsa.PublicKey) {
	t.Helper()
	both := append(digestOf(crypto.MD5), digestOf(crypto.SHA1)...)
	for _, h := range hashes {
		digest := digestOf(h.hash)
		for _, sign := range []string{
			fmt.Sprintf("sign 0 1 0 1 0 %d %x", h.alg, digest), fmt.Sprintf("sign 0 2 0 1 0 %d %x 0", h.alg, digest),
			fmt.Sprintf("sign 0 2 0 1 %d 0 %x 2 %s", paddingInfo, digest, h.name),
		} {
			require.NoError(t, rsa.VerifyPKCS1v15(public, h.hash, digest, c.signed(public, "%s", sign)), sign)
		}
		sign := fmt.Sprintf("sign 0 1 0 1 %d %d %x", noHashOID, h.alg, digest)
		require.NoError(t, rsa.VerifyPKCS1v15(public, 0, digest, c.signed(public, "%s", sign)), sign)
	}
	// The two hashes of TLS 1.1 stand without a DigestInfo.
	for _, sign := range []string{
		fmt.Sprintf("sign 0 1 0 1 0 0x8008 %x", both), fmt.Sprintf("sign 0 1 0 1 0 0 %x", both),
		fmt.Sprintf("sign 0 2 0 1 %d 0 %x 2 -", paddingInfo, both), fmt.Sprintf("sign 0 2 0 1 %d 0 %x 2 SHAMD5", paddingInfo, both),
	} {
		require.NoError(t, rsa.VerifyPKCS1v15(public, crypto.MD5SHA1, both, c.signed(public, "%s", sign)), sign)
	}
}

func checkPSS(t *testing.T, c *caller, public *rsa.PublicKey) {
	t.Helper()
	for _, h := range hashes[1:] {
		digest := digestOf(h.hash)
		for _, salt := range []int{0, 20, h.hash.Size()} {
			if public.Size() < 2*h.hash.Size()+2 && salt > 20 {
				continue
			}
			sign := fmt.Sprintf("sign 0 2 0 1 %d 0 %x 4 %s %d", paddingInfo, digest, h.name, salt)
			length := salt
			if salt == 0 {
				length = rsa.PSSSaltLengthAuto // of Go: 0 as a number
			}
			require.NoError(t, rsa.VerifyPSS(public, h.hash, digest, c.signed(public, "%s", sign), &rsa.PSSOptions{SaltLength: length}), sign)
		}
	}
	digest := digestOf(crypto.SHA1)
	signature := c.signed(public, "sign 0 2 0 1 %d 0 %x 4 - 20", paddingInfo, digest)
	require.NoError(t, rsa.VerifyPSS(public, crypto.SHA1, digest, signature, &rsa.PSSOptions{SaltLength: 20}))
}

// checkRaw: without padding a block of the size of the key comes in and goes out, both little-endian.
func checkRaw(t *testing.T, c *caller, public *rsa.PublicKey) {
	t.Helper()
	block := make([]byte, public.Size())
	for i := range block[1:] {
		block[i+1] = byte(i)
	}
	signature := new(big.Int).SetBytes(c.signed(public, "sign 0 2 0 1 %d 0 %x 1", paddingInfo, reversed(block)))
	plain := new(big.Int).Exp(signature, big.NewInt(int64(public.E)), public.N)
	require.Equal(t, block, plain.FillBytes(make([]byte, public.Size())))
}
