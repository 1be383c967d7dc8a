// SPDX-License-Identifier: Apache-2.0

package minidriver_test

import (
	"crypto"
	_ "crypto/md5" // for crypto.MD5
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/minidriver"
	"tscns/simcard"
)

func digest(h crypto.Hash) []byte {
	state := h.New()
	state.Write([]byte("una prova"))
	return state.Sum(nil)
}

// signing is one way to ask for a signature, and who judges it.
type signing struct {
	name    string
	request minidriver.SignRequest
	raw     bool // the card must take a padded block
	verify  func(public *rsa.PublicKey, signature []byte) error
}

// signings are all of them, for a modulus of size bytes.
func signings(size int) []signing {
	var list []signing
	add := func(name string, raw bool, r minidriver.SignRequest, verify func(*rsa.PublicKey, []byte) error) {
		r.KeySpec = minidriver.KeyExchange
		list = append(list, signing{name, r, raw, verify})
	}
	pkcs1 := func(h crypto.Hash, data []byte) func(*rsa.PublicKey, []byte) error {
		return func(public *rsa.PublicKey, signature []byte) error {
			return rsa.VerifyPKCS1v15(public, h, data, signature)
		}
	}
	with := func(p minidriver.Padding, data []byte) minidriver.SignRequest {
		return minidriver.SignRequest{Flags: minidriver.PaddingInfoPresent, Padding: p, Data: data}
	}
	for _, h := range []struct {
		hash crypto.Hash
		alg  uint32
		name string
	}{
		{crypto.MD5, 0x8003, "MD5"},
		{crypto.SHA1, 0x8004, "SHA1"},
		{crypto.SHA256, 0x800C, "SHA256"},
		{crypto.SHA384, 0x800D, "SHA384"},
		{crypto.SHA512, 0x800E, "SHA512"},
	} {
		data := digest(h.hash)
		long := len(data) == 64 && size == 128 // no card that pads takes its DigestInfo
		add(h.name+" by ALG_ID", long, minidriver.SignRequest{HashAlg: h.alg, Data: data}, pkcs1(h.hash, data))
		add(h.name+" without OID", long, minidriver.SignRequest{HashAlg: h.alg, Flags: minidriver.NoHashOID, Data: data}, pkcs1(0, data))
		add(h.name+" by name", long, with(minidriver.Padding{Type: minidriver.PaddingPKCS1, Hash: h.name}, data), pkcs1(h.hash, data))
		if h.hash == crypto.MD5 || 2*len(data)+2 > size {
			continue
		}
		for _, salt := range []int{len(data), 0} {
			opts := &rsa.PSSOptions{SaltLength: salt, Hash: h.hash}
			if salt == 0 {
				opts.SaltLength = rsa.PSSSaltLengthAuto
			}
			add(h.name+" PSS", true, with(minidriver.Padding{Type: minidriver.PaddingPSS, Hash: h.name, Salt: uint32(salt)}, data),
				func(public *rsa.PublicKey, signature []byte) error {
					return rsa.VerifyPSS(public, h.hash, data, signature, opts)
				})
		}
	}
	both := append(digest(crypto.MD5), digest(crypto.SHA1)...)
	add("MD5+SHA1 by ALG_ID", false, minidriver.SignRequest{HashAlg: 0x8008, Data: both}, pkcs1(crypto.MD5SHA1, both))
	add("MD5+SHA1, ALG_ID 0", false, minidriver.SignRequest{Data: both}, pkcs1(crypto.MD5SHA1, both))
	add("MD5+SHA1, NULL", false, with(minidriver.Padding{Type: minidriver.PaddingPKCS1}, both), pkcs1(crypto.MD5SHA1, both))
	add("MD5+SHA1 by name", false, with(minidriver.Padding{Type: minidriver.PaddingPKCS1, Hash: "SHAMD5"}, both), pkcs1(crypto.MD5SHA1, both))
	sum := sha1.Sum([]byte("una prova"))
	add("PSS, NULL", true, with(minidriver.Padding{Type: minidriver.PaddingPSS, Salt: 20}, sum[:]), func(public *rsa.PublicKey, signature []byte) error {
		return rsa.VerifyPSS(public, crypto.SHA1, sum[:], signature, &rsa.PSSOptions{SaltLength: 20})
	})
	block := make([]byte, size)
	block[0], block[size-1] = 7, 0 // little-endian: below any modulus
	add("no padding", true, with(minidriver.Padding{Type: minidriver.PaddingNone}, block), func(public *rsa.PublicKey, signature []byte) error {
		e := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(public.E)), public.N)
		if e.Cmp(big.NewInt(7)) != 0 {
			return rsa.ErrVerification
		}
		return nil
	})
	return list
}

