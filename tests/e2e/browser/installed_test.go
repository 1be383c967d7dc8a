// SPDX-License-Identifier: Apache-2.0

//go:build installed

// What package packages runs, as an ordinary user, in a Debian of its own, with
// the reader and the PC/SC service of that system. Nothing here registers the
// library anywhere.

package browser

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// steps is the folder through which the outer test is asked to do what an
// administrator does.
const steps = "TSCNS_INSTALLED_STEPS"

// withProvider says that OpenSSL has its provider for PKCS#11 there.
const withProvider = "TSCNS_INSTALLED_PROVIDER"

// provider lists, signs and logs in by OpenSSL with its provider, by the file
// of the package.
func provider(t *testing.T, rig *e2e.Rig) {
	openssl := func(args ...string) *e2e.Command {
		return rig.Tool("openssl", "openssl", args...).With("OPENSSL_CONF=/usr/share/tscns/openssl/provider.cnf")
	}
	private := rig.URI("private") + ";pin-value=" + rig.PIN
	openssl("list", "-providers").OK().Has(t, "PKCS#11 Provider", "OpenSSL Default Provider")
	before := rig.PINCommands()
	openssl("storeutl", "-noout", "-text", rig.URI("cert")).OK().Has(t, rig.Holder)
	require.Equal(t, before, rig.PINCommands(), "a certificate is read without a PIN")

	data, signature, public := rig.File("data.txt", []byte("di prova\n")), rig.File("data.sig", nil), rig.File("public.pem", rig.PublicKeyPEM())
	for _, padding := range []string{"pkcs1", "pss"} {
		options := []string{"-sha256", "-sigopt", "rsa_padding_mode:" + padding}
		openssl(append(append([]string{"dgst"}, options...), "-sign", private, "-out", signature, data)...).OK()
		rig.Tool("openssl", "openssl", append(append([]string{"dgst"}, options...), "-verify", public, "-signature", signature, data)...).OK().Has(t, "Verified OK")
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := rig.Server(version)
		openssl("s_client", "-connect", fmt.Sprintf("127.0.0.1:%d", server.Port()), "-servername", "localhost", "-CAfile", rig.CAFile,
			"-verify_return_error", "-cert", rig.URI("cert"), "-key", private, "-ign_eof").
			In("GET / HTTP/1.0\r\n\r\n").OK().Has(t, rig.Holder)
		rig.OneLogin(server, version)
	}
}

// providerTwoTokens does the same with a card that has a signature token, and
// then has the provider spend its tries.
func providerTwoTokens(t *testing.T, first *e2e.Rig) {
	first.Remove()
	defer first.Insert()
	t.Run("card", func(t *testing.T) {
		rig := e2e.Start(t, e2e.TwoTokens(t))
		rig.Session()
		provider(t, rig)
		rig.WrongPINs(0)
		rig.ProviderTries("/usr/share/tscns/openssl/provider.cnf")
	})
}

// administrator has a step done: install or purge.
func administrator(t *testing.T, step string) {
	t.Helper()
	folder := os.Getenv(steps)
	require.NotEmpty(t, folder, steps)
	require.NoError(t, os.WriteFile(filepath.Join(folder, step+".asked"), nil, 0o644))
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(folder, step+".done"))
		return err == nil
	}, 5*patience, poll, step+" by the administrator")
}

// person is somebody with an account, whom nobody configured anything for.
type person struct {
	*fixture
	profile string // of Firefox
}

func newPerson(t *testing.T, rig *e2e.Rig) *person {
	t.Helper()
	p := &person{fixture: &fixture{T: t, Rig: rig, home: NewHome(t)}}
	p.profile = p.home.Path("home/.mozilla/firefox/p.default")
	p.home.write("home/.mozilla/firefox/profiles.ini", "[Profile0]\nName=default\nIsRelative=1\nPath=p.default\nDefault=1\n")
	require.NoError(t, os.MkdirAll(p.profile, 0o700))
	return p
}

// in is the person in a part of the test.
func (p *person) in(t *testing.T) *person {
	return &person{&fixture{T: t, Rig: p.Rig, home: p.home}, p.profile}
}

// modules is the list of modules of a database, "" without a database.
func (p *person) modules(dir string) string {
	p.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "pkcs11.txt"))
	if !os.IsNotExist(err) {
		require.NoError(p, err)
	}
	return string(b)
}

// content is what a database holds: the list of modules as it is, and every
// row of its tables without the columns that are empty, since each version of
// NSS adds some.
func (p *person) content(dir string) string {
	p.Helper()
	const dump = `import sqlite3, sys
for name in ("cert9.db", "key4.db"):
    db = sqlite3.connect("file:" + sys.argv[1] + "/" + name + "?mode=ro", uri=True)
    for (table,) in db.execute("select name from sqlite_master where type = 'table' order by name").fetchall():
        rows = db.execute("select * from " + table)
        columns = [c[0] for c in rows.description]
        for row in sorted(repr([p for p in zip(columns, row) if p[1] is not None]) for row in rows):
            print(name, table, row)`
	out := p.home.run("python3", "-c", dump, dir)
	require.Contains(p, out, "nssPublic", "the certificate of the tests' authority at least")
	return p.modules(dir) + out
}

