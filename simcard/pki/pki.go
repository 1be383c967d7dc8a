// SPDX-License-Identifier: Apache-2.0

// Package pki makes what a simulated TS-CNS card carries: a demo certification
// authority, CNS certificates of made-up holders, and a server certificate for
// tests on this machine. Nothing of it identifies or resembles a real person
// or issuer.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"
)

// Authority is a demo certification authority.
type Authority struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// Identity is the key of a card with what goes with it.
type Identity struct {
	Key         *rsa.PrivateKey
	Certificate []byte // DER
	Holder      Holder
	Personal    []byte // EF_DatiPersonali
	Serial      string // EF_IDCarta
}

// Server is a TLS server's key and certificate.
type Server struct {
	Key         crypto.Signer
	Certificate []byte // DER
}

// IdentityOptions describe a card's certificate.
type IdentityOptions struct {
	Bits   int    // modulus, 2048 by default
	Holder Holder // Sample(0) by default
	Serial string // 16 digits starting with 6, made up from the holder by default

	NotBefore, NotAfter time.Time // yesterday, and six years on

	// Signature makes a qualified-signature certificate (nonRepudiation)
	// instead of the authentication certificate.
	Signature bool

	// Size is the least size of the certificate in bytes, reached with longer
	// addresses in its extensions. 0: what comes, about 1.8 kB at 2048 bits.
	Size int

	// Key is used instead of a new key.
	Key *rsa.PrivateKey
}

// NewAuthority makes an authority with an RSA-2048 key, or a P-256 one.
func NewAuthority(ec bool) (*Authority, error) {
	var key crypto.Signer
	var err error
	if ec {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = Key(2048, "authority")
	}
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serialNumber(),
		Subject: pkix.Name{
			Country: []string{"IT"}, Organization: []string{"tscns demo, nessun ente"},
			OrganizationalUnit: []string{"Servizi di Certificazione di prova"},
			CommonName:         "Regione di Prova - CA Cittadini Demo",
		},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Authority{Certificate: certificate, Key: key}, nil
}

// Pool returns the authority as the roots of a certificate check.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// IssueIdentity makes a key and its CNS certificate.
func (a *Authority) IssueIdentity(o IdentityOptions) (*Identity, error) {
	if o.Bits == 0 {
		o.Bits = 2048
	}
	if o.Holder == (Holder{}) {
		o.Holder = Sample(0)
	}
	if o.Serial == "" {
		sum := sha1.Sum([]byte(o.Holder.CodiceFiscale))
		o.Serial = fmt.Sprintf("6090%012d", new(big.Int).SetBytes(sum[:4]))
	}
	if o.NotBefore.IsZero() {
		o.NotBefore = time.Now().Add(-24 * time.Hour)
	}
	if o.NotAfter.IsZero() {
		o.NotAfter = o.NotBefore.AddDate(6, 0, -5)
	}
	id := &Identity{Key: o.Key, Holder: o.Holder, Personal: o.Holder.EF(), Serial: o.Serial}
	if id.Key == nil {
		use := o.Holder.CodiceFiscale
		if o.Signature {
			use += " signature"
		}
		var err error
		if id.Key, err = Key(o.Bits, use); err != nil {
			return nil, err
		}
	}
	for padding := 0; ; {
		der, err := a.issue(id, o, padding)
		if err != nil {
			return nil, err
		}
		if len(der) >= o.Size {
			id.Certificate = der
			return id, nil
		}
		padding += o.Size - len(der)
	}
}

// issue makes the certificate of a card.
func (a *Authority) issue(id *Identity, o IdentityOptions, padding int) ([]byte, error) {
	path := "cittadini-demo/" + strings.Repeat("0", padding)
	template := &x509.Certificate{
		SerialNumber: serialNumber(),
		Subject:      subject(id),
		NotBefore:    o.NotBefore, NotAfter: o.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection},
		SubjectKeyId: keyID(id.Key),
		OCSPServer:   []string{"http://ocsp.prova.invalid/va/" + path},
		IssuingCertificateURL: []string{
			"http://portale.prova.invalid/repository/ca/" + path + "cacert-cittadini-demo.crt",
		},
		CRLDistributionPoints: []string{
			"http://portale.prova.invalid/repository/crl/" + path + "crl-cittadini-demo.crl",
			"ldap://ldap.prova.invalid/cn=Regione%20di%20Prova%20-%20CA%20Cittadini%20Demo,ou=Servizi%20di%20Certificazione" +
				"%20di%20prova,o=tscns%20demo,c=IT?certificateRevocationList;binary",
		},
	}
	policies, err := policyExtension(o.Signature)
	if err != nil {
		return nil, err
	}
	template.ExtraExtensions = []pkix.Extension{policies}
	if o.Signature {
		template.KeyUsage = x509.KeyUsageContentCommitment
		template.ExtKeyUsage = nil
	}
	return x509.CreateCertificate(rand.Reader, template, a.Certificate, &id.Key.PublicKey, a.Key)
}

