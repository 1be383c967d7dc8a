// SPDX-License-Identifier: Apache-2.0

package pki_test

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pki"
)

func TestCertificateProfile(t *testing.T) {
	set, err := pki.NewSet(pki.IdentityOptions{})
	require.NoError(t, err)
	der := set.Identity.Certificate
	require.Greater(t, len(der), 1700)
	require.Less(t, len(der), 1900)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)

	name, rest, ok := strings.Cut(certificate.Subject.CommonName, "/")
	require.True(t, ok)
	number, hash, ok := strings.Cut(rest, ".")
	require.True(t, ok)
	sum := sha1.Sum(set.Identity.Personal)
	require.Equal(t, base64.StdEncoding.EncodeToString(sum[:]), hash)
	require.Len(t, hash, 28)
	require.Len(t, number, 16)
	require.Equal(t, byte('6'), number[0])
	require.Equal(t, set.Identity.Serial, number)
	require.Equal(t, "PRVMRA80A41X000X", name)
	require.Equal(t, set.Identity.Holder.CodiceFiscale, name)
	require.Equal(t, []string{"IT"}, certificate.Subject.Country)

	require.Equal(t, x509.KeyUsageDigitalSignature, certificate.KeyUsage)
	require.Contains(t, certificate.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	require.Contains(t, certificate.ExtKeyUsage, x509.ExtKeyUsageEmailProtection)
	require.Contains(t, certificate.PolicyIdentifiers, asn1.ObjectIdentifier{1, 3, 76, 16, 2, 1})
	require.Contains(t, string(der), "Identifies X.509 authentication certificates issued for the italian National Service Card")
	for _, extension := range certificate.Extensions {
		if extension.Id.String() == "2.5.29.15" {
			require.True(t, extension.Critical, "keyUsage is critical")
		}
	}
	_, err = certificate.Verify(x509.VerifyOptions{Roots: set.Authority.Pool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	require.NoError(t, err)
}

func TestVariants(t *testing.T) {
	authority, err := pki.NewAuthority(true)
	require.NoError(t, err)
	expired, err := authority.IssueIdentity(pki.IdentityOptions{Bits: 1024,
		NotBefore: time.Now().AddDate(-7, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0)})
	require.NoError(t, err)
	require.Equal(t, 128, expired.Key.Size())
	certificate, err := x509.ParseCertificate(expired.Certificate)
	require.NoError(t, err)
	_, err = certificate.Verify(x509.VerifyOptions{Roots: authority.Pool()})
	require.ErrorContains(t, err, "expired")

	large, err := authority.IssueIdentity(pki.IdentityOptions{Size: 4200})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(large.Certificate), 4200)
	signature, err := authority.IssueIdentity(pki.IdentityOptions{Signature: true})
	require.NoError(t, err)
	certificate, err = x509.ParseCertificate(signature.Certificate)
	require.NoError(t, err)
	require.Equal(t, x509.KeyUsageContentCommitment, certificate.KeyUsage)
	require.False(t, signature.Key.Equal(large.Key))

	seen := map[string]bool{}
	for n := range 8 {
		h := pki.Sample(n)
		require.Len(t, h.CodiceFiscale, 16)
		seen[h.CodiceFiscale] = true
		require.Len(t, h.EF(), 400)
	}
	require.Len(t, seen, 8)
}

func TestServerNames(t *testing.T) {
	authority, err := pki.NewAuthority(true)
	require.NoError(t, err)
	server, err := authority.IssueServer()
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(server.Certificate)
	require.NoError(t, err)
	for _, name := range []string{"localhost", "cns.test.localhost", "127.0.0.1"} {
		require.NoError(t, certificate.VerifyHostname(name))
	}
}

func TestSaveAndLoad(t *testing.T) {
	set, err := pki.NewSet(pki.IdentityOptions{Bits: 1024})
	require.NoError(t, err)
	set.Signature, err = set.Authority.IssueIdentity(pki.IdentityOptions{Signature: true, Bits: 1024})
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "card")
	require.NoError(t, set.Save(dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), entry.Name())
	}
	back, err := pki.Load(dir)
	require.NoError(t, err)
	require.Equal(t, set.Identity.Certificate, back.Identity.Certificate)
	require.True(t, set.Identity.Key.Equal(back.Identity.Key))
	require.Equal(t, set.Identity.Personal, back.Identity.Personal)
	require.Equal(t, set.Server.Certificate, back.Server.Certificate)
	require.Equal(t, set.Signature.Certificate, back.Signature.Certificate)
	require.True(t, set.Authority.Certificate.Equal(back.Authority.Certificate))

	require.NoError(t, os.WriteFile(filepath.Join(dir, pki.FileCA), []byte("no"), 0o600))
	_, err = pki.Load(dir)
	require.ErrorContains(t, err, "no PEM block")
}
