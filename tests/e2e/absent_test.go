// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/internal/hostproc"
)

// TestAbsent: where there is no card of ours, programs behave as if the
// library were not there: same output, no question, no delay.
func TestAbsent(t *testing.T) {
	for name, o := range map[string]Options{
		"no service":   {Reading: NoService},
		"no reader":    {Reading: NoReader},
		"empty reader": {Reading: EmptyReader},
		"foreign card": {Family: simcard.FamilyForeign},
	} {
		t.Run(name, func(t *testing.T) {
			r := Start(t, o)
			r.Run("openssl looks for a key", testAbsentKey)
			r.Run("openssl and curl do other things", testAbsentEngine)
			r.Run("p11-kit", testAbsentP11Kit)
			r.Run("NSS", testAbsentNSS)
			require.Zero(t, r.PINCommands())
		})
	}
}

// compare runs a command with and without the library.
func (r *Rig) compare(with, without *Command) (Result, Result) {
	r.t.Helper()
	trace := filepath.Join(r.t.TempDir(), "trace")
	a := with.With("TSCNS_TRACE=" + trace).Run()
	if _, err := os.Stat(trace); err == nil { // an engine loads the library when it is wanted
		inside, calls := Inside(r.t, trace)
		require.Less(r.t, inside, AWait)
		r.t.Logf("%v in %d calls of the library", inside, calls)
	}
	return a, without.Run()
}

// testAbsentKey: a program that does ask for the token's key is told at once
// that there is none; without the library it is told the same.
func testAbsentKey(t *testing.T, r *Rig) {
	r.needEngine()
	nothing := r.emptySoftToken()
	ask := func(env ...string) *Command {
		return r.Tool("openssl", "openssl", "pkey", "-engine", "pkcs11", "-inform", "engine", "-in", r.URI("private"), "-pubout").With(env...)
	}
	with, _ := r.compare(ask(r.engine()), ask(nothing...))
	require.NotZero(t, with.Code)
	require.NotContains(t, strings.ToLower(with.Text()), "enter", "a question")
	// A card that is not ours is left alone after two commands of a program.
	require.LessOrEqual(t, len(r.Card.Log()), 2)
}

// emptySoftToken returns the environment for the engine with another module
// that has no token of ours, or none at all: what the library is compared to.
func (r *Rig) emptySoftToken() []string {
	r.t.Helper()
	for _, path := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"} {
		if _, err := os.Stat(path); err == nil {
			tokens := filepath.Join(r.Dir, "tokens")
			require.NoError(r.t, os.MkdirAll(tokens, 0o700))
			config := r.File("softhsm2.conf", []byte("directories.tokendir = "+tokens+"\nlog.level = ERROR\n"))
			return []string{"PKCS11_MODULE_PATH=" + path, "SOFTHSM2_CONF=" + config}
		}
	}
	return []string{"PKCS11_MODULE_PATH=" + filepath.Join(r.Dir, "none.so")}
}

// TestSoftKeyWhileTheCardIsHeld: the key of another module behind p11-kit works on
// while a program keeps the card for itself: for two signatures, and for as long
// as TSCNS_HELD says ("1m").
func TestSoftKeyWhileTheCardIsHeld(t *testing.T) {
	r := Start(t, Options{})
	soft := r.emptySoftToken()
	module, config := strings.TrimPrefix(soft[0], "PKCS11_MODULE_PATH="), soft[1:]
	token := []string{"--token-label", "soft", "--login", "--pin", "1234"}
	r.Tool("softhsm2-util", "softhsm2", "--init-token", "--free", "--label", "soft", "--pin", "1234", "--so-pin", "1234").With(config...).OK()
	r.Tool("pkcs11-tool", "opensc", append(token, "--module", module, "--keypairgen", "--key-type", "rsa:2048", "--label", "soft")...).With(config...).OK()
	holder, err := hostproc.Build(t).Other(ReaderName, r.Env...)
	require.NoError(t, err)
	t.Cleanup(holder.Stop)
	answer, err := holder.Do("begin")
	require.NoError(t, err)
	require.Equal(t, hostproc.Success, answer)
	sign := fmt.Sprintf("echo 'module: %s' > %s/soft.module && pkcs11-tool --module %s %s --sign --mechanism SHA256-RSA-PKCS --input-file '%s' --output-file '%s'",
		module, p11kitModules, r.p11kitProxy(), strings.Join(token, " "), r.File("data", []byte("dati")), filepath.Join(r.Dir, "signature"))
	long, err := time.ParseDuration(cmp.Or(os.Getenv("TSCNS_HELD"), "0s"))
	require.NoError(t, err)
	var times []time.Duration
	for begin := time.Now(); len(times) < 2 || time.Since(begin) < long; {
		times = append(times, r.privateModules(r.packaged(), sign).With(config...).OK().Duration.Round(time.Millisecond))
		require.Len(t, r.Read(filepath.Join(r.Dir, "signature")), 256)
	}
	t.Logf("%d programs signed while the card was held, in %v to %v", len(times), slices.Min(times), slices.Max(times))
	require.Zero(t, r.PINCommands())
}

