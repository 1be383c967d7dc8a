// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"sync"

	"tscns/simcard/pki"
)

var (
	setsMu sync.Mutex
	sets   = map[int]*pki.Set{} // by bits
)

// Set returns an authority, a card holder with a key of a size in bits, and a
// server. They are made once for the process and not to be changed.
func Set(bits int) (*pki.Set, error) {
	setsMu.Lock()
	defer setsMu.Unlock()
	if set := sets[bits]; set != nil {
		return set, nil
	}
	set, err := pki.NewSet(pki.IdentityOptions{Bits: bits})
	if err == nil {
		sets[bits] = set
	}
	return set, err
}

// Encipherment returns a certificate of the card holder's key that lets the key
// decrypt, too (keyEncipherment).
func Encipherment(set *pki.Set) ([]byte, error) {
	own, err := x509.ParseCertificate(set.Identity.Certificate)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(4711), Subject: own.Subject,
		NotBefore: own.NotBefore, NotAfter: own.NotAfter, ExtKeyUsage: own.ExtKeyUsage,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
	return x509.CreateCertificate(rand.Reader, template, set.Authority.Certificate, &set.Identity.Key.PublicKey, set.Authority.Key)
}
