// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
	"tscns/tests/kit"
)

// outcome is what came of a visit to a site with one client.
type outcome string

// The outcomes.
const (
	logsIn  outcome = "logs in"
	nothing outcome = "offers nothing" // the site answers that no certificate came, or the page that asks for none
	refused outcome = "refused"
	unasked outcome = "" // not tried
)

// outcomeOf returns the outcome of a page by its title.
func outcomeOf(title string) outcome {
	switch {
	case strings.Contains(title, pageTitle):
		return logsIn
	case strings.Contains(title, "No required"), strings.Contains(title, "403"), strings.Contains(title, welcome): // of nginx, of Apache, of a page for all
		return nothing
	}
	return refused
}

// client is a program that a row of the table has a column for.
type client int

const (
	byFirefox client = iota
	byChromium
	byCurl
	clients
)

func (c client) String() string { return [...]string{"Firefox", "Chromium", "curl"}[c] }

// promise is what a code of doctor's says of each client.
type promise [clients]answer

// answer is whether a client gets in.
type answer int

const (
	yes    answer = iota
	either        // the site decides, by authorities that it does not name
	no
)

// promises are what doctor says, by code, of Firefox, Chromium and curl. With
// more than one code the worst of each holds.
var promises = map[string]promise{
	"site-takes-issuer":       {yes, yes, yes},
	"site-takes-any":          {yes, yes, yes},
	"site-open-ssl-signature": {yes, yes, no},
	"site-needs-pss":          {no, no, no},
	"site-only-pss":           {no, no, no},
	"site-other-signatures":   {no, no, no},
	"site-asks-too-late":      {no, no, yes},
	"site-asks-too-late-new":  {no, no, yes},
	"site-names-root":         {no, no, either},
	"site-other-issuers":      {no, no, either},
	"site-asks-nothing":       {no, no, no},
	"site-leads-elsewhere":    {no, no, no},
	"site-wants-unasked":      {no, no, no},
	"site-untrusted":          {no, no, no},
	"site-other-name":         {no, no, no},
	"site-expired":            {no, no, no},
	"site-not-yet-valid":      {no, no, no},
	"site-not-tls":            {no, no, no},
	"site-refuses":            {no, no, no},
	"site-forbids":            {no, no, no},
	"site-old-versions":       {no, no, no},

	"certificate-key-usage":      {no, no, either},
	"certificate-extended-usage": {no, no, either},
	"certificate-short-key":      {no, no, no}, // by servers with OpenSSL as Debian sets it, as these are
	"certificate-weak-digest":    {no, no, no},
}

// cures says which clients the next step of a code helps.
var cures = map[string][]client{
	"site-open-ssl-signature": {byCurl},
	"site-needs-pss":          {byFirefox, byChromium, byCurl},
	"site-asks-too-late":      {byFirefox, byChromium},
	"site-asks-too-late-new":  {byFirefox},
	"site-names-root":         {byFirefox, byChromium},
}

// row is a situation with a card.
type row struct {
	card, site string
	codes      []string // doctor's, of the site and of a certificate that is not good
	came       [clients]outcome
	cured      [clients]outcome // with the next step that doctor gives
}

// says reports whether doctor found something of a code.
func (r *row) says(code string) bool { return slices.Contains(r.codes, code) }

// promised joins the promises of the codes.
func (r *row) promised() (p promise) {
	for _, code := range r.codes {
		for c, a := range promises[code] {
			p[c] = max(p[c], a)
		}
	}
	return p
}

// agrees reports whether doctor's verdict and what happened are the same.
func (r *row) agrees() bool {
	for _, code := range r.codes {
		if _, known := promises[code]; !known {
			return false
		}
	}
	for c, a := range r.promised() {
		if a != either && (a == yes) != (r.came[c] == logsIn) {
			return false
		}
	}
	for c, o := range r.cured {
		if o != unasked && o != logsIn {
			return false
		}
		if (o == unasked) == r.curable(client(c)) {
			return false
		}
	}
	return len(r.codes) > 0
}

// curable reports whether doctor gives a client's user a next step that is all
// there is to do. Where a second finding stays, it is not.
func (r *row) curable(c client) bool {
	helped := false
	for _, code := range r.codes {
		switch {
		case slices.Contains(cures[code], c):
			helped = true
		case promises[code][c] == no:
			return false
		}
	}
	return helped
}

