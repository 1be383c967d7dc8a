// SPDX-License-Identifier: Apache-2.0

// Package e2e has the built library used by real programs, through a real
// PC/SC service, with a simulated card in a virtual reader.
//
// A Rig is what one test gets: a person's home with a card in a reader. All
// rigs of a process share one PC/SC service, whose address the PC/SC client
// library remembers for good; tests with a rig run one after the other.
package e2e

import (
	"cmp"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/simcard/vpcd"
	"tscns/tests/kit"
	"tscns/tests/tlsserver"
)

// Names that the module gives to a token and to what is in it, as programs
// show them to people.
const (
	TokenLabel = "TS-CNS"
	KeyLabel   = "CNS autenticazione"

	DSTokenLabel = "TS-CNS firma" // of the qualified key, where a card has one
	DSKeyLabel   = "Firma digitale"
)

// Reading says what the PC/SC service of a rig has.
type Reading int

// The states of a reader.
const (
	WithCard    Reading = iota
	EmptyReader         // a reader and no card in it
	NoReader
	NoService    // nobody listens at the service's address
	SecondReader // the card is in the second reader, the first is empty
)

// Options describe a rig. The zero value is a card of family B2 in a reader.
type Options struct {
	Family  simcard.Family // B2 by default; simcard.FamilyForeign is no CNS
	Reading Reading
	Tries   int // wrong PINs entered before
	Bits    int // of the authentication key; [simcard.KeyBits] of the family by default
	// Change alters the card before it is made.
	Change func(*simcard.Options)
	// Service is another PC/SC service for the rig's card than the shared one,
	// by the path of its socket. The rig has no Reader then.
	Service func(*Rig) string
}

// SignaturePIN is that of the second token of [TwoTokens].
const SignaturePIN = "34509876"

// TwoTokens describes a card with a qualified key behind a PIN of its own. Its
// keys are longer than those of the cards that were seen, so that no program
// refuses them.
func TwoTokens(t *testing.T) Options {
	t.Helper()
	set, err := kit.Set(2048)
	require.NoError(t, err)
	ds, err := set.Authority.IssueIdentity(pki.IdentityOptions{Signature: true})
	require.NoError(t, err)
	return Options{Family: simcard.FamilyB1, Bits: 2048, Change: func(o *simcard.Options) {
		behaviour := simcard.DefaultBehaviour(o.Family)
		behaviour.Extended = true // else a key of 2048 bits cannot be used
		o.Behaviour = &behaviour
		o.Signature = &simcard.Credential{Key: ds.Key, Certificate: ds.Certificate, PIN: SignaturePIN, PUK: "99887766"}
	}}
}

// Rig is a person's computer with a reader and a card.
type Rig struct {
	t *testing.T

	Module string // path of the library under test, or of p11-kit's client where a Route leads to it
	Socket string // of that route, "" without one
	Dir    string // for the test's files
	Home   string // HOME of the programs, empty at first
	Env    []string

	PIN, PUK   string
	Token      string // label of the token
	Label      string // of key and certificate
	CommonName string // of the card's certificate
	Holder     string // codice fiscale, the beginning of the common name
	CertDER    []byte
	CertFile   string // the card's certificate, PEM
	CAFile     string // the authority of card and server, PEM
	ServerFile string // certificate and key of a server at localhost, PEM

	Card   *simcard.Card
	Gate   *vpcd.Gate   // before the card
	Reader *vpcd.Reader // nil without a reader

	readerName string // PC/SC name of Reader

	signature []byte // certificate of the card's qualified key, DER; nil without one

	set     *pki.Set
	record  *record
	wrap    []string // a command that runs the programs of this rig
	isolate []string // options of unshare(1) for recipes, beside a mount namespace
}

// record is what a rig remembers of a test and its subtests.
type record struct {
	expected int // wrong PINs that the test gives on purpose

	mu    sync.Mutex
	notes strings.Builder
}

