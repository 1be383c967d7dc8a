// SPDX-License-Identifier: Apache-2.0

package revocation

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

var oidCriticalUnknown = asn1.ObjectIdentifier{2, 5, 29, 99}

// uri is a name of a list in the extension that says what it is about.
func uri(text string) []asn1.RawValue {
	return []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: tagURI, Bytes: []byte(text)}}
}

// An answer counts that the authority signed, or somebody in its name.
func TestAnswersThatCount(t *testing.T) {
	n := newNetwork(t)
	deputy := n.certify(func(*x509.Certificate) {})
	own := n.leaf.CRLDistributionPoints[0]
	when := n.now.Add(-48 * time.Hour)
	revoke := func(reason int) func(*ocsp.Response) {
		return func(r *ocsp.Response) { r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, when, reason }
	}
	unknown := n.responds(func(r *ocsp.Response) { r.Status = ocsp.Unknown })
	for name, c := range map[string]struct {
		issuer, respond, list http.HandlerFunc
		state                 State
		reason, by            string
	}{
		"good":                      {nil, n.respond, nil, Good, "", responderHost},
		"good, by a deputy":         {nil, n.respondsAs(deputy, deputy.cert, func(*ocsp.Response) {}), nil, Good, "", responderHost},
		"good, with the authority":  {nil, n.respondsAs(n.authority, n.authority.cert, func(*ocsp.Response) {}), nil, Good, "", responderHost},
		"good, next not said":       {nil, n.responds(func(r *ocsp.Response) { r.NextUpdate = time.Time{} }), nil, Good, "", responderHost},
		"revoked":                   {nil, n.responds(revoke(ocsp.KeyCompromise)), nil, Revoked, "keyCompromise", responderHost},
		"suspended":                 {nil, n.responds(revoke(ocsp.CertificateHold)), nil, Suspended, "certificateHold", responderHost},
		"redirected in the host":    {nil, n.moved(n.respond), nil, Good, "", responderHost},
		"not on the list":           {nil, unknown, nil, Good, "", repositoryHost},
		"not on the list, in PEM":   {nil, unknown, gives(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: n.crl(n.authority, func(*x509.RevocationList) {})})), Good, "", repositoryHost},
		"on the list":               {nil, unknown, gives(n.crl(n.authority, n.entry(4))), Revoked, "superseded", repositoryHost},
		"on the list for a while":   {nil, status(500), gives(n.crl(n.authority, n.entry(hold))), Suspended, "certificateHold", repositoryHost},
		"a list of its own":         {nil, unknown, gives(n.crl(n.authority, n.extension(oidScope, scopeOf(own, false)))), Good, "", repositoryHost},
		"the authority in PEM":      {gives(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: n.authority.cert.Raw})), n.respond, nil, Good, "", responderHost},
		"the authority in a bundle": {gives(bundle(t, n.stranger().cert, n.authority.cert)), n.respond, nil, Good, "", responderHost},
	} {
		t.Run(name, func(t *testing.T) {
			a := n.with(t, c.issuer, c.respond, c.list).ask()
			assert.Equal(t, c.state, a.State, "%+v", a)
			assert.Equal(t, c.reason, a.Reason)
			assert.Equal(t, c.by, a.By)
			assert.Empty(t, a.Problem)
			require.NotNil(t, a.AsOf)
			f := Findings(a)
			require.Len(t, f, 1)
			if a.State == Good {
				assert.Nil(t, a.When)
				assert.Equal(t, finding.OK, f[0].State)
				return
			}
			assert.WithinDuration(t, when, *a.When, time.Second)
			assert.Equal(t, finding.Failure, f[0].State)
			assert.Contains(t, f[0].Text.In(message.English), message.Date(when.UTC()).In(message.English)+", says "+c.by)
		})
	}
}

// with has the network answer otherwise for a test; nil is as before.
func (n *network) with(t *testing.T, issuer, respond, list http.HandlerFunc) *network {
	for at, h := range map[*http.HandlerFunc]http.HandlerFunc{&n.issuer: issuer, &n.respond: respond, &n.list: list} {
		if h != nil {
			old := *at
			*at = h
			t.Cleanup(func() { *at = old })
		}
	}
	return n
}

// moved redirects to another path of the host, where the answer is.
func (n *network) moved(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			answer(w, r)
			return
		}
		leads("/moved")(w, r)
	}
}

// scopeOf is the extension that says which list this is.
func scopeOf(address string, authorities bool) any {
	s := scope{OnlyAuthorities: authorities}
	s.Point.FullName = uri(address)
	return s
}

