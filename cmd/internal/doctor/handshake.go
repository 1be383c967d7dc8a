// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/cmd/internal/cards"
	p11 "tscns/module"
	"tscns/module/ck"
)

// tokenLabel is the token that logs in, as the module names it.
const tokenLabel = "TS-CNS"

// Login logs in to the token in a reader, through the code of the module, lets
// it log in to a server inside this process with each version of TLS, and logs
// out again. With a nil PIN the reader asks for it. What comes of the PIN is
// kept in records. The error is that of the module: a [ck.RV], or one of package
// cardos, of which [p11.RVOf] makes one.
func Login(connect cards.Connect, records cardos.PINRecords, reader string, pin cardos.Secret) ([]Handshake, error) {
	m := p11.New(p11.Config{Cards: profile.Options(cardos.Options{PINRecords: records}), Open: connect})
	if err := m.Initialize(p11.InitArgs{}); err != nil {
		return nil, err
	}
	defer func() { _ = m.Finalize() }()
	k := &cardKey{m: m}
	if err := k.open(reader); err != nil {
		return nil, err
	}
	if err := m.Login(k.session, ck.CKU_USER, pin); err != nil {
		return nil, err
	}
	defer func() { _ = m.Logout(k.session) }()
	client, err := k.certificate()
	if err != nil {
		return nil, err
	}
	var tries []Handshake
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		k.err = nil
		err := handshake(version, client)
		if err != nil && k.err != nil {
			err = k.err // crypto/tls keeps its text alone
		}
		tries = append(tries, Handshake{Version: tls.VersionName(version), Err: err})
	}
	return tries, nil
}

// cardKey is the key for authentication on a card, as a crypto.Signer over the
// module.
type cardKey struct {
	m       *p11.Module
	slot    ck.SlotID
	session ck.SessionHandle
	key     ck.ObjectHandle
	public  *rsa.PublicKey
	err     error // of the last signature
}

// open opens a session with the token for authentication in a reader.
func (k *cardKey) open(reader string) error {
	slots, err := k.m.GetSlotList(true, true)
	if err != nil {
		return err
	}
	for _, id := range slots {
		slot, err := k.m.GetSlotInfo(id)
		if err != nil || slot.Description != reader {
			continue
		}
		if token, err := k.m.GetTokenInfo(id); err == nil && token.Label == tokenLabel {
			k.slot = id
			k.session, err = k.m.OpenSession(id, ck.CKF_SERIAL_SESSION)
			return err
		}
	}
	return ck.CKR_TOKEN_NOT_PRESENT
}

// find returns the first object of a class; with an ID, the one that has it.
func (k *cardKey) find(class ck.ObjectClass, id []byte) (ck.ObjectHandle, error) {
	template := []p11.Attribute{{Type: ck.CKA_CLASS, Value: binary.NativeEndian.AppendUint64(nil, uint64(class))}}
	if id != nil {
		template = append(template, p11.Attribute{Type: ck.CKA_ID, Value: id})
	}
	if err := k.m.FindObjectsInit(k.session, template); err != nil {
		return 0, err
	}
	found, err := k.m.FindObjects(k.session, 1)
	err = errors.Join(err, k.m.FindObjectsFinal(k.session))
	if err == nil && len(found) == 0 {
		err = ck.CKR_OBJECT_HANDLE_INVALID
	}
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

func (k *cardKey) attribute(object ck.ObjectHandle, t ck.AttributeType) ([]byte, error) {
	const largest = 1 << 16 // bytes
	q := []p11.AttributeQuery{{Type: t, Buffer: largest}}
	err := k.m.GetAttributeValue(k.session, object, q)
	return q[0].Value, err
}

// errKeyUnsupported: crypto/rsa does not take the card's public key.
var errKeyUnsupported = fmt.Errorf("%w: public key", cardos.ErrUnsupported)

// certificate returns the card's certificate with its key, as TLS wants them.
func (k *cardKey) certificate() (c tls.Certificate, err error) {
	if k.key, err = k.find(ck.CKO_PRIVATE_KEY, nil); err != nil {
		return c, err
	}
	id, err := k.attribute(k.key, ck.CKA_ID)
	if err != nil {
		return c, err
	}
	object, err := k.find(ck.CKO_CERTIFICATE, id)
	if err != nil {
		return c, err
	}
	der, err := k.attribute(object, ck.CKA_VALUE)
	if err != nil {
		return c, err
	}
	if c, err = k.strict(der); err != nil {
		return c, err
	}
	if _, err := k.m.GetMechanismInfo(k.slot, ck.CKM_RSA_PKCS_PSS); err != nil {
		c.SupportedSignatureAlgorithms = []tls.SignatureScheme{tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512}
	}
	return c, nil
}

// strict returns the card's certificate if crypto/x509 takes it, and else one
// with the same public key: what remains to be shown is that the card signs,
// since package judgement has the form of its certificate.
func (k *cardKey) strict(der []byte) (c tls.Certificate, err error) {
	modulus, err := k.attribute(k.key, ck.CKA_MODULUS)
	if err != nil {
		return c, err
	}
	exponent, err := k.attribute(k.key, ck.CKA_PUBLIC_EXPONENT)
	if err != nil {
		return c, err
	}
	if len(exponent) > 4 {
		return c, errKeyUnsupported
	}
	k.public = &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		if der, _, err = issue(k.public, "stand-in"); err != nil {
			return c, errKeyUnsupported
		}
		if leaf, err = x509.ParseCertificate(der); err != nil {
			return c, errKeyUnsupported
		}
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, Leaf: leaf, PrivateKey: k}, nil
}

