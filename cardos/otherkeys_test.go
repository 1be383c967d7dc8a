// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/simcard"
)

// ecCertificate is a certificate of a P-256 key.
func ecCertificate(t *testing.T) ([]byte, *ecdsa.PublicKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "prova"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return der, &key.PublicKey
}

// A certificate of an elliptic curve key is listed, cold and when the card is
// known again; its private key is not to be used, and nothing is sent to try.
func TestCertificateOfAnotherKindOfKey(t *testing.T) {
	der, public := ecCertificate(t)
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		store := newShelf()
		service, sim := inserted(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.Authentication.Certificate = der })
		var first cardos.Key
		for _, again := range []bool{false, true} {
			sim.ClearLog()
			c, k := opened(t, service, store)
			assert.Equal(t, der, k.Certificate.Raw)
			require.IsType(t, &certificate.ECPublicKey{}, k.Certificate.PublicKey)
			point, err := public.ECDH()
			require.NoError(t, err)
			assert.Equal(t, point.Bytes(), k.Certificate.PublicKey.(*certificate.ECPublicKey).Point)
			assert.False(t, k.Usable)
			assert.Zero(t, k.Bits)
			assert.Len(t, k.ID, 20)
			if again {
				assert.LessOrEqual(t, len(sim.Log()), warmBudget(f), sim.LogText())
				assert.Equal(t, first, k)
			}
			first = k
			verifiesWithoutKey(t, f, c, sim, "")
			sim.ClearLog()
			_, err = c.SignPKCS1v15(&k, digestInfo(make([]byte, 32)))
			assert.ErrorIs(t, err, cardos.ErrUnsupported)
			_, err = c.RawRSA(&k, make([]byte, 256))
			assert.ErrorIs(t, err, cardos.ErrUnsupported)
			assert.Empty(t, sim.Log())
			require.NoError(t, c.Close())
		}
	})
}
