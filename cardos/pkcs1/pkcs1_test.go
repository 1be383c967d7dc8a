// SPDX-License-Identifier: Apache-2.0

package pkcs1_test

import (
	"bytes"
	"crypto"
	_ "crypto/md5" // for crypto.MD5
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/pkcs1"
)

// Sizes of moduli in bits. With 1025 the encoded message of PSS is one byte
// shorter than the modulus; with 1030 its first byte has bits to spare.
var sizes = []int{1024, 1025, 1030}

var hashes = []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512}

func eachKey(t *testing.T, fn func(t *testing.T, k *rsa.PrivateKey)) {
	for _, bits := range sizes {
		t.Run(fmt.Sprint(bits), func(t *testing.T) {
			k, err := rsa.GenerateKey(rand.Reader, bits)
			require.NoError(t, err)
			fn(t, k)
		})
	}
}

// public raises a block to the public exponent, private to the private one.
func public(k *rsa.PrivateKey, block []byte) []byte {
	n := new(big.Int).SetBytes(block)
	return n.Exp(n, big.NewInt(int64(k.E)), k.N).FillBytes(make([]byte, k.Size()))
}

func private(k *rsa.PrivateKey, block []byte) []byte {
	n := new(big.Int).SetBytes(block)
	return n.Exp(n, k.D, k.N).FillBytes(make([]byte, k.Size()))
}

func digest(h crypto.Hash, message string) []byte {
	state := h.New()
	state.Write([]byte(message))
	return state.Sum(nil)
}

// Judged by the standard library: the padded block is what comes out of its
// signature.
func TestPadSignature(t *testing.T) {
	eachKey(t, func(t *testing.T, k *rsa.PrivateKey) {
		sum := sha256.Sum256([]byte("abc"))
		for _, message := range [][]byte{{}, sum[:], make([]byte, k.Size()-pkcs1.Overhead)} {
			block, err := pkcs1.PadSignature(message, k.Size())
			require.NoError(t, err)
			want, err := rsa.SignPKCS1v15(nil, k, crypto.Hash(0), message)
			require.NoError(t, err)
			assert.Equal(t, block, public(k, want))
		}
		_, err := pkcs1.PadSignature(make([]byte, k.Size()-pkcs1.Overhead+1), k.Size())
		assert.ErrorIs(t, err, pkcs1.ErrTooLong)
	})
}

func TestDigestInfo(t *testing.T) {
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	for _, h := range append(slices.Clone(hashes), crypto.MD5) {
		info, err := pkcs1.DigestInfo(h, digest(h, "abc"))
		require.NoError(t, err)
		assert.Len(t, info, pkcs1.DigestInfoSize(h))
		block, err := pkcs1.PadSignature(info, k.Size())
		require.NoError(t, err)
		assert.NoError(t, rsa.VerifyPKCS1v15(&k.PublicKey, h, digest(h, "abc"), private(k, block)))
		for _, wrong := range []int{0, h.Size() - 1, h.Size() + 1} {
			_, err = pkcs1.DigestInfo(h, make([]byte, wrong))
			assert.ErrorIs(t, err, pkcs1.ErrDigest)
		}
	}
	assert.Zero(t, pkcs1.DigestInfoSize(crypto.RIPEMD160))
	_, err = pkcs1.DigestInfo(crypto.RIPEMD160, make([]byte, 20))
	assert.ErrorIs(t, err, pkcs1.ErrDigest)
}

func TestEncryptionPadding(t *testing.T) {
	eachKey(t, func(t *testing.T, k *rsa.PrivateKey) {
		limit := k.Size() - pkcs1.Overhead
		for _, n := range []int{0, 1, 48, limit} {
			message := make([]byte, n)
			block, err := pkcs1.PadEncryption(rand.Reader, message, k.Size())
			require.NoError(t, err)
			got, err := rsa.DecryptPKCS1v15(nil, k, public(k, block))
			require.NoError(t, err)
			assert.Equal(t, string(message), string(got))

			ciphertext, err := rsa.EncryptPKCS1v15(rand.Reader, &k.PublicKey, message)
			require.NoError(t, err)
			got, ok := pkcs1.UnpadEncryption(private(k, ciphertext))
			require.True(t, ok)
			assert.Equal(t, string(message), string(got))
		}
		_, err := pkcs1.PadEncryption(rand.Reader, make([]byte, limit+1), k.Size())
		assert.ErrorIs(t, err, pkcs1.ErrTooLong)
	})
}