// Public is crypto.Signer's.
func (k *cardKey) Public() crypto.PublicKey { return k.public }

// hashes are the digests of TLS: mechanism, mask generation, and the name in a
// DigestInfo (RFC 8017, appendix B.1).
var hashes = map[crypto.Hash]struct {
	mechanism ck.MechanismType
	mgf       ck.MGFType
	oid       asn1.ObjectIdentifier
}{
	crypto.SHA256: {ck.CKM_SHA256, ck.CKG_MGF1_SHA256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}},
	crypto.SHA384: {ck.CKM_SHA384, ck.CKG_MGF1_SHA384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}},
	crypto.SHA512: {ck.CKM_SHA512, ck.CKG_MGF1_SHA512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}},
}

// Sign is crypto.Signer's: the card signs a digest.
func (k *cardKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) (signature []byte, err error) {
	defer func() { k.err = err }()
	hash, known := hashes[opts.HashFunc()]
	if !known {
		return nil, ck.CKR_MECHANISM_INVALID
	}
	mechanism, data := &p11.Mechanism{Type: ck.CKM_RSA_PKCS}, digest
	if _, pss := opts.(*rsa.PSSOptions); pss {
		mechanism = &p11.Mechanism{Type: ck.CKM_RSA_PKCS_PSS,
			Param: p11.PSSParams{Hash: hash.mechanism, MGF: hash.mgf, SaltLen: uint(len(digest))}}
	} else {
		if data, err = asn1.Marshal(struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}{pkix.AlgorithmIdentifier{Algorithm: hash.oid, Parameters: asn1.NullRawValue}, digest}); err != nil {
			return nil, err
		}
	}
	if err := k.m.SignInit(k.session, mechanism, k.key); err != nil {
		return nil, err
	}
	const largest = 512 // bytes: a key of 4096 bits
	out, err := k.m.Sign(k.session, data, largest)
	return out.Data, err
}

// handshakeLimit bounds a login: a card signs in well below a second.
const handshakeLimit = 30 * time.Second

// handshake logs in to a server at the other end of a pipe: no port is opened.
func handshake(version uint16, certificate tls.Certificate) error {
	own, roots, err := serverCertificate()
	if err != nil {
		return err
	}
	near, far := net.Pipe()
	defer near.Close()
	_ = near.SetDeadline(time.Now().Add(handshakeLimit))
	_ = far.SetDeadline(time.Now().Add(handshakeLimit))
	served := make(chan error, 1)
	go func() {
		defer far.Close()
		s := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAnyClientCert,
			MinVersion: version, MaxVersion: version, SessionTicketsDisabled: true})
		err := s.Handshake()
		if err == nil && !bytes.Equal(s.ConnectionState().PeerCertificates[0].Raw, certificate.Certificate[0]) {
			err = errors.New("another certificate came")
		}
		served <- err
		if err == nil {
			_, _ = s.Write([]byte{1})
		}
	}()
	c := tls.Client(near, &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: roots, ServerName: "localhost",
		MinVersion: version, MaxVersion: version})
	_, mine := c.Read(make([]byte, 1)) // with TLS 1.3 the server's word on the certificate comes after the handshake
	near.Close()
	if theirs := <-served; theirs != nil && mine == nil {
		return theirs
	}
	return mine
}

// serverCertificate makes a certificate for one handshake.
func serverCertificate() (c tls.Certificate, roots *x509.CertPool, err error) {
	der, key, err := issue(nil, "localhost")
	if err != nil {
		return c, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return c, nil, fmt.Errorf("the server's own certificate: %w", err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots, nil
}

// issue makes a certificate for a public key, signed with a new key; for that
// key itself with nil.
func issue(public any, name string) (der []byte, key *ecdsa.PrivateKey, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	now := time.Now()
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), BasicConstraintsValid: true, IsCA: public == nil,
		KeyUsage: x509.KeyUsageDigitalSignature}
	if public == nil {
		public, form.KeyUsage = key.Public(), form.KeyUsage|x509.KeyUsageCertSign
	}
	der, err = x509.CreateCertificate(rand.Reader, form, form, public, key)
	return der, key, err
}