// Start makes a rig, or skips the test by name where the PC/SC service is not
// installed. It fails the test at its end when the card counted another number
// of wrong PINs than the test announced (WrongPINs).
func Start(t *testing.T, o Options) *Rig {
	t.Helper()
	if o.Family == "" {
		o.Family = simcard.FamilyB2
	}
	r := &Rig{t: t, Module: kit.Module(t), Dir: t.TempDir(), Home: t.TempDir(), PIN: "12345678", PUK: "87654321",
		Token: TokenLabel, Label: KeyLabel, record: &record{}}
	r.identity(cmp.Or(o.Bits, simcard.KeyBits(o.Family)))
	r.newCard(o)
	var socket string
	if o.Service != nil {
		socket = o.Service(r)
	} else if o.Reading == NoService {
		socket = filepath.Join(r.Dir, "nobody")
	} else {
		socket = r.plug(o.Reading)
	}
	r.Env = []string{
		"HOME=" + r.Home, "PCSCLITE_CSOCK_NAME=" + socket, "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC",
		"PATH=" + os.Getenv("PATH") + ":/usr/sbin", "TMPDIR=" + r.Dir, "no_proxy=*", "NO_PROXY=*",
	}
	t.Cleanup(r.finish)
	if through != "" {
		r.take(through)
	}
	return r
}

// identity makes the card holder's key and certificate and writes the files
// that programs want.
func (r *Rig) identity(bits int) {
	r.t.Helper()
	set, err := kit.Set(bits)
	require.NoError(r.t, err)
	r.set, r.CertDER = set, set.Identity.Certificate
	leaf, err := x509.ParseCertificate(r.CertDER)
	require.NoError(r.t, err)
	r.CommonName = leaf.Subject.CommonName
	r.Holder, _, _ = strings.Cut(r.CommonName, "/")
	r.CAFile = r.File("ca.pem", pemOf("CERTIFICATE", set.Authority.Certificate.Raw))
	r.CertFile = r.File("card.pem", pemOf("CERTIFICATE", r.CertDER))
	key, err := x509.MarshalPKCS8PrivateKey(set.Server.Key)
	require.NoError(r.t, err)
	r.ServerFile = r.File("server.pem", append(pemOf("CERTIFICATE", set.Server.Certificate), pemOf("PRIVATE KEY", key)...))
}

func (r *Rig) newCard(o Options) {
	r.t.Helper()
	id := r.set.Identity
	options := simcard.Options{
		Family: o.Family, PIN: r.PIN, PUK: r.PUK, PINTriesUsed: o.Tries, Serial: id.Serial, Personal: id.Personal,
		Authentication: simcard.Credential{Key: id.Key, Certificate: id.Certificate},
	}
	if o.Change != nil {
		o.Change(&options)
	}
	if options.Signature != nil {
		r.signature = options.Signature.Certificate
	}
	card, err := simcard.New(options)
	require.NoError(r.t, err)
	r.Card, r.Gate = card, vpcd.NewGate(card)
}

// twoTokens reports whether the card has a qualified key too.
func (r *Rig) twoTokens() bool { return r.signature != nil }

// finish reports what happened where the test failed.
func (r *Rig) finish() {
	if r.Reader != nil {
		r.Reader.Close()
	}
	if wrong := r.CountWrongPINs(); wrong != r.record.expected {
		r.t.Errorf("the card counted %d wrong PINs, not %d", wrong, r.record.expected)
	}
	if !r.t.Failed() {
		return
	}
	r.record.mu.Lock()
	defer r.record.mu.Unlock()
	r.t.Logf("programs:\n%s", r.record.notes.String())
	r.t.Logf("commands to the card:\n%s", r.Card.LogText())
	r.t.Logf("PC/SC service:\n%s", serviceLog())
}

// Run runs a subtest with the same reader and card.
func (r *Rig) Run(name string, test func(t *testing.T, r *Rig)) {
	r.t.Helper()
	r.t.Run(name, func(t *testing.T) {
		inner := *r
		inner.t = t
		test(t, &inner)
	})
}

// ServiceEnv returns the settings by which programs find the PC/SC service, or
// p11-kit's socket instead of it.
func (r *Rig) ServiceEnv() []string {
	service := "PCSCLITE_CSOCK_NAME="
	for _, setting := range r.Env {
		if strings.HasPrefix(setting, "PCSCLITE_CSOCK_NAME=") {
			service = setting
		}
	}
	if r.Socket != "" {
		return []string{service, "P11_KIT_SERVER_ADDRESS=unix:path=" + r.Socket}
	}
	return []string{service}
}

// note adds to what a failed test prints.
func (r *Rig) note(format string, args ...any) {
	r.record.mu.Lock()
	defer r.record.mu.Unlock()
	fmt.Fprintf(&r.record.notes, format+"\n", args...)
}

