// SPDX-License-Identifier: Apache-2.0

package judgement_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/judgement"
	"tscns/cmd/internal/message"
)

var now = time.Now().Truncate(time.Second)

func rsaKey(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

var (
	authority = sync.OnceValue(func() *rsa.PrivateKey { return rsaKey(2048) })
	holder    = sync.OnceValue(func() *rsa.PrivateKey { return rsaKey(2048) })
	root      = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"IT"}, CommonName: "CA di prova"},
		NotBefore: now.AddDate(-9, 0, 0), NotAfter: now.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte{1},
	}
)

// form is how a certificate is made.
type form struct {
	template *x509.Certificate
	public   any
	digest   crypto.Hash  // of the authority's signature
	change   func([]byte) // what is to be signed, in place
}

func policyOf(arcs ...uint64) x509.OID {
	id, err := x509.OIDFromInts(arcs)
	if err != nil {
		panic(err)
	}
	return id
}

// make509 makes a certificate of a card in whose form all is well, but for what
// change does to it.
func make509(t *testing.T, change func(*form)) []byte {
	t.Helper()
	f := &form{digest: crypto.SHA256, public: holder().Public(), template: &x509.Certificate{
		SerialNumber: big.NewInt(0x7ABCDEF0), Subject: pkix.Name{Country: []string{"IT"}, CommonName: "PROVA"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Policies: []x509.OID{policyOf(1, 3, 76, 16, 2, 1)},
	}}
	if change != nil {
		change(f)
	}
	der, err := x509.CreateCertificate(rand.Reader, f.template, root, f.public, authority())
	require.NoError(t, err)
	if f.digest != crypto.SHA256 || f.change != nil {
		der = f.sign(t, der)
	}
	return der
}

// sign signs a certificate again, as crypto/x509 would not. Nothing in it changes
// its length.
func (f *form) sign(t *testing.T, der []byte) []byte {
	t.Helper()
	var c struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	_, err := asn1.Unmarshal(der, &c)
	require.NoError(t, err)
	with := map[crypto.Hash]byte{crypto.MD5: 4, crypto.SHA1: 5, crypto.SHA256: 11}[f.digest]
	sha256WithRSA := []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11}
	replacement := append(bytes.Clone(sha256WithRSA[:8]), with)
	tbs := bytes.ReplaceAll(c.TBS.FullBytes, sha256WithRSA, replacement)
	if f.change != nil {
		f.change(tbs)
	}
	var sum []byte
	switch f.digest {
	case crypto.MD5:
		s := md5.Sum(tbs)
		sum = s[:]
	case crypto.SHA1:
		s := sha1.Sum(tbs)
		sum = s[:]
	default:
		s := sha256.Sum256(tbs)
		sum = s[:]
	}
	signature, err := rsa.SignPKCS1v15(nil, authority(), f.digest, sum)
	require.NoError(t, err)
	c.TBS = asn1.RawValue{FullBytes: tbs}
	c.Algorithm.Algorithm[6] = int(with)
	c.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	der, err = asn1.Marshal(c)
	require.NoError(t, err)
	return der
}

// keyOf is the key of a card with a certificate.
func keyOf(t *testing.T, der []byte) cardos.Key {
	t.Helper()
	c, err := certificate.Parse(der)
	require.NoError(t, err)
	k := cardos.Key{Certificate: c}
	if public := c.RSA(); public != nil {
		k.Usable, k.Bits = true, new(big.Int).SetBytes(public.Modulus).BitLen()
	}
	return k
}

// extended sets the extended usages.
func extended(list ...x509.ExtKeyUsage) func(*form) {
	return func(f *form) { f.template.ExtKeyUsage = list }
}

func usage(u x509.KeyUsage) func(*form) { return func(f *form) { f.template.KeyUsage = u } }

// replace replaces bytes in what is signed by as many others.
func replace(before, after string) func(*form) {
	return func(f *form) {
		f.change = func(tbs []byte) { copy(tbs, bytes.Replace(tbs, []byte(before), []byte(after), 1)) }
	}
}

// What OpenSSL makes of a certificate at security level 2.
const (
	takes    = "takes"
	refuses  = "refuses"
	disputed = "disputed" // programs differ, or it is no matter of OpenSSL's
)