// bundle is a PKCS #7 message with certificates and no signature.
func bundle(t *testing.T, certs ...*x509.Certificate) []byte {
	t.Helper()
	var all []byte
	for _, c := range certs {
		all = append(all, c.Raw...)
	}
	type signed struct {
		Version    int
		Algorithms []pkix.AlgorithmIdentifier `asn1:"set"`
		Content    struct{ ID asn1.ObjectIdentifier }
		All        asn1.RawValue
		Signers    []asn1.RawValue `asn1:"set"`
	}
	s := signed{Version: 1, All: asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: all}}
	s.Content.ID = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	b, err := asn1.Marshal(struct {
		ID      asn1.ObjectIdentifier
		Content signed `asn1:"explicit,tag:0"`
	}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, s})
	require.NoError(t, err)
	return b
}

// garbage and endless are no answers.
var garbage = gives([]byte("<html>welcome to the hotel</html>"))

func endless(w http.ResponseWriter, _ *http.Request) {
	for b := make([]byte, 1<<20); ; {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

// Nothing that a responder can say makes a certificate good, or revoked, but an
// answer of its authority about it that is current.
func TestRespondersThatDoNotCount(t *testing.T) {
	n := newNetwork(t)
	stranger := n.stranger()
	holder := n.certify(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	former := n.certify(func(c *x509.Certificate) { c.NotAfter = n.now.Add(-10 * time.Minute) })
	self := n.certifyBy(stranger, func(*x509.Certificate) {})
	same := func(*ocsp.Response) {}
	for name, c := range map[string]struct {
		respond http.HandlerFunc
		problem Problem
	}{
		"garbage":                {garbage, Malformed},
		"nothing":                {gives(nil), Malformed},
		"endless":                {endless, TooLarge},
		"an error of HTTP":       {status(http.StatusServiceUnavailable), Refused},
		"an error of OCSP":       {gives(ocsp.TryLaterErrorResponse), Refused},
		"a loop":                 {leads("/again"), Refused},
		"another host":           {leads("http://elsewhere.invalid/"), Elsewhere},
		"no host":                {leads("file:///etc/passwd"), Elsewhere},
		"another certificate":    {n.responds(func(r *ocsp.Response) { r.SerialNumber = big.NewInt(5) }), OtherSubject},
		"another authority":      {n.respondsFor(stranger), OtherSubject},
		"another key":            {n.respondsAs(stranger, nil, same), NotSigned},
		"another authority's":    {n.respondsAs(stranger, stranger.cert, same), NotSigned},
		"not the one it names":   {n.respondsAs(stranger, n.authority.cert, same), NotSigned},
		"the holder of a card":   {n.respondsAs(holder, holder.cert, same), NotSigned},
		"a deputy by itself":     {n.respondsAs(self, self.cert, same), NotSigned},
		"a former deputy":        {n.respondsAs(former, former.cert, same), NotSigned},
		"yesterday's":            {n.responds(func(r *ocsp.Response) { r.NextUpdate = n.now.Add(-10 * time.Minute) }), OutOfDate},
		"old, next not said":     {n.responds(func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = n.now.Add(-25*time.Hour), time.Time{} }), OutOfDate},
		"tomorrow's":             {n.responds(func(r *ocsp.Response) { r.ThisUpdate = n.now.Add(10 * time.Minute) }), OutOfDate},
		"to another question":    {n.nonced(func([]byte) []byte { return []byte{4, 1, 0} }), OutOfDate},
		"not known there":        {n.responds(func(r *ocsp.Response) { r.Status = ocsp.Unknown }), NotKnown},
		"to this question, good": {n.nonced(func(b []byte) []byte { return b }), ""},
	} {
		t.Run(name, func(t *testing.T) { n.with(t, nil, c.respond, garbage).expect(t, OCSP, c.problem) })
	}
}

// A list counts that is the authority's, whole, current, and about the card's
// certificates.
func TestListsThatDoNotCount(t *testing.T) {
	n := newNetwork(t)
	stranger := n.stranger()
	for name, c := range map[string]struct {
		list    []byte
		problem Problem
	}{
		"garbage":           {[]byte("no list"), Malformed},
		"another key":       {n.crl(stranger, n.entry(0)), NotSigned},
		"of somebody else":  {n.crl(n.renamed(), n.entry(0)), OtherSubject},
		"yesterday's":       {n.crl(n.authority, func(l *x509.RevocationList) { l.NextUpdate = n.now.Add(-10 * time.Minute) }), OutOfDate},
		"tomorrow's":        {n.crl(n.authority, func(l *x509.RevocationList) { l.ThisUpdate = n.now.Add(10 * time.Minute) }), OutOfDate},
		"changes only":      {n.crl(n.authority, n.extension(oidDelta, 1)), OtherScope},
		"another part":      {n.crl(n.authority, n.extension(oidScope, scopeOf("http://portale.prova.invalid/2.crl", false))), OtherScope},
		"of authorities":    {n.crl(n.authority, n.extension(oidScope, scopeOf(n.leaf.CRLDistributionPoints[0], true))), OtherScope},
		"not understood":    {n.crl(n.authority, n.extension(oidCriticalUnknown, 1)), OtherScope},
		"a scope cut short": {n.crl(n.authority, n.extension(oidScope, 1)), OtherScope},
	} {
		t.Run(name, func(t *testing.T) { n.with(t, nil, status(500), gives(c.list)).expect(t, CRL, c.problem) })
	}
}

// Without the certificate of the authority nobody else is asked.
func TestAuthoritiesThatDoNotCount(t *testing.T) {
	n := newNetwork(t)
	stranger := n.stranger()
	for name, c := range map[string]struct {
		issuer  http.HandlerFunc
		problem Problem
	}{
		"garbage":          {garbage, Malformed},
		"endless":          {endless, TooLarge},
		"another key":      {gives(stranger.cert.Raw), OtherSubject},
		"another name":     {gives(n.renamed().cert.Raw), OtherSubject},
		"the card's own":   {gives(n.leaf.Raw), OtherSubject},
		"an empty bundle":  {gives(bundle(t)), Malformed},
		"an error of HTTP": {status(404), Refused},
	} {
		t.Run(name, func(t *testing.T) {
			n.log = nil
			n.with(t, c.issuer, nil, nil).expect(t, Issuer, c.problem)
			assert.Len(t, n.log, 1, "whose answers could not be checked are not asked")
		})
	}
}

// expect asks, and expects no verdict, and a problem of one source, or a good one.
func (n *network) expect(t *testing.T, m Method, problem Problem) {
	t.Helper()
	a := n.ask()
	if problem == "" {
		assert.Equal(t, Good, a.State, "%+v", a)
		return
	}
	assert.Equal(t, Unknown, a.State, "%+v", a)
	for _, tried := range a.Asked {
		if tried.Method == m {
			assert.Equal(t, problem, tried.Problem)
		}
	}
	f := Findings(a)
	require.Len(t, f, 1)
	assert.Equal(t, finding.Warning, f[0].State)
	for _, l := range message.Languages() {
		assert.Contains(t, f[0].Text.In(l), problems[problem].In(l))
	}
}

// renamed is the authority by another name.
func (n *network) renamed() certified {
	n.t.Helper()
	template := *n.authority.cert
	template.Subject, template.RawSubject = pkix.Name{CommonName: "Somebody else"}, nil
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, n.authority.key.Public(), n.authority.key)
	require.NoError(n.t, err)
	return certified{n.authority.key, parse(n.t, der)}
}

// respondsFor answers, with the authority's signature, for the certificate of
// the same number of another authority.
func (n *network) respondsFor(other certified) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		b, err := ocsp.CreateResponse(other.cert, n.authority.cert, ocsp.Response{Status: ocsp.Good, SerialNumber: n.leaf.SerialNumber,
			ThisUpdate: n.now.Add(-time.Hour), NextUpdate: n.now.Add(time.Hour)}, n.authority.key)
		assert.NoError(n.t, err)
		_, _ = w.Write(b)
	}
}

