// SPDX-License-Identifier: Apache-2.0

// Package certificate parses the fields of an X.509 certificate that a token
// shows: raw names, serial number, public key, dates, usages. It accepts
// certificates that crypto/x509 rejects, since those on issued cards cannot be
// replaced, and keeps crypto/x509 out of the library.
package certificate

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrMalformed is wrapped by the errors of [Parse] and [Length].
var ErrMalformed = errors.New("certificate: not a DER certificate")

// MaxSize is the maximum size of a certificate in bytes: the largest offset of
// READ BINARY (15 bits, ISO 7816-4, 11.2.3).
const MaxSize = 1 << 15

// KeyUsage is the bit string of the extension, bit 0 the most significant of
// the standard's numbering (RFC 5280, 4.2.1.3).
type KeyUsage uint16

// Usages of a key (RFC 5280, 4.2.1.3).
const (
	DigitalSignature KeyUsage = 1 << iota
	NonRepudiation
	KeyEncipherment
	DataEncipherment
	KeyAgreement
	CertSign
	CRLSign
	EncipherOnly
	DecipherOnly
)

// Certificate is the result of [Parse]. All slices point into its input.
type Certificate struct {
	Raw       []byte // exactly the certificate
	SerialDER []byte // the INTEGER with its header, as CKA_SERIAL_NUMBER wants it
	Serial    []byte // content of the INTEGER
	Issuer    []byte // DER Name
	Subject   []byte // DER Name
	SPKI      []byte // DER SubjectPublicKeyInfo

	// PublicKey is a *RSAPublicKey, an *ECPublicKey, or nil for a key of
	// another algorithm.
	PublicKey any

	NotBefore, NotAfter time.Time // zero where they could not be read

	HasKeyUsage bool
	KeyUsage    KeyUsage
	ExtKeyUsage []asn1.ObjectIdentifier
	Policies    []asn1.ObjectIdentifier
}

// RSAPublicKey is an RSA public key (RFC 8017, A.1.1). Both numbers are
// big-endian, not empty and without leading zeros.
type RSAPublicKey struct {
	Modulus  []byte
	Exponent []byte
}

// ECPublicKey is an elliptic curve public key (RFC 5480, 2). Nothing in it is
// checked against the curve.
type ECPublicKey struct {
	Parameters []byte // DER, usually the object identifier of a named curve
	Point      []byte // as in the certificate: 04 X Y, or compressed
}

// Object identifiers of policies and usages.
var (
	oidEC          = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidKeyUsage    = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidExtKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidPolicies    = asn1.ObjectIdentifier{2, 5, 29, 32}
	// PolicyCNS marks the authentication certificate of a CNS.
	PolicyCNS = asn1.ObjectIdentifier{1, 3, 76, 16, 2, 1}
	// ClientAuth is the extended key usage of TLS clients (RFC 5280, 4.2.1.12).
	ClientAuth = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	// AnyUsage is the one that restricts a key to no usage (RFC 5280, 4.2.1.12).
	AnyUsage = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
	// PKINITClient is that of Kerberos clients (RFC 4556, 3.2.2).
	PKINITClient = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 2, 3, 4}
	// SmartcardLogon is that of logins to Windows (Microsoft's szOID_KP_SMARTCARD_LOGON).
	SmartcardLogon = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 2}
)

// RSA returns the public key if it is an RSA key, else nil.
func (c *Certificate) RSA() *RSAPublicKey {
	k, _ := c.PublicKey.(*RSAPublicKey)
	return k
}

// regional are policies of cards of Lombardy (CRS, SISS), which are declared to
// be equivalent to that of the CNS. No such certificate has been seen here.
var regional = []asn1.ObjectIdentifier{{1, 3, 159, 6, 1, 3, 2, 10}, {1, 3, 76, 12, 1, 1, 10, 2, 2, 10}}

// IsCNS reports whether the certificate has the policy of the CNS, or one of a
// Region's that stands for it.
func (c *Certificate) IsCNS() bool {
	return slices.ContainsFunc(c.Policies, func(p asn1.ObjectIdentifier) bool {
		return p.Equal(PolicyCNS) || slices.ContainsFunc(regional, p.Equal)
	})
}

