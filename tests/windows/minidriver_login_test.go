// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/kit"
)

// bcryptNames are the names of hashes in a padding; NULL for the two of TLS 1.1.
var bcryptNames = map[crypto.Hash]string{crypto.SHA1: "SHA1", crypto.SHA256: "SHA256", crypto.SHA384: "SHA384",
	crypto.SHA512: "SHA512", crypto.MD5SHA1: "-"}

// keyStorage is a key of Windows' key storage provider: it asks for the size first, then
// for the signature, in a transaction of its own that ends with a reset.
type keyStorage struct {
	c      *caller
	public *rsa.PublicKey
	made   []string // padding and hash of each signature
}

func (k *keyStorage) Public() crypto.PublicKey { return k.public }

func (k *keyStorage) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	padding := "2 " + bcryptNames[o.HashFunc()]
	if _, ok := o.(*rsa.PSSOptions); ok {
		padding = fmt.Sprintf("4 %s %d", bcryptNames[o.HashFunc()], o.HashFunc().Size())
	}
	k.made = append(k.made, padding)
	c := k.c
	c.ok("sign 0 2 0 1 %d 0 %x %s", paddingInfo|sizeOnly, digest, padding)
	sign := func() answer { return c.ask("sign 0 2 0 1 %d 0 %x %s", paddingInfo, digest, padding) }
	c.ok("begin 0")
	a := sign()
	if a.code == securityViolation { // now Windows shows its dialog
		if a := c.login(userPIN); a.code != success {
			return nil, fmt.Errorf("PIN: %s", a.line)
		}
		a = sign()
	}
	c.ok("end 0 1")
	c.ok("reconnect 0 0")
	if a.code != success {
		return nil, fmt.Errorf("signature: %s", a.line)
	}
	return reversed(a.bytes("signature")), nil
}

// TestMinidriverLogin: a client logs in to a server by TLS 1.3, 1.2 and 1.1, with the certificate of
// the card's file and the signatures of the minidriver, as Chrome and Edge do, with
// keys of 1024 and 2048 bits.
func TestMinidriverLogin(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	for _, family := range []simcard.Family{simcard.FamilyC, simcard.FamilyE} {
		sim := newTestCard(t, family, false, nil)
		d.reader.Insert(sim.Card)
		c.take()
		leaf := c.ok("read 0 mscp kxc00 0").bytes("data")
		certificate, err := x509.ParseCertificate(leaf)
		require.NoError(t, err)
		c.ok("end 0 0")
		for _, l := range []struct {
			name    string
			version uint16
			schemes []tls.SignatureScheme
			made    string
		}{
			{"TLS 1.3", tls.VersionTLS13, []tls.SignatureScheme{tls.PSSWithSHA256}, "4 SHA256 32"},
			{"TLS 1.2", tls.VersionTLS12, []tls.SignatureScheme{tls.PKCS1WithSHA256}, "2 SHA256"},
			{"TLS 1.2 SHA-384", tls.VersionTLS12, []tls.SignatureScheme{tls.PKCS1WithSHA384}, "2 SHA384"},
			{"TLS 1.1", tls.VersionTLS11, nil, "2 -"},
		} {
			t.Run(string(family)+" "+l.name, func(t *testing.T) {
				c.t = t
				key := &keyStorage{c: c, public: certificate.PublicKey.(*rsa.PublicKey)}
				common := logIn(t, family, &tls.Certificate{Certificate: [][]byte{leaf}, PrivateKey: key, SupportedSignatureAlgorithms: l.schemes}, l.version)
				require.Equal(t, certificate.Subject.CommonName, common)
				require.Equal(t, []string{l.made}, key.made)
			})
		}
		c.t = t
		c.ok("delete 0")
		c.ok("disconnect 0 0")
	}
	c.wellBehaved()
}

// logIn connects to a server that wants a certificate of the card's authority, and returns whom the server saw.
func logIn(t *testing.T, family simcard.Family, client *tls.Certificate, version uint16) string {
	t.Helper()
	set, err := kit.Set(simcard.KeyBits(family))
	require.NoError(t, err)
	near, far := net.Pipe()
	server := tls.Server(far, &tls.Config{MinVersion: version, MaxVersion: version, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: set.Authority.Pool(),
		Certificates: []tls.Certificate{{Certificate: [][]byte{set.Server.Certificate}, PrivateKey: set.Server.Key}}})
	done := make(chan error, 1)
	go func() {
		done <- server.Handshake()
		_, _ = io.Copy(io.Discard, server)
	}()
	connection := tls.Client(near, &tls.Config{MinVersion: version, MaxVersion: version, RootCAs: set.Authority.Pool(), ServerName: "localhost",
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return client, nil }})
	require.NoError(t, connection.Handshake())
	require.NoError(t, <-done)
	require.NoError(t, connection.Close())
	return server.ConnectionState().PeerCertificates[0].Subject.CommonName
}