func TestSignatures(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		caller, m := acquired(t, newCard(t, f, nil))
		public := publicKey(t, m, "kxc00")
		require.NoError(t, authenticate(m, handles, goodPIN))
		pads := f == simcard.FamilyF || f == simcard.FamilyH // the card pads what it signs
		for _, s := range signings(public.Size()) {
			caller.sent = 0
			without := s.request
			without.Data = nil
			without.Flags |= minidriver.BufferSizeOnly
			n, err := m.SignSize(without)
			if pads && s.raw {
				assert.Equal(t, minidriver.UnsupportedFeature, err, s.name)
				_, err = m.Sign(handles, s.request)
				assert.Equal(t, minidriver.UnsupportedFeature, err, s.name)
				assert.Zero(t, caller.sent, "%s: known without the card", s.name)
				continue
			}
			require.NoError(t, err, s.name)
			assert.Equal(t, public.Size(), n)
			assert.Zero(t, caller.sent, "%s: size", s.name)
			signature, err := m.Sign(handles, s.request)
			require.NoError(t, err, s.name)
			assert.Len(t, signature, public.Size(), s.name)
			assert.NoError(t, s.verify(public, reversed(signature)), s.name)
		}
	})
}

// What can be refused is refused before the card is asked.
func TestRefusedSignatures(t *testing.T) {
	caller, m := acquired(t, newCard(t, simcard.FamilyA, nil)) // 1024 bits
	require.NoError(t, authenticate(m, handles, goodPIN))
	caller.sent = 0
	type request = minidriver.SignRequest
	padding := func(p minidriver.Padding, n int) request {
		return request{KeySpec: 1, Flags: minidriver.PaddingInfoPresent, Padding: p, Data: make([]byte, n)}
	}
	const bad, unsupported = minidriver.InvalidParameter, minidriver.UnsupportedFeature
	for name, c := range map[string]struct {
		r    request
		want minidriver.Code
	}{
		"signature key":     {request{KeySpec: 2, HashAlg: 0x8004, Data: make([]byte, 20)}, bad},
		"no key spec":       {request{HashAlg: 0x8004, Data: make([]byte, 20)}, bad},
		"flag":              {request{KeySpec: 1, Flags: 4, HashAlg: 0x8004, Data: make([]byte, 20)}, bad},
		"hash":              {request{KeySpec: 1, HashAlg: 0x8001, Data: make([]byte, 16)}, bad},
		"short hash":        {request{KeySpec: 1, HashAlg: 0x800C, Data: make([]byte, 31)}, bad},
		"long hash":         {request{KeySpec: 1, HashAlg: 0x800C, Data: make([]byte, 33)}, bad},
		"short raw hash":    {request{KeySpec: 1, HashAlg: 0x800C, Flags: minidriver.NoHashOID, Data: make([]byte, 31)}, bad},
		"nothing":           {request{KeySpec: 1}, bad},
		"long message":      {request{KeySpec: 1, Data: make([]byte, 118)}, unsupported},
		"SHA512 PSS":        {padding(minidriver.Padding{Type: 4, Hash: "SHA512", Salt: 64}, 64), unsupported},
		"salt":              {padding(minidriver.Padding{Type: 4, Hash: "SHA256", Salt: 1 << 31}, 32), unsupported},
		"PSS hash":          {padding(minidriver.Padding{Type: 4, Hash: "SHA3", Salt: 32}, 32), bad},
		"PSS MD5":           {padding(minidriver.Padding{Type: 4, Hash: "MD5", Salt: 16}, 16), bad},
		"PSS SHAMD5":        {padding(minidriver.Padding{Type: 4, Hash: "SHAMD5", Salt: 16}, 36), bad},
		"PSS short":         {padding(minidriver.Padding{Type: 4, Hash: "SHA256", Salt: 32}, 20), bad},
		"PKCS1 hash":        {padding(minidriver.Padding{Type: 2, Hash: "AES"}, 16), bad},
		"OAEP":              {padding(minidriver.Padding{Type: 8, Hash: "SHA1"}, 20), bad},
		"two paddings":      {padding(minidriver.Padding{Type: 6, Hash: "SHA1"}, 20), bad},
		"padding 0":         {padding(minidriver.Padding{}, 20), bad},
		"short block":       {padding(minidriver.Padding{Type: 1}, 127), bad},
		"long block":        {padding(minidriver.Padding{Type: 1}, 129), bad},
		"block of all bits": {request{KeySpec: 1, Flags: minidriver.PaddingInfoPresent, Padding: minidriver.Padding{Type: 1}, Data: bytesOf(0xFF, 128)}, bad},
	} {
		_, err := m.Sign(handles, c.r)
		assert.Equal(t, c.want, err, name)
	}
	assert.Zero(t, caller.sent)
	for _, h := range []minidriver.Handles{{}, {Context: 1}, {Card: 1}} {
		assert.Equal(t, minidriver.InvalidHandle, signOnce(t, m, h))
	}
	m.Close()
	assert.Equal(t, minidriver.InvalidHandle, signOnce(t, m, handles))
	assert.Zero(t, caller.sent)
}

func bytesOf(b byte, n int) []byte {
	s := make([]byte, n)
	for i := range s {
		s[i] = b
	}
	return s
}