// Server starts a web server that lets in the card's holder, over one version
// of TLS, or over both for 0.
func (r *Rig) Server(version uint16) *tlsserver.Server {
	r.t.Helper()
	s, err := tlsserver.Start(tlsserver.Options{
		Certificate: tls.Certificate{Certificate: [][]byte{r.set.Server.Certificate}, PrivateKey: r.set.Server.Key},
		ClientCAs:   r.Authorities(),
		Version:     version,
	})
	require.NoError(r.t, err)
	r.t.Cleanup(func() {
		require.NoError(r.t, s.Close())
		r.note("server %s: %d logins; log:\n%s", tls.VersionName(version), len(s.Logins()), s.Log())
	})
	return s
}

// OneLogin checks that a server saw one login, by the card's holder.
func (r *Rig) OneLogin(s *tlsserver.Server, version uint16) tlsserver.Login {
	r.t.Helper()
	logins, err := s.Wait(1, patience)
	require.NoError(r.t, err)
	require.Len(r.t, logins, 1)
	require.Equal(r.t, r.CertDER, logins[0].Certificate.Raw)
	require.Equal(r.t, version, logins[0].Version)
	return logins[0]
}

// WrongPINs announces that the test gave n wrong PINs, and checks that the
// card counted no more and no less so far.
func (r *Rig) WrongPINs(n int) {
	r.t.Helper()
	r.record.expected = n
	require.Equal(r.t, n, r.CountWrongPINs(), "wrong PINs that the card counted")
}

// CountWrongPINs returns how many tries of PIN or PUK the card took away.
func (r *Rig) CountWrongPINs() int {
	counts := simcard.DefaultBehaviour(r.Card.Family()).DatalessVerify == simcard.CountTry
	n := 0
	for _, e := range r.Card.Log() {
		if isPIN(e) && e.SW>>8 == 0x63 && (e.Lc > 0 || counts) {
			n++
		}
	}
	return n
}

// isPIN: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (ISO 7816-4).
func isPIN(e simcard.Exchange) bool {
	return e.Header[1] == 0x20 || e.Header[1] == 0x24 || e.Header[1] == 0x2C
}

// PINCommands returns how many commands with or about a PIN the card saw.
func (r *Rig) PINCommands() int {
	return r.count(isPIN)
}

// Signatures returns how many private-key operations the card did.
func (r *Rig) Signatures() int {
	return r.count(func(e simcard.Exchange) bool {
		return e.Header[1] == 0x2A && e.Header[0]&0x10 == 0 && e.SW == 0x9000
	})
}

func (r *Rig) count(match func(simcard.Exchange) bool) int {
	n := 0
	for _, e := range r.Card.Log() {
		if match(e) {
			n++
		}
	}
	return n
}

// PINTries returns the tries of the PIN that the card has left.
func (r *Rig) PINTries() int {
	pin, _ := r.Card.Tries()
	return pin
}

// Personal returns EF_DatiPersonali as it was put on the card.
func (r *Rig) Personal() []byte { return r.set.Identity.Personal }

// Authorities returns those of card and server.
func (r *Rig) Authorities() *x509.CertPool { return r.set.Authority.Pool() }

// PublicKey returns the key of the card's certificate.
func (r *Rig) PublicKey() *rsa.PublicKey { return &r.set.Identity.Key.PublicKey }

// PublicKeyPEM returns it as openssl reads it.
func (r *Rig) PublicKeyPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(r.PublicKey())
	require.NoError(r.t, err)
	return pemOf("PUBLIC KEY", der)
}

// TokenURI returns the token as a pkcs11: URI (RFC 7512).
func (r *Rig) TokenURI() string { return "pkcs11:token=" + url.PathEscape(r.Token) }

// URI returns the card's certificate ("cert"), key ("private") or public key
// ("public") as a pkcs11: URI.
func (r *Rig) URI(kind string) string {
	return r.TokenURI() + ";object=" + url.PathEscape(r.Label) + ";type=" + kind
}

// File writes a file of the test and returns its path.
func (r *Rig) File(name string, content []byte) string {
	r.t.Helper()
	path := filepath.Join(r.Dir, name)
	require.NoError(r.t, os.WriteFile(path, content, 0o600))
	return path
}

// Read reads a file.
func (r *Rig) Read(path string) []byte {
	r.t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(r.t, err)
	return content
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// Session gives the programs of the rig the runtime directory of a session,
// where the library keeps what the card reported of its tries.
func (r *Rig) Session() {
	r.t.Helper()
	dir := r.t.TempDir()
	require.NoError(r.t, os.Chmod(dir, 0o700))
	r.Env = append(slices.Clip(r.Env), "XDG_RUNTIME_DIR="+dir)
}