// Length returns the size in bytes, header included, of the DER certificate that
// begins with prefix. It reads the header only, of which 4 bytes are enough.
func Length(prefix []byte) (int, error) {
	if len(prefix) < 4 {
		return 0, fmt.Errorf("%w: %d bytes", ErrMalformed, len(prefix))
	}
	if prefix[0] != 0x30 {
		return 0, fmt.Errorf("%w: first byte is not 30", ErrMalformed)
	}
	var n int
	switch prefix[1] {
	// A certificate with an RSA key never fits the one-byte form.
	case 0x81:
		n = int(prefix[2]) + 3
	case 0x82:
		n = int(prefix[2])<<8 + int(prefix[3]) + 4
	default:
		return 0, fmt.Errorf("%w: length form", ErrMalformed)
	}
	if n > MaxSize {
		return 0, fmt.Errorf("%w: length %d", ErrMalformed, n)
	}
	return n, nil
}

// Parse parses a certificate. Bytes after it are ignored, since card files are
// padded. A date or extension that cannot be parsed is left empty; its error is
// not reported.
func Parse(der []byte) (*Certificate, error) {
	n, err := Length(der)
	if err != nil {
		return nil, err
	}
	if n > len(der) {
		return nil, fmt.Errorf("%w: %d bytes of %d", ErrMalformed, len(der), n)
	}
	c := &Certificate{Raw: der[:n:n]}
	outer := &reader{rest: c.Raw}
	body := &reader{rest: outer.take(asn1.TagSequence).Bytes}
	tbs := &reader{rest: body.take(asn1.TagSequence).Bytes}
	body.take(asn1.TagSequence)  // signatureAlgorithm
	body.take(asn1.TagBitString) // signature
	if err := errors.Join(outer.err, body.err); err != nil {
		return nil, err
	}
	tbs.skip(asn1.ClassContextSpecific, 0) // version
	serial := tbs.take(asn1.TagInteger)
	c.SerialDER, c.Serial = serial.FullBytes, serial.Bytes
	tbs.take(asn1.TagSequence) // signature algorithm
	c.Issuer = tbs.take(asn1.TagSequence).FullBytes
	validity := tbs.take(asn1.TagSequence)
	c.Subject = tbs.take(asn1.TagSequence).FullBytes
	spki := tbs.take(asn1.TagSequence)
	c.SPKI = spki.FullBytes
	if tbs.err != nil {
		return nil, tbs.err
	}
	c.validity(validity.Bytes)
	if err := c.publicKey(spki.Bytes); err != nil {
		return nil, err
	}
	tbs.skip(asn1.ClassContextSpecific, 1) // issuerUniqueID
	tbs.skip(asn1.ClassContextSpecific, 2) // subjectUniqueID
	if ext, ok := tbs.skip(asn1.ClassContextSpecific, 3); ok {
		c.extensions(ext.Bytes)
	}
	return c, nil
}

func (c *Certificate) validity(b []byte) {
	r := &reader{rest: b}
	c.NotBefore = parseTime(r.any())
	c.NotAfter = parseTime(r.any())
}