// A zero would end the padding: another byte is asked for, as often as need
// be.
func TestEncryptionPaddingHoldsNoZero(t *testing.T) {
	random := bytes.NewReader([]byte{1, 0, 3, 4, 0, 6, 7, 8, 0, 0, 2, 5})
	block, err := pkcs1.PadEncryption(random, []byte("ab"), 13)
	require.NoError(t, err)
	assert.Equal(t, []byte("\x00\x02\x01\x02\x03\x04\x05\x06\x07\x08\x00ab"), block)
}

func TestNoRandomNoBlock(t *testing.T) {
	failure := errors.New("no random")
	for name, random := range map[string]io.Reader{
		"at once":       iotest.ErrReader(failure),
		"later":         io.MultiReader(bytes.NewReader(make([]byte, 53)), iotest.ErrReader(failure)),
		"in the middle": io.MultiReader(bytes.NewReader(make([]byte, 10)), iotest.ErrReader(failure)),
	} {
		_, err := pkcs1.PadEncryption(random, make([]byte, 8), 64)
		assert.ErrorIs(t, err, failure, name)
	}
	_, err := pkcs1.PSS{Hash: crypto.SHA1, MGF: crypto.SHA1, SaltLength: 20}.
		Encode(iotest.ErrReader(failure), make([]byte, 20), 1024)
	assert.ErrorIs(t, err, failure)
	_, err = pkcs1.OAEP{Hash: crypto.SHA1, MGF: crypto.SHA1}.Encode(iotest.ErrReader(failure), nil, 128)
	assert.ErrorIs(t, err, failure)
}

func TestUnpadEncryption(t *testing.T) {
	block := func(head string, padding int, tail string) []byte {
		return []byte(head + string(bytes.Repeat([]byte{9}, padding)) + tail)
	}
	for name, c := range map[string]struct {
		block []byte
		want  string
		ok    bool
	}{
		"message":         {block("\x00\x02", 8, "\x00ab"), "ab", true},
		"empty message":   {block("\x00\x02", 20, "\x00"), "", true},
		"shortest":        {block("\x00\x02", 8, "\x00"), "", true},
		"zero in message": {block("\x00\x02", 8, "\x00a\x00b"), "a\x00b", true},
		"7 bytes padding": {block("\x00\x02", 7, "\x00ab"), "", false},
		"no padding":      {block("\x00\x02", 0, "\x00abcdefghijkl"), "", false},
		"no separator":    {block("\x00\x02", 30, ""), "", false},
		"type 1":          {block("\x00\x01", 8, "\x00ab"), "", false},
		"first byte":      {block("\x01\x02", 8, "\x00ab"), "", false},
		"too short":       {block("\x00\x02", 7, "\x00"), "", false},
		"nothing":         {nil, "", false},
	} {
		got, ok := pkcs1.UnpadEncryption(c.block)
		assert.Equal(t, c.ok, ok, name)
		assert.Equal(t, c.want, string(got), name)
	}
}

func TestPSS(t *testing.T) {
	eachKey(t, func(t *testing.T, k *rsa.PrivateKey) {
		bits := k.N.BitLen()
		for _, h := range hashes {
			sum := digest(h, "abc")
			longest := pkcs1.MaxPSSSalt(h, bits)
			for _, salt := range []int{0, 1, min(h.Size(), longest), longest} {
				p := pkcs1.PSS{Hash: h, MGF: h, SaltLength: salt}
				block, err := p.Encode(rand.Reader, sum, bits)
				require.NoError(t, err)
				opts := &rsa.PSSOptions{SaltLength: salt}
				if salt == 0 {
					opts.SaltLength = rsa.PSSSaltLengthAuto // 0 means "any" to the standard library
				}
				require.NoError(t, rsa.VerifyPSS(&k.PublicKey, h, sum, private(k, block), opts))
				require.True(t, p.Verify(sum, block, bits))
				for at := range block {
					bad := bytes.Clone(block)
					bad[at] ^= 0x10
					require.False(t, p.Verify(sum, bad, bits), "byte %d", at)
				}
				require.False(t, p.Verify(digest(h, "abd"), block, bits))
				require.False(t, p.Verify(sum[1:], block, bits))
				require.False(t, p.Verify(sum, block[1:], bits))
				require.False(t, p.Verify(sum, append([]byte{0}, block...), bits))
				p.SaltLength++
				require.False(t, p.Verify(sum, block, bits), "another salt length is another signature")
			}
			signature, err := rsa.SignPSS(rand.Reader, k, h, sum, &rsa.PSSOptions{SaltLength: longest})
			require.NoError(t, err)
			require.True(t, pkcs1.PSS{Hash: h, MGF: h, SaltLength: longest}.Verify(sum, public(k, signature), bits))
		}
	})
}

