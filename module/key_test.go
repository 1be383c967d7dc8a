// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"encoding/asn1"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/module/ck"
)

// cardOfKinds makes a card with keys of these certificates, and one with an
// RSA key behind them.
func cardOfKinds(t *testing.T, certificates ...*certificate.Certificate) *fakeCard {
	c := newFakeCard(t, 2048, cardos.Proven, bothUsages)
	var list []cardos.Key
	for _, cert := range certificates {
		id := sha1.Sum(cert.SPKI)
		list = append(list, cardos.Key{ID: id[:], Label: "CNS autenticazione 2", Certificate: cert})
	}
	c.identities[0].Keys = append(list, c.identities[0].Keys...)
	return c
}

func certificateOf(t *testing.T, k crypto.Signer) *certificate.Certificate {
	return parsed(t, testCertificate(t, k, bothUsages))
}

func number(c ck.KeyType) []byte { return enc.ulong(uint(c)) }

// An elliptic curve key is listed as certificate and public key, and offers
// nothing that the card cannot do.
func TestEllipticCurveKey(t *testing.T) {
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		require.NoError(t, err)
		cert := certificateOf(t, k)
		f := newFixtureWith(t, cardOfKinds(t, cert))
		h := f.login(ro)
		id := Attribute{ck.CKA_ID, f.card.identities[0].Keys[0].ID}
		require.Len(t, f.find(h), 8)
		found := f.find(h, id)
		require.Len(t, found, 2)
		require.Equal(t, cert.Raw, f.get(h, found[0], ck.CKA_VALUE))
		require.Equal(t, enc.ulong(uint(ck.CKO_CERTIFICATE)), f.get(h, found[0], ck.CKA_CLASS))

		public := found[1]
		point, err := asn1.Marshal(elliptic.Marshal(curve, k.X, k.Y)) //nolint:staticcheck // the encoding is what is wanted
		require.NoError(t, err)
		for a, want := range (attributes{
			ck.CKA_CLASS:              enc.ulong(uint(ck.CKO_PUBLIC_KEY)),
			ck.CKA_KEY_TYPE:           number(ck.CKK_EC),
			ck.CKA_EC_POINT:           point,
			ck.CKA_SUBJECT:            cert.Subject,
			ck.CKA_PUBLIC_KEY_INFO:    cert.SPKI,
			ck.CKA_PRIVATE:            {0},
			ck.CKA_VERIFY:             {0},
			ck.CKA_ENCRYPT:            {0},
			ck.CKA_DERIVE:             {0},
			ck.CKA_ALLOWED_MECHANISMS: {},
		}) {
			require.Equal(t, want, f.get(h, public, a), "%#x", uint(a))
		}
		var oid asn1.ObjectIdentifier
		_, err = asn1.Unmarshal(f.get(h, public, ck.CKA_EC_PARAMS), &oid)
		require.NoError(t, err)
		require.Equal(t, curve == elliptic.P256(), oid.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}))
		f.is(ck.CKR_ATTRIBUTE_TYPE_INVALID,
			f.GetAttributeValue(h, public, []AttributeQuery{{Type: ck.CKA_MODULUS, Buffer: SizeQuery}}))

		pkcs := &Mechanism{Type: ck.CKM_RSA_PKCS}
		f.is(ck.CKR_KEY_TYPE_INCONSISTENT, f.VerifyInit(h, pkcs, public))
		f.is(ck.CKR_KEY_TYPE_INCONSISTENT, f.EncryptInit(h, pkcs, public))
		f.is(ck.CKR_KEY_TYPE_INCONSISTENT, f.SignInit(h, pkcs, public))
		info, err := f.GetMechanismInfo(0, ck.CKM_RSA_PKCS)
		require.NoError(t, err)
		require.EqualValues(t, 2048, info.MinKeySize, "of the other key")
		f.sign(h, pkcs, []byte("x"))
	}
}