func parseTime(v asn1.RawValue) time.Time {
	var t time.Time
	if len(v.FullBytes) == 0 {
		return t
	}
	if _, err := asn1.Unmarshal(v.FullBytes, &t); err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func (c *Certificate) publicKey(b []byte) error {
	r := &reader{rest: b}
	algorithm := &reader{rest: r.take(asn1.TagSequence).Bytes}
	key := r.take(asn1.TagBitString)
	if err := errors.Join(r.err, algorithm.err); err != nil {
		return err
	}
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(algorithm.any().FullBytes, &oid); err != nil {
		return nil
	}
	rsa := oid.Equal(oidRSA)
	if !rsa && !oid.Equal(oidEC) {
		return nil
	}
	if len(key.Bytes) < 1 {
		return fmt.Errorf("%w: empty public key", ErrMalformed)
	}
	if !rsa {
		c.PublicKey = &ECPublicKey{Parameters: algorithm.any().FullBytes, Point: key.Bytes[1:]}
		return nil
	}
	outer := &reader{rest: key.Bytes[1:]}
	numbers := &reader{rest: outer.take(asn1.TagSequence).Bytes}
	n := bytes.TrimLeft(numbers.take(asn1.TagInteger).Bytes, "\x00")
	e := bytes.TrimLeft(numbers.take(asn1.TagInteger).Bytes, "\x00")
	if err := errors.Join(outer.err, numbers.err); err != nil {
		return err
	}
	if len(n) == 0 || len(e) == 0 {
		return fmt.Errorf("%w: RSA key of value zero", ErrMalformed)
	}
	c.PublicKey = &RSAPublicKey{Modulus: n, Exponent: e}
	return nil
}

func (c *Certificate) extensions(b []byte) {
	eachNamed(b, func(oid asn1.ObjectIdentifier, ext *reader) {
		ext.skip(asn1.ClassUniversal, asn1.TagBoolean) // critical
		value := ext.take(asn1.TagOctetString).Bytes
		if ext.err != nil {
			return
		}
		switch {
		case oid.Equal(oidKeyUsage):
			c.keyUsage(value)
		case oid.Equal(oidExtKeyUsage):
			var oids []asn1.ObjectIdentifier
			if _, err := asn1.Unmarshal(value, &oids); err == nil {
				c.ExtKeyUsage = oids
			}
		case oid.Equal(oidPolicies):
			c.policies(value)
		}
	})
}

func (c *Certificate) keyUsage(value []byte) {
	var bits asn1.BitString
	if _, err := asn1.Unmarshal(value, &bits); err != nil {
		return
	}
	c.HasKeyUsage = true
	for i := range 9 {
		if bits.At(i) != 0 {
			c.KeyUsage |= 1 << i
		}
	}
}

func (c *Certificate) policies(value []byte) {
	eachNamed(value, func(oid asn1.ObjectIdentifier, _ *reader) { c.Policies = append(c.Policies, oid) })
}

// eachNamed calls do for each element of a SEQUENCE whose elements are SEQUENCES
// that begin with an object identifier, with what follows that.
func eachNamed(b []byte, do func(oid asn1.ObjectIdentifier, rest *reader)) {
	outer := &reader{rest: b}
	list := &reader{rest: outer.take(asn1.TagSequence).Bytes}
	for list.more() {
		element := &reader{rest: list.take(asn1.TagSequence).Bytes}
		var oid asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(element.take(asn1.TagOID).FullBytes, &oid); err == nil {
			do(oid, element)
		}
	}
}

// reader parses the elements of a constructed value. After the first error it
// returns empty elements.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) more() bool { return r.err == nil && len(r.rest) > 0 }

func (r *reader) any() asn1.RawValue {
	var v asn1.RawValue
	if r.err != nil {
		return v
	}
	rest, err := asn1.Unmarshal(r.rest, &v)
	if err != nil {
		r.err = fmt.Errorf("%w: %w", ErrMalformed, err)
		return asn1.RawValue{}
	}
	r.rest = rest
	return v
}

// take takes an element with a universal tag.
func (r *reader) take(tag int) asn1.RawValue {
	v := r.any()
	if r.err == nil && (v.Class != asn1.ClassUniversal || v.Tag != tag) {
		r.err = fmt.Errorf("%w: tag %d.%d instead of %d", ErrMalformed, v.Class, v.Tag, tag)
		return asn1.RawValue{}
	}
	return v
}

// skip takes an optional element, and reports whether it was there.
func (r *reader) skip(class, tag int) (asn1.RawValue, bool) {
	if !r.more() {
		return asn1.RawValue{}, false
	}
	before := *r
	v := r.any()
	if r.err != nil || v.Class != class || v.Tag != tag {
		*r = before
		return asn1.RawValue{}, false
	}
	return v, true
}
