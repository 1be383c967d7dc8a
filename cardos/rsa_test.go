// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/certificate"
)

func samplePublicKey(tb testing.TB) (*rsa.PrivateKey, *publicKey) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(tb, err)
	public := newPublicKey(&certificate.RSAPublicKey{Modulus: key.N.Bytes(), Exponent: []byte{1, 0, 1}})
	return key, &public
}

// Nothing becomes a result but the private operation on the block.
func TestAccept(t *testing.T) {
	key, public := samplePublicKey(t)
	block := append([]byte{0x00}, bytes.Repeat([]byte{0x11}, 127)...)
	op, err := newOperation(public, nil, block)
	require.NoError(t, err)
	right := op.input.Exp(op.input, key.D, key.N).FillBytes(make([]byte, 128))
	op, _ = newOperation(public, nil, block)
	for name, answer := range map[string][]byte{"nothing": nil, "the block": block, "longer": append([]byte{0}, right...),
		"another": append(bytes.Clone(right[:127]), right[127]^1)} {
		assert.ErrorIs(t, op.Accept(answer), ErrWrongResult, name)
		assert.Nil(t, op.result, name)
	}
	require.NoError(t, op.Accept(bytes.TrimLeft(right, "\x00")))
	assert.Equal(t, right, op.result)
}

// A card that pads takes at most 40 % of the modulus, and nothing that was
// padded otherwise.
func TestMessageFor(t *testing.T) {
	_, public := samplePublicKey(t)
	block := make([]byte, 128)
	for n, good := range map[int]bool{0: false, 1: true, 51: true, 52: false, 117: false} {
		op, err := newOperation(public, make([]byte, n), block)
		require.NoError(t, err)
		message, err := op.MessageFor()
		assert.Equal(t, good, err == nil, "%d bytes", n)
		assert.True(t, !good || len(message) == n)
	}
	op, err := newOperation(public, nil, block)
	require.NoError(t, err)
	_, err = op.MessageFor()
	assert.ErrorIs(t, err, ErrUnsupported)
}

// The check of each signature with the public key.
func BenchmarkAccept(b *testing.B) {
	_, public := samplePublicKey(b)
	result := bytes.Repeat([]byte{0x11}, public.size)
	b.ReportAllocs()
	for range b.N {
		op, _ := newOperation(public, nil, result)
		_ = op.Accept(result)
	}
}