func (r *row) String() string {
	mark := "agree"
	if !r.agrees() {
		mark = "DIFFER"
	}
	cured := ""
	for c, o := range r.cured {
		if o != unasked {
			cured += fmt.Sprintf(" %s: %s;", client(c), o)
		}
	}
	return fmt.Sprintf("%-6s %-6s %-37s %-44s %-14s %-14s %-14s%s", mark, r.card, r.site, strings.Join(r.codes, " "),
		r.came[byFirefox], r.came[byChromium], r.came[byCurl], strings.TrimSuffix(cured, ";"))
}

// visitor is a card with the sites to visit with it.
type visitor struct {
	name   string
	family simcard.Family
	sites  []string
	change func(*x509.Certificate) // nil for a certificate as it should be
	bits   int                     // of the key, 0 for 2048
}

// cards are one that makes RSA-PSS signatures, one that does not, those whose
// certificates are not for logging in, and those with which that is too weak.
func (s *sites) cards() []visitor {
	few := []string{"TLS 1.3 and 1.2"}
	return []visitor{
		{"PSS", simcard.FamilyB2, s.names, nil, 0},
		{"no PSS", simcard.FamilyH, slices.DeleteFunc(slices.Clone(s.names), func(name string) bool { return !s.signatures[name] }), nil, 0},
		{"e-mail", simcard.FamilyB2, few, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }, 0},
		{"cipher", simcard.FamilyB2, few, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, 0},
		{"1024", simcard.FamilyB2, few, nil, 1024},
		{"SHA-1", simcard.FamilyB2, few, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, 0},
	}
}