// subject names the holder: the CN is the codice fiscale, the number of the
// card and the SHA-1 of EF_DatiPersonali in base64. Which bytes of the file
// are hashed on real cards is not known; here it is the whole file.
func subject(id *Identity) pkix.Name {
	sum := sha1.Sum(id.Personal)
	return pkix.Name{
		Country: []string{"IT"}, Organization: []string{"tscns demo"},
		OrganizationalUnit: []string{"REGIONE DI PROVA"},
		CommonName: fmt.Sprintf("%s/%s.%s", id.Holder.CodiceFiscale, id.Serial,
			base64.StdEncoding.EncodeToString(sum[:])),
	}
}

func keyID(key *rsa.PrivateKey) []byte {
	sum := sha1.Sum(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	return sum[:]
}

// Object identifiers of the certificate policies.
var (
	oidPolicies      = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidCPS           = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 1}
	oidUserNotice    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 2}
	oidCNS           = asn1.ObjectIdentifier{1, 3, 76, 16, 2, 1}
	oidDemo          = asn1.ObjectIdentifier{2, 25, 1}
	oidDemoSignature = asn1.ObjectIdentifier{2, 25, 2}
)

const cnsNotice = "Identifies X.509 authentication certificates issued for the italian National Service Card (CNS) " +
	"project in according to the italian regulation"

type policyQualifier struct {
	ID        asn1.ObjectIdentifier
	Qualifier asn1.RawValue
}

type policyInformation struct {
	Policy     asn1.ObjectIdentifier
	Qualifiers []policyQualifier `asn1:"omitempty"`
}

// policyExtension makes the certificate policies: that of the CNS with its
// user notice, and a demo policy with the address of a practice statement.
func policyExtension(signature bool) (pkix.Extension, error) {
	notice, err := asn1.Marshal(struct {
		Text string `asn1:"utf8"`
	}{cnsNotice})
	if err != nil {
		return pkix.Extension{}, err
	}
	cps, err := asn1.MarshalWithParams("http://portale.prova.invalid/repository/policy/cns/cps-demo.pdf", "ia5")
	if err != nil {
		return pkix.Extension{}, err
	}
	list := []policyInformation{
		{oidCNS, []policyQualifier{{oidUserNotice, asn1.RawValue{FullBytes: notice}}}},
		{oidDemo, []policyQualifier{{oidCPS, asn1.RawValue{FullBytes: cps}}}},
	}
	if signature {
		list = []policyInformation{{oidDemoSignature, []policyQualifier{{oidCPS, asn1.RawValue{FullBytes: cps}}}}}
	}
	value, err := asn1.Marshal(list)
	return pkix.Extension{Id: oidPolicies, Value: value}, err
}

// IssueServer makes a server certificate with a P-256 key for names and
// addresses; by default localhost, cns.test.localhost and 127.0.0.1.
func (a *Authority) IssueServer(names ...string) (*Server, error) {
	if len(names) == 0 {
		names = []string{"localhost", "cns.test.localhost", "127.0.0.1"}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serialNumber(),
		Subject:      pkix.Name{CommonName: names[0]},
		NotBefore:    time.Now().Add(-24 * time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, key.Public(), a.Key)
	if err != nil {
		return nil, err
	}
	return &Server{Key: key, Certificate: der}, nil
}

// serialNumber returns 16 random bytes with the first bit clear.
func serialNumber() *big.Int {
	bytes := make([]byte, 16)
	_, _ = rand.Read(bytes) // never fails
	bytes[0] = bytes[0]&0x7F | 0x40
	return new(big.Int).SetBytes(bytes)
}

var (
	keysMu sync.Mutex
	keys   = map[string]*rsa.PrivateKey{}
)

// Key returns an RSA key for a purpose: always the same within a process, as
// making one is slow.
func Key(bits int, purpose string) (*rsa.PrivateKey, error) {
	name := fmt.Sprintf("%d %s", bits, purpose)
	keysMu.Lock()
	defer keysMu.Unlock()
	if key := keys[name]; key != nil {
		return key, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err == nil {
		keys[name] = key
	}
	return key, err
}
