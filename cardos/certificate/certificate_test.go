// SPDX-License-Identifier: Apache-2.0

package certificate_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/certificate"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func make509(t testing.TB, key crypto.Signer, change func(*x509.Certificate)) []byte {
	t.Helper()
	cns, err := x509.OIDFromInts([]uint64{1, 3, 76, 16, 2, 1})
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).Lsh(big.NewInt(0xF1), 100),
		Subject:      pkix.Name{Country: []string{"IT"}, CommonName: "PRVMRA80A41H501X/6090000000000000.prova="},
		Issuer:       pkix.Name{CommonName: "PROVA CA"},
		NotBefore:    time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		NotAfter:     time.Date(2051, 5, 6, 0, 0, 0, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection},
		Policies:     []x509.OID{cns},
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return der
}

// What we read is what crypto/x509 reads.
func TestParse(t *testing.T) {
	der := make509(t, rsaKey(), nil)
	want, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	c, err := certificate.Parse(append(bytes.Clone(der), make([]byte, 300)...))
	require.NoError(t, err)
	assert.Equal(t, der, c.Raw)
	assert.Equal(t, want.RawSubject, c.Subject)
	assert.Equal(t, want.RawIssuer, c.Issuer)
	assert.Equal(t, want.RawSubjectPublicKeyInfo, c.SPKI)
	assert.Equal(t, 0, want.SerialNumber.Cmp(new(big.Int).SetBytes(c.Serial)))
	serial, err := asn1.Marshal(want.SerialNumber)
	require.NoError(t, err)
	assert.Equal(t, serial, c.SerialDER)
	assert.Equal(t, &certificate.RSAPublicKey{Modulus: rsaKey().N.Bytes(), Exponent: []byte{1, 0, 1}}, c.PublicKey)
	assert.True(t, want.NotBefore.Equal(c.NotBefore))
	assert.True(t, want.NotAfter.Equal(c.NotAfter), "2051 is a GeneralizedTime")
	assert.True(t, c.HasKeyUsage)
	assert.Equal(t, certificate.DigitalSignature|certificate.KeyEncipherment, c.KeyUsage)
	assert.Len(t, c.ExtKeyUsage, 2)
	assert.True(t, c.ExtKeyUsage[0].Equal(certificate.ClientAuth))
	assert.True(t, c.IsCNS())
}

func TestUsages(t *testing.T) {
	c, err := certificate.Parse(make509(t, rsaKey(), func(c *x509.Certificate) {
		c.KeyUsage, c.ExtKeyUsage, c.Policies = x509.KeyUsageContentCommitment|x509.KeyUsageDecipherOnly, nil, nil
	}))
	require.NoError(t, err)
	assert.Equal(t, certificate.NonRepudiation|certificate.DecipherOnly, c.KeyUsage)
	assert.Empty(t, c.ExtKeyUsage)
	assert.False(t, c.IsCNS())

	c, err = certificate.Parse(make509(t, rsaKey(), func(c *x509.Certificate) { c.KeyUsage = 0 }))
	require.NoError(t, err)
	assert.False(t, c.HasKeyUsage)
}

func TestOtherKeys(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c, err := certificate.Parse(make509(t, key, nil))
	require.NoError(t, err)
	assert.Nil(t, c.RSA())
	public, err := key.PublicKey.ECDH()
	require.NoError(t, err)
	p256 := []byte{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07}
	assert.Equal(t, &certificate.ECPublicKey{Parameters: p256, Point: public.Bytes()}, c.PublicKey)

	_, other, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	c, err = certificate.Parse(make509(t, other, nil))
	require.NoError(t, err)
	assert.Nil(t, c.PublicKey)
}

func TestLength(t *testing.T) {
	der := make509(t, rsaKey(), nil)
	n, err := certificate.Length(der[:4])
	require.NoError(t, err)
	assert.Equal(t, len(der), n)
	n, err = certificate.Length([]byte{0x30, 0x82, 0x07, 0x59})
	require.NoError(t, err)
	assert.Equal(t, 1885, n)
	n, err = certificate.Length([]byte{0x30, 0x81, 0xFF, 0})
	require.NoError(t, err)
	assert.Equal(t, 258, n)
	for _, bad := range [][]byte{nil, {0x30}, {0x30, 0x82, 0x07}, {0x00, 0x00, 0x00, 0x00}, {0xFF, 0xFF, 0xFF, 0xFF},
		{0x30, 0x80, 0, 0}, {0x30, 0x83, 1, 0}, {0x30, 0x05, 0, 0}, {0x30, 0x82, 0x80, 0x00}, {0x5A, 0x82, 1, 1}} {
		_, err := certificate.Length(bad)
		assert.ErrorIs(t, err, certificate.ErrMalformed, "%X", bad)
	}
}

// A certificate cut anywhere, or with any byte changed, gives an error or a
// certificate, never a panic.
func TestDamaged(t *testing.T) {
	der := make509(t, rsaKey(), nil)
	for i := range der {
		_, err := certificate.Parse(der[:i])
		assert.ErrorIs(t, err, certificate.ErrMalformed)
		damaged := bytes.Clone(der)
		damaged[i] ^= 0xFF
		if c, err := certificate.Parse(damaged); err == nil && c.RSA() != nil {
			assert.NotEmpty(t, c.RSA().Modulus)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(make509(f, rsaKey(), nil))
	f.Add([]byte{0x30, 0x82, 0x00, 0x00})
	f.Add([]byte{0x30, 0x81, 0x04, 0x30, 0x02, 0x02, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := certificate.Parse(b)
		if err != nil {
			return
		}
		if len(c.Raw) > len(b) || c.RSA() != nil && (len(c.RSA().Modulus) == 0 || c.RSA().Modulus[0] == 0 || len(c.RSA().Exponent) == 0) {
			t.Fatalf("%+v", c)
		}
	})
}

// FuzzCandidates unpacks whatever a card's file may hold.
func FuzzCandidates(f *testing.F) {
	der := make509(f, rsaKey(), nil)
	var gz, z bytes.Buffer
	for _, w := range []io.WriteCloser{gzip.NewWriter(&gz), zlib.NewWriter(&z)} {
		_, err := w.Write(der)
		require.NoError(f, err)
		require.NoError(f, w.Close())
	}
	for _, seed := range [][]byte{der, gz.Bytes(), z.Bytes(), append([]byte{1, 0, 0, 4}, z.Bytes()...), append([]byte{0x70, 0x82, 4, 0}, der...)} {
		f.Add(seed, 0)
		f.Add(append([]byte{1, 2, 3, 4, 5}, seed...), 5)
	}
	whole, err := certificate.Parse(der)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, file []byte, offset int) {
		offset = min(max(offset, 0), 64)
		for _, c := range certificate.Candidates(file, offset) {
			if c.Offset >= len(file) {
				t.Fatalf("offset %d of %d", c.Offset, len(file))
			}
			cert, err := certificate.Parse(file[c.Offset:])
			if c.Compression != certificate.Uncompressed {
				var b []byte
				if b, err = c.Compression.Decompress(bytes.NewReader(file[c.Offset:])); len(b) > certificate.MaxSize+1 {
					t.Fatalf("%d bytes", len(b))
				}
				if err == nil {
					cert, err = certificate.Unwrap(b)
				}
			}
			if err != nil {
				continue
			}
			if cert.KeyName() == "" {
				t.Fatal("a key without a name")
			}
			if len(cert.Raw) > 64 && !cert.Begins(file, offset) {
				t.Fatal("a file does not begin its own certificate")
			}
		}
		_ = whole.Begins(file, offset)
	})
}