func TestDecrypt(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyA, simcard.FamilyB2, simcard.FamilyT, simcard.FamilyH} {
		t.Run(string(f), func(t *testing.T) {
			caller, m := acquired(t, newCard(t, f, nil))
			public := publicKey(t, m, "kxc00")
			message := []byte("chiave di una sessione")
			pkcs1, err := rsa.EncryptPKCS1v15(rand.Reader, public, message)
			require.NoError(t, err)
			oaep, err := rsa.EncryptOAEP(crypto.SHA1.New(), rand.Reader, public, message, []byte("etichetta"))
			require.NoError(t, err)
			sha256, err := rsa.EncryptOAEP(crypto.SHA256.New(), rand.Reader, public, message, nil)
			require.NoError(t, err)
			decrypt := func(data []byte, p minidriver.Padding) ([]byte, error) {
				return m.Decrypt(handles, minidriver.DecryptRequest{KeySpec: minidriver.KeyExchange, Data: reversed(data), Padding: p})
			}
			if f == simcard.FamilyH {
				caller.sent = 0
				_, err := decrypt(pkcs1, minidriver.Padding{})
				assert.Equal(t, minidriver.UnsupportedFeature, err)
				assert.Zero(t, caller.sent)
				return
			}
			_, err = decrypt(pkcs1, minidriver.Padding{})
			assert.Equal(t, minidriver.SecurityViolation, err)
			require.NoError(t, authenticate(m, handles, goodPIN))
			block, err := decrypt(pkcs1, minidriver.Padding{})
			require.NoError(t, err)
			assert.Equal(t, "\x00\x02", string(reversed(block)[:2]))
			assert.Equal(t, string(message), string(reversed(block)[len(block)-len(message):]))
			label := []byte("etichetta")
			for name, c := range map[string]struct {
				data []byte
				p    minidriver.Padding
				ok   bool
			}{
				"PKCS1":          {pkcs1, minidriver.Padding{Type: 2}, true},
				"OAEP":           {oaep, minidriver.Padding{Type: 8, Hash: "SHA1", Label: label}, true},
				"OAEP, NULL":     {oaep, minidriver.Padding{Type: 8, Label: label}, true},
				"OAEP SHA-256":   {sha256, minidriver.Padding{Type: 8, Hash: "SHA256"}, true},
				"another label":  {oaep, minidriver.Padding{Type: 8, Hash: "SHA1"}, false},
				"another scheme": {pkcs1, minidriver.Padding{Type: 8, Hash: "SHA1"}, false},
				"another hash":   {sha256, minidriver.Padding{Type: 8, Hash: "SHA1"}, false},
				"PSS":            {pkcs1, minidriver.Padding{Type: 4}, false},
				"unknown hash":   {pkcs1, minidriver.Padding{Type: 8, Hash: "AES"}, false},
				"short":          {pkcs1[1:], minidriver.Padding{Type: 2}, false},
				"above modulus":  {bytesOf(0xFF, public.Size()), minidriver.Padding{Type: 2}, false},
			} {
				got, err := decrypt(c.data, c.p)
				if !c.ok {
					assert.Equal(t, minidriver.InvalidParameter, err, name)
					continue
				}
				require.NoError(t, err, name)
				assert.Equal(t, string(message), string(got), name)
			}
			_, err = m.Decrypt(handles, minidriver.DecryptRequest{KeySpec: minidriver.Signature, Data: pkcs1})
			assert.Equal(t, minidriver.InvalidParameter, err)
			_, err = m.Decrypt(handles, minidriver.DecryptRequest{Container: 1, KeySpec: minidriver.KeyExchange, Data: pkcs1})
			assert.Equal(t, minidriver.NoKeyContainer, err)
		})
	}
}

// The signature key has a PIN of its own, and neither opens the other.
func TestSignatureKey(t *testing.T) {
	card := withSignature(t)
	_, m := acquired(t, card)
	data := digest(crypto.SHA256)
	r := minidriver.SignRequest{Container: 1, KeySpec: minidriver.Signature, HashAlg: 0x800C, Data: data}
	require.NoError(t, authenticate(m, handles, goodPIN))
	_, err := m.Sign(handles, r)
	assert.Equal(t, minidriver.SecurityViolation, err)
	_, err = m.Authenticate(handles, minidriver.RoleSign, 0, goodPIN)
	assert.Equal(t, minidriver.WrongCHV, err)
	_, err = m.Authenticate(handles, minidriver.RoleSign, 0, []byte("13572468"))
	require.NoError(t, err)
	signature, err := m.Sign(handles, r)
	require.NoError(t, err)
	assert.NoError(t, rsa.VerifyPKCS1v15(publicKey(t, m, "ksc01"), crypto.SHA256, data, reversed(signature)))
	r.KeySpec = minidriver.KeyExchange
	_, err = m.Sign(handles, r)
	assert.Equal(t, minidriver.InvalidParameter, err)
	_, err = m.Decrypt(handles, minidriver.DecryptRequest{Container: 1, KeySpec: minidriver.KeyExchange, Data: signature})
	assert.Equal(t, minidriver.InvalidParameter, err)
	assert.Equal(t, minidriver.UnsupportedFeature, m.Deauthenticate(1<<minidriver.RoleSign))
}
