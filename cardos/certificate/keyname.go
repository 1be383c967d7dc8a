// SPDX-License-Identifier: Apache-2.0

package certificate

import (
	"encoding/asn1"
	"fmt"
	"math/big"
)

// algorithms are the names of keys that are neither RSA nor on a curve of
// [curves], by the object identifier of their algorithm (RFC 3279, RFC 4055,
// RFC 8410).
var algorithms = map[string]string{
	"1.2.840.10045.2.1":     "EC",
	"1.2.840.10040.4.1":     "DSA",
	"1.2.840.113549.1.1.10": "RSA-PSS",
	"1.3.101.110":           "X25519",
	"1.3.101.111":           "X448",
	"1.3.101.112":           "Ed25519",
	"1.3.101.113":           "Ed448",
}

// curves are the names of elliptic curves, by their object identifier (RFC
// 5480, RFC 5639).
var curves = map[string]string{
	"1.2.840.10045.3.1.1":   "P-192",
	"1.3.132.0.33":          "P-224",
	"1.2.840.10045.3.1.7":   "P-256",
	"1.3.132.0.34":          "P-384",
	"1.3.132.0.35":          "P-521",
	"1.3.36.3.3.2.8.1.1.7":  "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
}

// KeyName returns what kind of key the certificate is for, as people call it:
// "RSA 2048", "EC P-256", "Ed25519". An algorithm or curve that has no name here
// is called by its object identifier.
func (c *Certificate) KeyName() string {
	switch k := c.PublicKey.(type) {
	case *RSAPublicKey:
		return fmt.Sprintf("RSA %d", new(big.Int).SetBytes(k.Modulus).BitLen())
	case *ECPublicKey:
		var curve asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(k.Parameters, &curve); err != nil {
			return "EC"
		}
		return "EC " + named(curves, curve)
	}
	outer := &reader{rest: c.SPKI}
	key := &reader{rest: outer.take(asn1.TagSequence).Bytes}
	algorithm := &reader{rest: key.take(asn1.TagSequence).Bytes}
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(algorithm.any().FullBytes, &oid); err != nil {
		return "unknown"
	}
	return named(algorithms, oid)
}

func named(names map[string]string, oid asn1.ObjectIdentifier) string {
	if name := names[oid.String()]; name != "" {
		return name
	}
	return oid.String()
}
