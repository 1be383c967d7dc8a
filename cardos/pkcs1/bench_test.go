// SPDX-License-Identifier: Apache-2.0

package pkcs1_test

import (
	"crypto"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos/pkcs1"
)

func BenchmarkEncodings(b *testing.B) {
	digest := make([]byte, 32)
	pss := pkcs1.PSS{Hash: crypto.SHA256, MGF: crypto.SHA256, SaltLength: 32}
	signed, err := pss.Encode(rand.Reader, digest, 2048)
	require.NoError(b, err)
	oaep := pkcs1.OAEP{Hash: crypto.SHA256, MGF: crypto.SHA256}
	encrypted, err := oaep.Encode(rand.Reader, digest, 256)
	require.NoError(b, err)
	for name, call := range map[string]func() bool{
		"PSS encode":  func() bool { _, err := pss.Encode(rand.Reader, digest, 2048); return err == nil },
		"PSS verify":  func() bool { return pss.Verify(digest, signed, 2048) },
		"OAEP encode": func() bool { _, err := oaep.Encode(rand.Reader, digest, 256); return err == nil },
		"OAEP decode": func() bool { _, ok := oaep.Decode(encrypted); return ok },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if !call() {
					b.Fatal("no result")
				}
			}
		})
	}
}
