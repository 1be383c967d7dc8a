// SPDX-License-Identifier: Apache-2.0

package revocation

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"
)

// nonceSize is what RFC 9654, 2.1, asks of clients, in bytes.
const nonceSize = 32

var oidNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}

// certID names a certificate (RFC 6960, 4.1.1).
type certID struct {
	Algorithm         pkix.AlgorithmIdentifier
	NameHash, KeyHash []byte
	Serial            *big.Int
}

func (c certID) equal(other certID) bool {
	return c.Algorithm.Algorithm.Equal(other.Algorithm.Algorithm) && bytes.Equal(c.NameHash, other.NameHash) &&
		bytes.Equal(c.KeyHash, other.KeyHash) && c.Serial != nil && other.Serial != nil && c.Serial.Cmp(other.Serial) == 0
}

// request is a request for one certificate, with a nonce: package ocsp writes
// it without.
type request struct {
	To struct {
		List       []struct{ Cert certID }
		Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
	}
}

// responseData is what package ocsp leaves out of a response (RFC 6960, 4.2.1):
// to whose question it is the answer.
type responseData struct {
	Version    int `asn1:"optional,default:0,explicit,tag:0"`
	Responder  asn1.RawValue
	Produced   time.Time `asn1:"generalized"`
	List       []struct{ Cert certID }
	Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
}

// newRequest returns a request in DER, what it asks for, and the value of its
// extension with the nonce.
func newRequest(leaf, issuer *x509.Certificate) (der []byte, id certID, nonce []byte, err error) {
	plain, err := ocsp.CreateRequest(leaf, issuer, nil)
	if err != nil {
		return nil, certID{}, nil, err
	}
	var r request
	if _, err := asn1.Unmarshal(plain, &r); err != nil {
		return nil, certID{}, nil, err
	}
	random := make([]byte, nonceSize)
	_, _ = rand.Read(random)
	if nonce, err = asn1.Marshal(random); err != nil {
		return nil, certID{}, nil, err
	}
	r.To.Extensions = []pkix.Extension{{Id: oidNonce, Value: nonce}}
	der, err = asn1.Marshal(r)
	return der, r.To.List[0].Cert, nonce, err
}

// askResponder asks by OCSP.
func (q *question) askResponder(ctx context.Context, u *url.URL) (*Answer, Problem) {
	body, id, nonce, err := newRequest(q.leaf, q.issuer)
	if err != nil {
		return nil, Malformed
	}
	b, problem := q.fetch(ctx, u, "application/ocsp-request", body, maxOCSP, requestLimit)
	if problem != "" {
		return nil, problem
	}
	r, problem := q.response(b, id, nonce)
	if problem != "" {
		return nil, problem
	}
	switch r.Status {
	case ocsp.Good:
		return &Answer{State: Good, AsOf: &r.ThisUpdate}, ""
	case ocsp.Revoked:
		return revoked(r.RevokedAt, r.RevocationReason, r.ThisUpdate), ""
	}
	return nil, NotKnown
}

// response parses a response and checks whose it is, for what, and of when.
func (q *question) response(b []byte, id certID, nonce []byte) (*ocsp.Response, Problem) {
	// Without the issuer the signature is checked against a certificate that the
	// response holds; [question.signer] decides about that.
	r, err := ocsp.ParseResponse(b, nil)
	var refused ocsp.ResponseError
	switch {
	case errors.As(err, &refused):
		return nil, Refused
	case err != nil && strings.HasPrefix(err.Error(), badSignature):
		return nil, NotSigned
	case err != nil:
		return nil, Malformed
	}
	var data responseData
	if _, err := asn1.Unmarshal(r.TBSResponseData, &data); err != nil || len(data.List) != 1 {
		return nil, Malformed
	}
	switch {
	case !q.signer(r):
		return nil, NotSigned
	case !data.List[0].Cert.equal(id):
		return nil, OtherSubject
	case !q.current(r.ThisUpdate, r.NextUpdate) || !sameNonce(data.Extensions, nonce):
		return nil, OutOfDate
	}
	return r, ""
}

// badSignature begins package ocsp's error for a response that the certificate
// in it did not sign.
const badSignature = "bad signature"

// sameNonce reports whether the nonce is that of the question. Responders that
// answer the same to everybody have none (RFC 9654, 2.1): their answers count
// as long as they say.
func sameNonce(extensions []pkix.Extension, nonce []byte) bool {
	for _, e := range extensions {
		if e.Id.Equal(oidNonce) {
			return bytes.Equal(e.Value, nonce)
		}
	}
	return true
}

// signer reports whether a response is signed by the authority, or by somebody
// whom the authority has certified for just that (RFC 6960, 4.2.2.2). Package
// ocsp does not look at the latter: it would take an answer that any holder of
// a card of that authority signed.
func (q *question) signer(r *ocsp.Response) bool {
	c := r.Certificate
	switch {
	case c == nil:
		return r.CheckSignatureFrom(q.issuer) == nil
	case bytes.Equal(c.RawSubjectPublicKeyInfo, q.issuer.RawSubjectPublicKeyInfo):
		return true
	}
	return bytes.Equal(c.RawIssuer, q.issuer.RawSubject) && slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) &&
		!q.now.Before(c.NotBefore.Add(-skew)) && !q.now.After(c.NotAfter.Add(skew)) &&
		q.issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}