// The bits above the encoded message are zeros.
func TestPSSTopBits(t *testing.T) {
	p := pkcs1.PSS{Hash: crypto.SHA256, MGF: crypto.SHA256, SaltLength: 32}
	sum := digest(crypto.SHA256, "abc")
	for bits, top := range map[int]byte{1023: 0x40, 1024: 0x80, 1025: 0x01, 1026: 0x02} {
		block, err := p.Encode(rand.Reader, sum, bits)
		require.NoError(t, err)
		require.Len(t, block, (bits+7)/8)
		require.True(t, p.Verify(sum, block, bits))
		block[0] |= top
		require.False(t, p.Verify(sum, block, bits), "%d bits", bits)
	}
}

func TestPSSLimits(t *testing.T) {
	sum := digest(crypto.SHA512, "abc")
	// RFC 8017, 9.1.1, step 3: emLen < hLen + sLen + 2 is an encoding error.
	assert.Equal(t, 0, pkcs1.MaxPSSSalt(crypto.SHA512, 8*(64+2)))
	assert.Equal(t, -1, pkcs1.MaxPSSSalt(crypto.SHA512, 8*(64+2)-7))
	for _, c := range []struct {
		salt, bits int
		want       error
	}{
		{0, 8 * 66, nil},
		{1, 8 * 66, pkcs1.ErrTooLong},
		{0, 8*66 - 7, pkcs1.ErrTooLong},
		{-1, 1024, pkcs1.ErrTooLong},
	} {
		_, err := pkcs1.PSS{Hash: crypto.SHA512, MGF: crypto.SHA1, SaltLength: c.salt}.Encode(rand.Reader, sum, c.bits)
		assert.ErrorIs(t, err, c.want)
	}
	_, err := pkcs1.PSS{Hash: crypto.SHA512, MGF: crypto.SHA1}.Encode(rand.Reader, sum[1:], 1024)
	assert.ErrorIs(t, err, pkcs1.ErrDigest)
}

func TestOAEP(t *testing.T) {
	eachKey(t, func(t *testing.T, k *rsa.PrivateKey) {
		for _, h := range hashes {
			limit := pkcs1.MaxOAEPMessage(h, k.Size())
			if h == crypto.SHA512 {
				require.Negative(t, limit)
				_, ok := pkcs1.OAEP{Hash: h, MGF: h}.Decode(make([]byte, k.Size()))
				require.False(t, ok)
				continue
			}
			for _, label := range [][]byte{nil, []byte("etichetta")} {
				for _, mgf := range []crypto.Hash{h, crypto.SHA1} {
					o := pkcs1.OAEP{Hash: h, MGF: mgf, Label: label}
					for _, n := range []int{0, 1, limit} {
						message := bytes.Repeat([]byte{7}, min(n, limit))
						block, err := o.Encode(rand.Reader, message, k.Size())
						require.NoError(t, err)
						got, err := k.Decrypt(nil, public(k, block), &rsa.OAEPOptions{Hash: h, MGFHash: mgf, Label: label})
						require.NoError(t, err)
						require.Equal(t, string(message), string(got))
						got, ok := o.Decode(block)
						require.True(t, ok)
						require.Equal(t, string(message), string(got))
					}
					_, err := o.Encode(rand.Reader, make([]byte, limit+1), k.Size())
					require.ErrorIs(t, err, pkcs1.ErrTooLong)
				}
			}
			ciphertext, err := rsa.EncryptOAEP(h.New(), rand.Reader, &k.PublicKey, []byte("a"), []byte("altra"))
			require.NoError(t, err)
			_, ok := pkcs1.OAEP{Hash: h, MGF: h}.Decode(private(k, ciphertext))
			require.False(t, ok, "another label")
		}
	})
}

func TestOAEPFaults(t *testing.T) {
	o := pkcs1.OAEP{Hash: crypto.SHA1, MGF: crypto.SHA1}
	good, err := o.Encode(rand.Reader, []byte("ab"), 64)
	require.NoError(t, err)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		if got, ok := o.Decode(bad); ok {
			// The last bytes are the message itself.
			require.GreaterOrEqual(t, i, len(good)-2, "byte %d", i)
			require.Len(t, got, 2)
		}
	}
	_, ok := o.Decode(make([]byte, 64))
	require.False(t, ok)
	_, ok = o.Decode(nil)
	require.False(t, ok)
}