// TestSituations has Firefox, Chromium and curl visit sites in every situation
// that doctor tells apart, with cards that can log in there and cards that cannot,
// and compares what happens with what doctor says before any PIN; and
// again with the next step that it gives. The table is written to the file that
// TSCNS_SITUATIONS names.
func TestSituations(t *testing.T) {
	set, err := kit.Set(2048)
	require.NoError(t, err)
	s := startSites(t, set)
	var rows []*row
	for _, c := range s.cards() {
		t.Run(c.name, func(t *testing.T) { rows = append(rows, s.visited(t, c)...) })
	}
	text := fmt.Sprintf("situations: %d sites and cards, what doctor says and what happens\n%-6s %-6s %-37s %-44s %-14s %-14s %-14s %s\n",
		len(rows), "", "card", "site", "doctor", "Firefox", "Chromium", "curl", "with doctor's next step")
	differ := 0
	for _, r := range rows {
		text += r.String() + "\n"
		if !r.agrees() {
			differ++
		}
	}
	t.Log("\n" + text)
	if path := os.Getenv("TSCNS_SITUATIONS"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	require.Zero(t, differ, "rows that differ")
	require.True(t, t.Failed() || len(rows) >= 30)
}

// visited visits sites with one card.
func (s *sites) visited(t *testing.T, card visitor) (rows []*row) {
	t.Helper()
	d := newFixture(t, e2e.Options{Family: card.family, Change: func(o *simcard.Options) {
		if card.bits != 0 {
			weak, err := kit.Set(card.bits)
			require.NoError(t, err)
			o.Authentication.Key = weak.Identity.Key
		}
		o.Authentication.Certificate = s.sub.cardsCertificate(t, o.Authentication.Key, card.change)
	}})
	noPSS := d.File("no-pss.cnf", []byte("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nClientSignatureAlgorithms = RSA+SHA256\n"))
	for _, name := range card.sites {
		r := &row{card: card.name, site: name, codes: d.verdict(s.at(name, "localhost"))}
		r.came[byCurl] = d.curl(s.at(name, "localhost"), "")
		if r.curable(byCurl) {
			r.cured[byCurl] = d.curl(s.at(name, "localhost"), noPSS)
		}
		rows = append(rows, r)
	}
	o := Options{Module: d.Module, CA: d.CAFile, Loading: ByModutil, AutoSelect: "https://" + host, Issuer: s.sub.certificate.Subject.CommonName}
	visit := func(u *user, c client) {
		for _, r := range rows {
			r.came[c] = u.visits(s.at(r.site, host))
		}
	}
	again := func(u *user, c client, is func(*row) bool) {
		for _, r := range rows {
			if r.curable(c) && r.cured[c] == unasked && is(r) {
				r.cured[c] = u.visits(s.at(r.site, host) + "?again")
			}
		}
	}
	u := d.at(firefox.Start(d.home, o))
	visit(u, byFirefox)
	u.prefer("security.tls.enable_post_handshake_auth", true)
	again(u, byFirefox, func(r *row) bool { return r.says("site-asks-too-late-new") })
	u.prefer("security.tls.enable_post_handshake_auth", false)
	require.NoError(t, u.firefox().Chrome(nil, `Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(arguments[0], ",,")`,
		base64.StdEncoding.EncodeToString(s.sub.certificate.Raw)))
	again(u, byFirefox, func(r *row) bool { return r.says("site-names-root") && !r.says("site-needs-pss") })
	u.prefer("security.tls.version.max", 3)
	again(u, byFirefox, func(*row) bool { return true })
	u.Stop()

	u = d.at(chromium.Start(d.home, o))
	visit(u, byChromium)
	u.Stop()
	if !slices.ContainsFunc(rows, func(r *row) bool { return r.curable(byChromium) }) {
		return rows
	}
	o.Arguments = []string{"--ssl-version-max=tls1.2"}
	o.Prepare = func() {
		d.home.run("certutil", "-A", "-d", "sql:"+d.home.Path("home/.pki/nssdb"), "-n", "issuer", "-t", ",,", "-i", s.dir+"/card.pem")
	}
	u = d.at(chromium.Start(d.home, o))
	again(u, byChromium, func(*row) bool { return true })
	u.Stop()
	return rows
}

// prefer sets a preference of a Firefox that runs.
func (u *user) prefer(name string, value any) {
	u.Helper()
	require.NoError(u, u.firefox().Chrome(nil, `let [name, value] = arguments;
		typeof value == "boolean" ? Services.prefs.setBoolPref(name, value) : Services.prefs.setIntPref(name, value)`, name, value))
}

// visits opens a page and gives the PIN where it is asked for.
func (u *user) visits(url string) outcome {
	u.Helper()
	before, err := u.View()
	require.NoError(u, err)
	u.open(url)
	site := url[:strings.Index(url[len("https://"):], "/")+len("https://")]
	var o outcome
	u.until("the end of a visit to "+url, func() (bool, error) {
		v, err := u.View()
		switch {
		case err != nil:
		case v.Asks:
			err = u.EnterPIN(u.PIN, nil)
		case v.Refused && (v.isRefused(url) || v.Address != before.Address):
			o = refused
		case strings.HasPrefix(v.Address, site) && v.Title != "":
			o = outcomeOf(v.Title)
		}
		return o != "", err
	})
	return o
}

// verdict returns what doctor finds of a site, and of a certificate that is not
// good.
func (d *fixture) verdict(url string) (codes []string) {
	d.Helper()
	out, err := d.home.With("SSL_CERT_FILE="+d.CAFile).try(kit.Command(d.T, "tscns"), "doctor", "--json", "--url", url)
	var list []struct{ Check, Code, State string }
	require.NoError(d, json.Unmarshal([]byte(out), &list), "%v: %s", err, out)
	for _, f := range list {
		if f.Check == "site" || f.Check == "certificate" && f.State != "ok" {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// curl visits a page by OpenSSL's engine, with TLS 1.2 and a configuration where
// one is given.
func (d *fixture) curl(url, configuration string) outcome {
	d.Helper()
	args := []string{"-sSL", "--max-time", "45", "--noproxy", "*", "--cacert", d.CAFile, "--engine", "pkcs11", "--cert-type", "ENG", "--cert", d.URI("cert"),
		"--key-type", "ENG", "--key", d.URI("private") + ";pin-value=" + d.PIN, url}
	env := []string{"PKCS11_MODULE_PATH=" + d.Module}
	if configuration != "" {
		args, env = append(args, "--tls-max", "1.2"), append(env, "OPENSSL_CONF="+configuration)
	}
	r := d.Tool("curl", "curl", args...).With(env...).Run()
	if r.Code != 0 {
		return refused
	}
	return outcomeOf(r.Out)
}