// forms are certificates of every kind that is told apart. findings are the state
// and the code of each.
var forms = []struct {
	name     string
	change   func(*form)
	openssl  string
	findings []string
}{
	{"good", nil, takes, []string{"ok certificate-valid"}},
	{"no usages at all", func(f *form) { f.template.KeyUsage, f.template.ExtKeyUsage = 0, nil }, takes, []string{"ok certificate-valid"}},
	{"no extended usage", extended(), takes, []string{"ok certificate-valid"}},
	{"any and client authentication", extended(x509.ExtKeyUsageAny, x509.ExtKeyUsageClientAuth), takes, []string{"ok certificate-valid"}},
	{"e-mail and client authentication", extended(x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageClientAuth), takes, []string{"ok certificate-valid"}},
	{"signature and non-repudiation", usage(x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment), takes, []string{"ok certificate-valid"}},
	{"signature and encipherment", usage(x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment), takes, []string{"ok certificate-valid"}},
	{"3072 bits", func(f *form) { f.public = rsaKey(3072).Public() }, takes, []string{"ok certificate-valid"}},
	{"until 9999", func(f *form) { f.template.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }, takes, []string{"ok certificate-valid"}},
	{"exponent 3", func(f *form) { f.public = &rsa.PublicKey{N: holder().N, E: 3} }, takes, []string{"ok certificate-valid"}},

	{"expired", func(f *form) { f.template.NotAfter = now.AddDate(0, 0, -1) }, refuses, []string{"failure certificate-expired-on"}},
	{"not yet valid", func(f *form) { f.template.NotBefore = now.AddDate(0, 0, 1) }, refuses, []string{"failure certificate-not-yet-valid"}},
	{"ends soon", func(f *form) { f.template.NotAfter = now.AddDate(0, 0, 29) }, takes, []string{"warning certificate-expires-on"}},
	{"does not end soon", func(f *form) { f.template.NotAfter = now.AddDate(0, 0, 31) }, takes, []string{"ok certificate-valid"}},
	{"dates that are none", func(f *form) {
		f.template.NotAfter = time.Date(2030, 12, 31, 0, 0, 0, 0, time.UTC)
		replace("301231000000Z", "309931000000Z")(f)
	}, refuses, []string{"warning certificate-dates-unread", "warning certificate-odd-form"}},

	{"encipherment only", usage(x509.KeyUsageKeyEncipherment), refuses, []string{"failure certificate-key-usage"}},
	{"data encipherment only", usage(x509.KeyUsageDataEncipherment), refuses, []string{"failure certificate-key-usage"}},
	{"non-repudiation only", usage(x509.KeyUsageContentCommitment), refuses, []string{"failure certificate-key-usage"}},
	{"authority only", usage(x509.KeyUsageCertSign), refuses, []string{"failure certificate-key-usage"}},
	{"key agreement only", usage(x509.KeyUsageKeyAgreement), disputed, []string{"failure certificate-key-usage"}}, // no browser offers it

	{"e-mail only", extended(x509.ExtKeyUsageEmailProtection), refuses, []string{"failure certificate-extended-usage"}},
	{"any only", extended(x509.ExtKeyUsageAny), refuses, []string{"failure certificate-extended-usage"}},
	{"server only", extended(x509.ExtKeyUsageServerAuth), refuses, []string{"failure certificate-extended-usage"}},
	{"Windows logon only", func(f *form) {
		f.template.ExtKeyUsage, f.template.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 311, 20, 2, 2}}
	}, refuses, []string{"failure certificate-extended-usage"}},
	{"Kerberos only", func(f *form) {
		f.template.ExtKeyUsage, f.template.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{certificate.PKINITClient}
	}, refuses, []string{"failure certificate-extended-usage"}},
	{"an unknown one only", func(f *form) {
		f.template.ExtKeyUsage, f.template.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{{1, 3, 76, 99}}
	}, refuses, []string{"failure certificate-extended-usage"}},
	{"both usages wrong", func(f *form) {
		usage(x509.KeyUsageKeyEncipherment)(f)
		extended(x509.ExtKeyUsageEmailProtection)(f)
	}, refuses, []string{"failure certificate-key-usage", "failure certificate-extended-usage"}},

	{"an authority's", func(f *form) { f.template.IsCA, f.template.BasicConstraintsValid = true, true }, disputed,
		[]string{"failure certificate-of-authority"}}, // no browser offers it

	{"no policy", func(f *form) { f.template.Policies = nil }, disputed, []string{"warning certificate-no-policy"}}, // CNS sites look for it
	{"Lombardy's policy", func(f *form) { f.template.Policies = []x509.OID{policyOf(1, 3, 159, 6, 1, 3, 2, 10)} }, takes, []string{"ok certificate-valid"}},
	{"Lombardy's other policy", func(f *form) { f.template.Policies = []x509.OID{policyOf(1, 3, 76, 12, 1, 1, 10, 2, 2, 10)} }, takes, []string{"ok certificate-valid"}},
	{"another policy", func(f *form) { f.template.Policies = []x509.OID{policyOf(1, 3, 76, 47, 4)} }, disputed, []string{"warning certificate-no-policy"}},

	{"1024 bits", func(f *form) { f.public = rsaKey(1024).Public() }, refuses, []string{"warning certificate-short-key"}},
	{"1536 bits", func(f *form) { f.public = rsaKey(1536).Public() }, refuses, []string{"warning certificate-short-key"}},
	{"2040 bits", func(f *form) { f.public = rsaKey(2040).Public() }, disputed, []string{"warning certificate-short-key"}}, // OpenSSL counts 111 bits of security
	{"SHA-1", func(f *form) { f.digest = crypto.SHA1 }, refuses, []string{"warning certificate-weak-digest"}},
	{"MD5", func(f *form) { f.digest = crypto.MD5 }, refuses, []string{"warning certificate-weak-digest"}},
	{"1024 bits and SHA-1", func(f *form) { f.public, f.digest = rsaKey(1024).Public(), crypto.SHA1 }, refuses,
		[]string{"warning certificate-short-key", "warning certificate-weak-digest"}},
	{"PSS, SHA-256", func(f *form) { f.template.SignatureAlgorithm = x509.SHA256WithRSAPSS }, takes, []string{"ok certificate-valid"}},

	{"negative serial number", replace("\x7A\xBC\xDE\xF0", "\x8A\xBC\xDE\xF0"), disputed, []string{"warning certificate-negative-serial"}}, // Go refuses it
	{"padded serial number", replace("\x7A\xBC\xDE\xF0", "\x00\x00\xDE\xF0"), disputed, []string{"warning certificate-odd-form"}},          // ITU-T X.690, 8.3.2
	{"a country of no alphabet", replace("\x13\x02IT", "\x13\x02I\xFF"), disputed, []string{"warning certificate-odd-form"}},

	{"elliptic curve", func(f *form) {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		f.public = k.Public()
	}, disputed, []string{"failure certificate-key-unsupported"}}, // it is the library that cannot use it
}