// logsIn opens the page, chooses the certificate and types the PIN.
func (p *person) logsIn(b Browser, choose func(), picture string) {
	p.Helper()
	u := p.at(b)
	server := p.Server(tls.VersionTLS13)
	u.open(server.URL(host))
	choose()
	u.enterPIN(p.PIN, nil)
	u.page(server, tls.VersionTLS13)
	p.takeStill(picture)
	u.quit()
}

// firefoxLogsIn uses a profile that knows of no module.
func (p *person) firefoxLogsIn(picture string) {
	p.Helper()
	f := (&Firefox{running: running{home: p.home, profile: p.profile}, program: installedFirefox()}).launch().observe()
	p.logsIn(f, func() {
		_, err := f.Choose(nil)
		require.NoError(p, err)
	}, picture)
}

// chromiumLogsIn accepts the certificate that Chromium's chooser has marked.
// Nothing tells from outside when the chooser is there: it is no window of the
// screen's own, and the page's sign of loading moves beside it. So Return is
// pressed until the PIN prompt comes, slowly enough that each one counts: one that
// comes before the chooser goes to an empty page.
func (p *person) chromiumLogsIn(picture string) {
	p.Helper()
	p.logsIn(StartChromium(p.home, Options{Installed: true}), func() {
		p.until("a PIN prompt", func() (bool, error) {
			for end := time.Now().Add(2 * accident); time.Now().Before(end); time.Sleep(poll) {
				if p.home.display.window(pinWindow) != "" {
					return true, nil
				}
			}
			return false, p.home.display.key("Return")
		})
	}, picture)
}

// Two people of one computer, before the package is installed, with it, and
// after it is gone.
func TestInstalled(t *testing.T) {
	require.NotZero(t, os.Getuid(), "an ordinary user")
	_, err := os.Stat("/usr/bin/tscns")
	require.ErrorIs(t, err, os.ErrNotExist, "not yet")
	rig := e2e.Start(t, e2e.Options{})

	// The first has a Firefox profile and has never used Chromium. The second
	// has used both, and is in a session that began before.
	first, second := newPerson(t, rig), newPerson(t, rig)
	shared := ".pki/nssdb"
	firstShared, secondShared := first.home.Path("home", shared), second.home.Path("home", shared)
	for _, p := range []*person{first, second} {
		firefoxProfile(p.home, p.profile, Options{CA: p.CAFile, Choose: true})
	}
	nssDatabase(second.home, secondShared, Options{CA: rig.CAFile})
	before := map[string]string{}
	for _, dir := range []string{first.profile, second.profile, secondShared} {
		before[dir] = first.content(dir)
	}
	StartDisplay(second.home)

	administrator(t, "install")

	t.Run("FirstSession", func(t *testing.T) {
		p := first.in(t)
		require.Empty(t, p.modules(firstShared))
		StartSession(p.home)
		p.until("the session to register", func() (bool, error) {
			// The list is written before the database, for a run that is killed in between.
			return strings.Contains(p.modules(firstShared), "tscns-pkcs11.so"), nil
		})
		require.NotContains(t, p.modules(p.profile), "tscns-pkcs11.so", "Firefox needs no entry")
		p.home.run("certutil", "-A", "-d", "sql:"+firstShared, "-n", "CA of the tests", "-t", "C,,", "-i", p.CAFile)
		p.firefoxLogsIn("installed-session-firefox.png")
		p.chromiumLogsIn("installed-session-chromium.png")
	})
	t.Run("FirstStartOfChromium", func(t *testing.T) {
		p := second.in(t)
		require.NotContains(t, p.modules(secondShared), "tscns-pkcs11.so")
		p.chromiumLogsIn("installed-start-chromium.png")
		require.Contains(t, p.modules(secondShared), "tscns-pkcs11.so")
		p.firefoxLogsIn("installed-start-firefox.png")
	})
	if os.Getenv(withProvider) != "" {
		t.Run("Provider", func(t *testing.T) { provider(t, rig) })
		t.Run("ProviderTwoTokens", func(t *testing.T) { providerTwoTokens(t, rig) })
	}
	if t.Failed() {
		return
	}
	rig.WrongPINs(0)

	for _, p := range []*person{first, second} {
		require.Contains(t, p.home.run("tscns", "unregister"), "unregister --system", "what stays for everybody")
		p.home.run("tscns", "register", "--once")
		require.NotContains(t, p.modules(p.home.Path("home", shared)), "tscns-pkcs11.so", "taken away for good")
	}
	administrator(t, "purge")
	for dir, content := range before {
		require.Equal(t, content, first.content(dir), dir)
	}
	require.NotContains(t, first.modules(firstShared), "tscns")
}
