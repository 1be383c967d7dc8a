// SPDX-License-Identifier: Apache-2.0

package pkcs1_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/pkcs1"
)

// Judged by the standard library: the padded block, raised to the private
// exponent, is a signature that crypto/rsa accepts.
func TestPadSignature(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	sum := sha256.Sum256([]byte("abc"))
	for _, message := range [][]byte{{}, sum[:], make([]byte, key.Size()-pkcs1.Overhead)} {
		block, err := pkcs1.PadSignature(message, key.Size())
		require.NoError(t, err)
		want, err := rsa.SignPKCS1v15(nil, key, crypto.Hash(0), message)
		require.NoError(t, err)
		pub := &rsa.PublicKey{N: key.N, E: key.E}
		require.NoError(t, rsa.VerifyPKCS1v15(pub, crypto.Hash(0), message, want))
		assert.Equal(t, block, encrypt(pub, want))
	}
	_, err = pkcs1.PadSignature(make([]byte, key.Size()-pkcs1.Overhead+1), key.Size())
	assert.ErrorIs(t, err, pkcs1.ErrTooLong)
}

// encrypt raises a signature to the public exponent.
func encrypt(k *rsa.PublicKey, signature []byte) []byte {
	n := new(big.Int).SetBytes(signature)
	return n.Exp(n, big.NewInt(int64(k.E)), k.N).FillBytes(make([]byte, k.Size()))
}