func outcome(findings []finding.Finding) (list []string) {
	for _, f := range findings {
		list = append(list, fmt.Sprint(f.State, " ", f.Code()))
	}
	return list
}

func TestCertificate(t *testing.T) {
	for _, c := range forms {
		t.Run(c.name, func(t *testing.T) {
			found := judgement.Certificate(keyOf(t, make509(t, c.change)), cardos.Authentication, now)
			assert.Equal(t, c.findings, outcome(found))
			for _, f := range found {
				for _, l := range message.Languages() {
					assert.NotContains(t, f.Text.In(l), "%!", "arguments")
					assert.Equal(t, f.State == finding.OK, f.Cure.IsZero(), "one next step where something is wrong")
				}
			}
		})
	}
}

// chain writes certificates for the programs of others: the authority's, then
// one after the other those of a card.
type chain struct{ dir, roots string }

func newChain(t *testing.T, program string) chain {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("SKIPPED: %s is not installed", program)
	}
	c := chain{dir: t.TempDir()}
	der, err := x509.CreateCertificate(rand.Reader, root, root, authority().Public(), authority())
	require.NoError(t, err)
	c.roots = c.write(t, "root.pem", der)
	return c
}

func (c chain) write(t *testing.T, name string, der []byte) string {
	t.Helper()
	name = filepath.Join(c.dir, name)
	require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return name
}

// A server with OpenSSL's default level refuses what is said to be refused, and
// takes the others.
func TestOpenSSLAgrees(t *testing.T) {
	chain := newChain(t, "openssl")
	for _, c := range forms {
		t.Run(c.name, func(t *testing.T) {
			der := make509(t, c.change)
			refused := len(judgement.Refusals(judgement.Certificate(keyOf(t, der), cardos.Authentication, now))) > 0
			out, err := exec.Command("openssl", "verify", "-purpose", "sslclient", "-auth_level", "2", "-CAfile", chain.roots, chain.write(t, "leaf.pem", der)).CombinedOutput()
			if c.openssl == disputed {
				assert.True(t, refused, "by somebody")
				return
			}
			assert.Equal(t, c.openssl == refuses, err != nil, "%s", out)
			assert.Equal(t, c.openssl == refuses, refused, "%s", out)
		})
	}
}

