// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
)

// certificateForms are certificates that a card may hold, by what is wrong or odd
// about each: the change certificate=NAME of a script. What they are judged to
// be good for has a test of its own, in package judgement.
var certificateForms = map[string]func(*certificateForm){
	"no-usage":        func(f *certificateForm) { f.KeyUsage, f.ExtKeyUsage = 0, nil },
	"both-usages":     func(f *certificateForm) { f.KeyUsage |= x509.KeyUsageContentCommitment },
	"encipherment":    func(f *certificateForm) { f.KeyUsage = x509.KeyUsageKeyEncipherment },
	"non-repudiation": func(f *certificateForm) { f.KeyUsage = x509.KeyUsageContentCommitment },
	"email":           func(f *certificateForm) { f.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} },
	"any":             func(f *certificateForm) { f.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} },
	"no-policy":       func(f *certificateForm) { f.Policies = nil },
	"sha1":            func(f *certificateForm) { f.SignatureAlgorithm = x509.SHA1WithRSA },
	"serial-negative": func(f *certificateForm) { f.replace("\x7A\xBC\xDE\xF0", "\x8A\xBC\xDE\xF0") },
	"serial-padded":   func(f *certificateForm) { f.replace("\x7A\xBC\xDE\xF0", "\x00\x00\xDE\xF0") },
	"no-alphabet":     func(f *certificateForm) { f.replace("\x13\x02IT", "\x13\x02I\xFF") },
	"until-9999":      func(f *certificateForm) { f.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) },
	"no-subject":      func(f *certificateForm) { f.Subject = pkix.Name{} },
	"teletex": func(f *certificateForm) { // NICOLÒ in T61String
		f.Subject = pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{{Type: []int{2, 5, 4, 3},
			Value: asn1.RawValue{Tag: asn1.TagT61String, Bytes: []byte("NICOL\xD2")}}}}
	},
	"bmp": func(f *certificateForm) {
		f.Subject = pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{{Type: []int{2, 5, 4, 3},
			Value: asn1.RawValue{Tag: asn1.TagBMPString, Bytes: []byte("\x00P\x00R\x00\xD2")}}}}
	},
	"exponent-3":  func(f *certificateForm) { f.key = exponent3() },
	"3072-bits":   func(f *certificateForm) { f.key = simulatedKey(3072) },
	"another-key": func(f *certificateForm) { f.onCard = simulatedKey(2048) },
}

// certificateForm is how a certificate is made, and the keys in it and on the
// card.
type certificateForm struct {
	*x509.Certificate
	key, onCard *rsa.PrivateKey // nil: that of the card
	replaced    [2]string
}

// replace replaces bytes in the certificate by as many others.
func (f *certificateForm) replace(before, after string) { f.replaced = [2]string{before, after} }

// certificateOf gives a card a certificate of a form.
func certificateOf(t require.TestingT, o *simcard.Options, name string) {
	change, ok := certificateForms[name]
	require.True(t, ok, "no certificate %q", name)
	cns, err := x509.OIDFromInts([]uint64{1, 3, 76, 16, 2, 1})
	require.NoError(t, err)
	f := &certificateForm{Certificate: &x509.Certificate{
		SerialNumber: big.NewInt(0x7ABCDEF0), Subject: pkix.Name{Country: []string{"IT"}, CommonName: "PROVA"},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, Policies: []x509.OID{cns},
	}, key: o.Authentication.Key}
	change(f)
	authority, err := pki.NewAuthority(false)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, f.Certificate, authority.Certificate, f.key.Public(), authority.Key)
	require.NoError(t, err)
	if f.replaced[0] != "" {
		at := bytes.LastIndex(der, []byte(f.replaced[0]))
		require.Positive(t, at)
		copy(der[at:], f.replaced[1])
	}
	o.Authentication.Certificate, o.Authentication.Key = der, f.key
	if f.onCard != nil {
		o.Authentication.Key = f.onCard
	}
}

func simulatedKey(bits int) *rsa.PrivateKey {
	k, err := pki.Key(bits, "certificates")
	if err != nil {
		panic(err)
	}
	return k
}

// exponent3 makes a key with the public exponent 3, which crypto/rsa does not.
func exponent3() *rsa.PrivateKey {
	one, three := big.NewInt(1), big.NewInt(3)
	for {
		p, err := rand.Prime(rand.Reader, 1024)
		if err != nil {
			panic(err)
		}
		q, err := rand.Prime(rand.Reader, 1024)
		if err != nil {
			panic(err)
		}
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(three, phi)
		if d == nil || p.Cmp(q) == 0 {
			continue
		}
		k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 3}, D: d, Primes: []*big.Int{p, q}}
		k.Precompute()
		return k
	}
}