// testAbsentEngine: an engine set up in openssl.cnf, as administrators do, is
// no burden to what needs no card.
func testAbsentEngine(t *testing.T, r *Rig) {
	r.needEngine()
	config := r.File("engine.cnf", []byte("openssl_conf = a\n[a]\nengines = b\n[b]\npkcs11 = c\n[c]\nengine_id = pkcs11\n"+
		"MODULE_PATH = "+r.Module+"\ninit = 1\n"))
	with := "OPENSSL_CONF=" + config
	data := r.File("some.txt", []byte("qualcosa\n"))
	digest := func(env ...string) *Command {
		return r.Tool("openssl", "openssl", "dgst", "-sha256", data).With(env...)
	}
	a, b := r.compare(digest(with), digest())
	require.Equal(t, b.Text(), a.Text())
	require.Equal(t, b.Code, a.Code)

	page := r.publicServer()
	fetch := func(env ...string) *Command {
		return r.Tool("curl", "curl", "-sS", "--max-time", "45", "--noproxy", "*", "--cacert", r.CAFile, page).With(env...)
	}
	a, b = r.compare(fetch(with), fetch())
	require.Equal(t, "a page for everybody\n", a.Out)
	require.Equal(t, b.Text(), a.Text())
}

// publicServer is a web server that asks for no certificate.
func (r *Rig) publicServer() string {
	r.t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "a page for everybody")
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{r.set.Server.Certificate}, PrivateKey: r.set.Server.Key}}}
	s.StartTLS()
	r.t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	require.NoError(r.t, err)
	return "https://localhost:" + port + "/"
}

// testAbsentP11Kit compares a system that has the packaged file with one that
// has not.
func testAbsentP11Kit(t *testing.T, r *Rig) {
	Need(t, "p11tool", "gnutls-bin")
	list := func(file string) *Command { return r.privateModules(file, "p11tool --batch --list-tokens") }
	a, b := r.compare(list(r.packaged()), list(""))
	require.Equal(t, b.Text(), a.Text())
	require.Equal(t, b.Code, a.Code)
}

// testAbsentNSS has the library in an NSS database, as Firefox does.
func testAbsentNSS(t *testing.T, r *Rig) {
	with, _ := r.nssDB()
	without := filepath.Join(r.Dir, "plain")
	require.NoError(t, os.MkdirAll(without, 0o700))
	r.Tool("certutil", "libnss3-tools", "-N", "-d", "sql:"+without, "--empty-password").OK()
	r.Tool("certutil", "libnss3-tools", "-A", "-d", "sql:"+without, "-n", "Demo CA", "-t", "CT,C,C", "-i", r.CAFile).OK()
	list := func(dir string) *Command {
		return r.Tool("certutil", "libnss3-tools", "-L", "-d", "sql:"+dir, "-h", "all")
	}
	a, b := r.compare(list(with), list(without))
	require.Equal(t, b.Text(), a.Text())
	require.Equal(t, b.Code, a.Code)
}