// nonced answers with a nonce made of that of the question.
func (n *network) nonced(change func([]byte) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(n.t, err)
		var asked request
		_, err = asn1.Unmarshal(body, &asked)
		assert.NoError(n.t, err)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		b := n.response(r, n.authority, nil, func(*ocsp.Response) {})
		_, _ = w.Write(n.withNonce(b, change(asked.To.Extensions[0].Value)))
	}
}

// A responder that drips, or says nothing, is waited for as long as the caller
// wants, and the list asked after it.
func TestSlowResponders(t *testing.T) {
	n := newNetwork(t)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	n.respond = func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; ; i++ {
			_, _ = w.Write([]byte{0x30})
			w.(http.Flusher).Flush()
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	q := &question{leaf: n.leaf, issuer: n.authority.cert, client: sameHost(n.client), now: n.now}
	sources, _ := plan(n.leaf)
	_, problem := q.fetch(context.Background(), sources[1].url, "", []byte{1}, maxOCSP, 200*time.Millisecond)
	assert.Equal(t, NoAnswer, problem)
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	a := Ask(ctx, n.leaf.Raw, n.client, n.now)
	assert.Equal(t, Unknown, a.State)
	assert.Equal(t, NoAnswer, a.Asked[1].Problem)
}

// The person is told every host before it is asked, what it is told, and what
// is left alone; nobody else is asked, and nothing by the announcement.
func TestNobodyIsAskedUnannounced(t *testing.T) {
	n := newNetwork(t)
	n.respond = n.responds(func(r *ocsp.Response) { r.Status = ocsp.Unknown })
	for l, says := range map[message.Language][]string{
		message.English: {"portale.prova.invalid, for the certificate of the authority", "ocsp.prova.invalid, which is told the serial number",
			"portale.prova.invalid, for its list", "not asked: ldap.prova.invalid (ldap)"},
		message.Italian: {"portale.prova.invalid, per il certificato dell'autorità", "ocsp.prova.invalid, a cui viene detto il numero di serie",
			"portale.prova.invalid, per il suo elenco", "non si chiede a: ldap.prova.invalid (ldap)"},
	} {
		lines := Announce(n.leaf.Raw)
		require.Len(t, lines, 1+len(says))
		for i, want := range says {
			assert.Contains(t, lines[i+1].In(l), want)
		}
	}
	assert.Empty(t, n.log)
	n.ask()
	require.Len(t, n.log, 3)
	assert.Contains(t, n.log[0], "portale.prova.invalid GET /repository/ca/")
	assert.Contains(t, n.log[1], "ocsp.prova.invalid POST /va/")
	assert.Contains(t, n.log[2], "portale.prova.invalid GET /repository/crl/")
}

// A certificate that names nobody, or only what is no HTTP, or is not one at
// all, is asked about nowhere.
func TestNobodyToAsk(t *testing.T) {
	n := newNetwork(t)
	for name, c := range map[string]struct {
		change  func(*x509.Certificate)
		problem Problem
	}{
		"nothing": {func(*x509.Certificate) {}, NotNamed},
		"ldap":    {func(c *x509.Certificate) { c.CRLDistributionPoints = []string{"ldap://ldap.prova.invalid/cn=x"} }, NotNamed},
		"files": {func(c *x509.Certificate) {
			c.OCSPServer = []string{"file:///etc/passwd", "http:///x", "http://[::1", "gopher://x/"}
		}, NotNamed},
		"an authority alone": {func(c *x509.Certificate) {
			c.IssuingCertificateURL = []string{"http://portale.prova.invalid/ca.crt"}
		}, NotNamed},
		"a list of no authority": {func(c *x509.Certificate) {
			c.CRLDistributionPoints = []string{"http://portale.prova.invalid/1.crl"}
		}, NotNamed},
	} {
		a := n.askAbout(n.certify(c.change).cert.Raw)
		assert.Equal(t, []any{Unknown, c.problem}, []any{a.State, a.Problem}, name)
		assert.Equal(t, finding.Note, Findings(a)[0].State, name)
	}
	a := n.askAbout([]byte{0x30, 0x03, 0x02, 0x01, 0x05})
	assert.Equal(t, OddForm, a.Problem)
	assert.Equal(t, finding.Note, Findings(a)[0].State)
	assert.Empty(t, n.log)
	many := n.certify(func(c *x509.Certificate) {
		for range 100 {
			c.OCSPServer = append(c.OCSPServer, "http://ocsp.prova.invalid/")
		}
	})
	ask, _ := Plan(many.cert.Raw)
	assert.Len(t, ask, maxSources)
}

// The proxies of the environment are used, and named. The environment is read
// once in a process: the test runs itself again in another one.
func TestProxy(t *testing.T) {
	const variable = "TSCNS_TEST_PROXY"
	n := newNetwork(t)
	if os.Getenv(variable) != "" {
		lines := Announce(n.leaf.Raw)
		assert.Contains(t, lines[1].In(message.English), "(through the proxy "+os.Getenv(variable)+")")
		a := Ask(context.Background(), n.leaf.Raw, Client(), n.now)
		assert.Equal(t, Refused, a.Asked[0].Problem, "%+v", a)
		return
	}
	asked := make(chan string, 10)
	n.issuer = func(w http.ResponseWriter, r *http.Request) {
		asked <- r.RequestURI
		w.WriteHeader(http.StatusForbidden)
	}
	n.respond, n.list = n.issuer, n.issuer
	conn, err := n.client.Transport.(*http.Transport).DialContext(context.Background(), "tcp", "")
	require.NoError(t, err)
	address := conn.RemoteAddr().String()
	require.NoError(t, conn.Close())
	cmd := exec.Command(os.Args[0], "-test.run=^TestProxy$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+address, "HTTP_PROXY=http://"+address, "http_proxy=http://"+address, "NO_PROXY=", "no_proxy=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.True(t, strings.HasPrefix(<-asked, "http://portale.prova.invalid/repository/ca/"), "as a proxy is asked")
}
