// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"math/big"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard/pki"
)

// EllipticCurve is an item of its own, beside the numbered ones: its card has
// a certificate of a kind of key that no layout is known to use.
var EllipticCurve = Item{Section: "4.6, 4.8, 6.3.3", Card: Elliptic,
	Title: "an elliptic curve certificate comes with its public key, and no private key", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		cert, public := x.one(h, ck.CKO_CERTIFICATE), x.one(h, ck.CKO_PUBLIC_KEY)
		x.that(len(x.find(h, class(ck.CKO_PRIVATE_KEY))) == 0, "a private key that cannot be used")
		parsed, err := x509.ParseCertificate(x.get(h, cert, ck.CKA_VALUE))
		require.NoError(x.T, err)
		key, ok := parsed.PublicKey.(*ecdsa.PublicKey)
		require.True(x.T, ok)

		x.that(string(x.get(h, public, ck.CKA_KEY_TYPE)) == string(numbers(uint64(ck.CKK_EC))), "another CKA_KEY_TYPE")
		x.that(string(x.get(h, public, ck.CKA_ID)) == string(x.get(h, cert, ck.CKA_ID)), "another CKA_ID")
		x.that(string(x.get(h, public, ck.CKA_SUBJECT)) == string(parsed.RawSubject), "another CKA_SUBJECT")
		var curve asn1.ObjectIdentifier
		_, err = asn1.Unmarshal(x.get(h, public, ck.CKA_EC_PARAMS), &curve)
		x.that(err == nil && curve.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}), "CKA_EC_PARAMS is %v, %v", curve, err)
		var octets []byte
		_, err = asn1.Unmarshal(x.get(h, public, ck.CKA_EC_POINT), &octets)
		require.NoError(x.T, err)
		point, err := key.ECDH()
		require.NoError(x.T, err)
		x.that(string(octets) == string(point.Bytes()), "another CKA_EC_POINT")
		x.is(ck.CKR_ATTRIBUTE_TYPE_INVALID, "C_GetAttributeValue", h, public, Template{Room(ck.CKA_MODULUS, 512)}, 1)

		x.that(!x.offers(ck.CKM_RSA_PKCS) && x.offers(ck.CKM_SHA256), "a mechanism that no key has")
		x.is(ck.CKR_MECHANISM_INVALID, "C_VerifyInit", h, pkcs(), public)
		x.is(ck.CKR_MECHANISM_INVALID, "C_SignInit", h, pkcs(), public)
	}}

// ellipticCurve makes a certificate of a P-256 key for the holder of a set.
func ellipticCurve(set *pki.Set) ([]byte, error) {
	own, err := x509.ParseCertificate(set.Identity.Certificate)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(4712), Subject: own.Subject, NotBefore: own.NotBefore,
		NotAfter: own.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: own.ExtKeyUsage}
	return x509.CreateCertificate(rand.Reader, template, set.Authority.Certificate, key.Public(), set.Authority.Key)
}