// Firefox and Chromium offer the certificates that NSS takes for those of TLS
// clients, which its own program tells: what is said not to be offered is not.
func TestNSSAgrees(t *testing.T) {
	chain := newChain(t, "vfychain")
	database := "sql:" + t.TempDir()
	for _, args := range [][]string{{"-N", "--empty-password"}, {"-A", "-n", "root", "-t", "TC,C,C", "-a", "-i", chain.roots}} {
		out, err := exec.Command("certutil", append(args, "-d", database)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	offered := map[string]bool{"certificate-valid": true, "certificate-no-policy": true, "certificate-expires-on": true,
		"certificate-key-usage": false, "certificate-extended-usage": false, "certificate-of-authority": false}
	compared := 0
	for _, c := range forms {
		der := make509(t, c.change)
		found := judgement.Certificate(keyOf(t, der), cardos.Authentication, now)
		want, about := offered[found[0].Code()]
		if !about { // NSS looks at the rest only once it verifies a server
			continue
		}
		compared++
		out, _ := exec.Command("vfychain", "-d", database, "-u", "0", "-a", chain.write(t, "leaf.pem", der)).CombinedOutput()
		assert.Equal(t, want, bytes.Contains(out, []byte("Chain is good")), "%s: %s", c.name, out)
	}
	assert.Greater(t, compared, 20)
}

// Of a certificate for signatures nothing is asked that only a login needs.
func TestSignature(t *testing.T) {
	judge := func(change func(*form)) []string {
		return outcome(judgement.Certificate(keyOf(t, make509(t, change)), cardos.DigitalSignature, now))
	}
	assert.Equal(t, []string{"ok certificate-valid"}, judge(func(f *form) {
		f.template.KeyUsage, f.template.ExtKeyUsage, f.template.Policies = x509.KeyUsageContentCommitment, nil, nil
	}))
	assert.Equal(t, []string{"failure certificate-expired-on"}, judge(func(f *form) { f.template.NotAfter = now.AddDate(0, 0, -1) }))
}

// The digest of RSASSA-PSS stands in its parameters; without it, it is SHA-1.
func TestDigestOfPSS(t *testing.T) {
	der := make509(t, func(f *form) { f.template.SignatureAlgorithm = x509.SHA256WithRSAPSS })
	for name, parameters := range map[string][]byte{
		"of no value": nil,
		"empty":       {0x30, 0},
		"SHA-1":       {0x30, 0x0D, 0xA0, 0x0B, 0x30, 9, 6, 5, 0x2B, 0x0E, 3, 2, 0x1A, 5, 0},
	} {
		var c struct {
			TBS       asn1.RawValue
			Algorithm pkix.AlgorithmIdentifier
			Signature asn1.BitString
		}
		_, err := asn1.Unmarshal(der, &c)
		require.NoError(t, err)
		c.Algorithm.Parameters = asn1.RawValue{FullBytes: parameters}
		other, err := asn1.Marshal(c)
		require.NoError(t, err)
		assert.Contains(t, outcome(judgement.Certificate(keyOf(t, other), cardos.Authentication, now)), "warning certificate-weak-digest", name)
	}
}

// What a person reads names the usages, in their language.
func TestUsagesAreNamed(t *testing.T) {
	text := func(l message.Language, change func(*form)) string {
		return judgement.Certificate(keyOf(t, make509(t, change)), cardos.Authentication, now)[0].Text.In(l)
	}
	both := func(f *form) {
		f.template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
		f.template.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 76, 99}}
	}
	assert.Contains(t, text(message.English, both), "its extended usage is e-mail, 1.3.76.99:")
	assert.Contains(t, text(message.Italian, both), "l'uso esteso è la posta elettronica, 1.3.76.99:")
	assert.Contains(t, text(message.English, usage(x509.KeyUsageContentCommitment|x509.KeyUsageKeyEncipherment)),
		"its key usage is signatures with legal effect, encryption:")
	assert.Contains(t, text(message.English, func(f *form) { // the bit string 80
		f.change = func(tbs []byte) {
			copy(tbs, bytes.Replace(tbs, []byte{3, 2, 7, 0x80}, []byte{3, 2, 7, 0}, 1))
		}
	}), "its key usage is none:")
}

// That a card was never activated is said only of a card that is well known and
// of a place that is known to be empty.
func TestMissing(t *testing.T) {
	for _, c := range []struct {
		state cardos.CertificateState
		grade cardos.Grade
		code  string
		cure  message.Message
	}{
		{cardos.CertificateNone, cardos.DriverKnown, "no-certificate", message.CureNoCertificate},
		{cardos.CertificateNone, cardos.Inferred, "no-certificate", message.ReportCertificate},
		{cardos.CertificateNotUnderstood, cardos.Proven, "certificate-not-understood", message.ReportCertificate},
		{cardos.CertificateKeyUnsupported, cardos.Proven, "certificate-key-unsupported", message.ReportCertificate},
		{cardos.CertificateNotFound, cardos.Unknown, "certificate-not-found", message.ReportCertificate},
	} {
		found := judgement.Missing(cardos.CertificatePlace{State: c.state, Key: "EC P-256"}, c.grade)
		require.Len(t, found, 1)
		assert.Equal(t, c.code, found[0].Code())
		assert.True(t, found[0].Cure.Is(c.cure), c.code)
	}
	assert.Empty(t, judgement.Missing(cardos.CertificatePlace{State: cardos.CertificatePresent}, cardos.Proven))
}