// A token with nothing but an elliptic curve key offers digests.
func TestEllipticCurveKeyAlone(t *testing.T) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := cardOfKinds(t, certificateOf(t, k))
	c.identities[0].Keys = c.identities[0].Keys[:1]
	f := newFixtureWith(t, c)
	h := f.login(ro)
	require.Empty(t, f.find(h, class(ck.CKO_PRIVATE_KEY)))
	require.Len(t, f.find(h, class(ck.CKO_PUBLIC_KEY)), 1)
	list, err := f.GetMechanismList(0)
	require.NoError(t, err)
	require.Len(t, list, 5)
	f.is(ck.CKR_MECHANISM_INVALID, f.VerifyInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, f.one(h, ck.CKO_PUBLIC_KEY)))
}

// A key of which nothing can be said leaves its certificate, and the others.
func TestKeyOfUnknownKind(t *testing.T) {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	unknown := certificateOf(t, k)
	require.Nil(t, unknown.PublicKey)
	rsaCert := certificateOf(t, testKey(t, 2048))
	long := *rsaCert
	long.PublicKey = &certificate.RSAPublicKey{Modulus: rsaCert.RSA().Modulus, Exponent: []byte{1, 0, 0, 0, 1}}
	noCurve, noPoint := *unknown, *unknown
	noCurve.PublicKey = &certificate.ECPublicKey{Point: []byte{4, 1, 2}}
	noPoint.PublicKey = &certificate.ECPublicKey{Parameters: []byte{5, 0}}
	for name, cert := range map[string]*certificate.Certificate{
		"Ed25519": unknown, "exponent of 5 bytes": &long, "EC without curve": &noCurve, "EC without point": &noPoint,
	} {
		f := newFixtureWith(t, cardOfKinds(t, cert))
		h := f.login(ro)
		require.Len(t, f.find(h, class(ck.CKO_CERTIFICATE)), 2, name)
		require.Len(t, f.find(h, class(ck.CKO_PUBLIC_KEY)), 1, name)
		f.one(h, ck.CKO_PRIVATE_KEY)
		f.sign(h, &Mechanism{Type: ck.CKM_SHA256_RSA_PKCS}, []byte("x"))
	}
}

// Objects come in the order of the keys, certificate before public before
// private key, with a name of their own also where the card gives no ID.
func TestKeyWithoutID(t *testing.T) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := cardOfKinds(t, certificateOf(t, k))
	for i := range c.identities[0].Keys {
		c.identities[0].Keys[i].ID = nil
	}
	f := newFixtureWith(t, c)
	h := f.login(ro)
	var classes [][]byte
	ids := map[string]bool{}
	for _, o := range f.find(h) {
		classes = append(classes, f.get(h, o, ck.CKA_CLASS)[:1])
		ids[string(f.get(h, o, ck.CKA_UNIQUE_ID))] = true
	}
	require.Equal(t, [][]byte{{1}, {2}, {1}, {2}, {3}, {0}, {0}, {9}}, classes)
	require.Len(t, ids, len(classes))
	require.Len(t, f.get(h, f.one(h, ck.CKO_PRIVATE_KEY), ck.CKA_ID), sha1.Size)
}

// The card layer may know no way to use the private half of an RSA key either.
func TestPrivateKeyThatCannotBeUsed(t *testing.T) {
	c := newFakeCard(t, 2048, cardos.Proven, bothUsages)
	c.identities[0].Keys[0].Usable = false
	f := newFixtureWith(t, c)
	h := f.login(ro)
	f.one(h, ck.CKO_CERTIFICATE)
	require.Equal(t, []byte{0}, f.get(h, f.one(h, ck.CKO_PUBLIC_KEY), ck.CKA_VERIFY))
	require.Empty(t, f.find(h, class(ck.CKO_PRIVATE_KEY)))
	list, err := f.GetMechanismList(0)
	require.NoError(t, err)
	require.Len(t, list, 5)
}
