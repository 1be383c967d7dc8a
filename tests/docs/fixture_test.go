// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// fixture is the computer that commands are run on: a card in a reader, the
// programs as ./build.sh leaves them, and nothing of this machine's own home.
type fixture struct {
	*testing.T
	*e2e.Rig
	dir string // the working directory, with dist/ in it
}

// newFixture gives a rig a home and a working directory of the test's own.
func newFixture(t *testing.T, r *e2e.Rig) *fixture {
	t.Helper()
	w := &fixture{T: t, Rig: r}
	w.Dir, w.Home = t.TempDir(), t.TempDir()
	w.Env = append(slices.Clone(w.Env), "HOME="+w.Home, "TMPDIR="+w.Dir)
	w.dir = filepath.Join(w.Dir, "project")
	dist := filepath.Join(w.dir, "dist")
	require.NoError(t, os.MkdirAll(dist, 0o755))
	for name, path := range map[string]string{
		"tscns":           kit.Command(t, "tscns"),
		"simcard":         kit.Command(t, "simcard"),
		"tscns-pkcs11.so": w.Module,
	} {
		// Copies: tscns looks for the library beside itself, links followed.
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dist, name), content, 0o755))
	}
	return w
}

// shell runs a text in a shell of the fixture, as it is shown but for what only
// a person can fill in.
func (w *fixture) shell(text, input string) e2e.Result {
	w.Helper()
	text = strings.ReplaceAll(text, "/path/to/tscns-pkcs11.so", w.Module)
	path := "PATH=" + filepath.Join(w.dir, "dist") + ":" + os.Getenv("PATH") + ":/usr/sbin:/sbin"
	return w.Tool("bash", "bash", "-ec", text).In(input).With(path, "TERM=dumb").At(w.dir).Run()
}

// terminal runs a text at a terminal on which a person types lines.
func (w *fixture) terminal(text string, typed ...string) e2e.Result {
	w.Helper()
	e2e.Need(w.T, "script", "bsdutils")
	return w.shell(fmt.Sprintf("script -qec %s /dev/null", quote(text)), strings.Join(typed, "\n")+"\n")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// site starts a server that lets the card's holder in, puts its address in the
// place of https://... in a text, and has curl trust it.
func (w *fixture) site(text string) string {
	w.Helper()
	if !strings.Contains(text, "https://...") {
		return text
	}
	s := w.Server(tls.VersionTLS13)
	w.Env = append(w.Env, "CURL_CA_BUNDLE="+w.CAFile, "SSL_CERT_FILE="+w.CAFile)
	return strings.ReplaceAll(text, "https://...", s.URL("localhost"))
}

// testsOf reads which tests a package has.
func testsOf(t *testing.T, pkg string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(top, pkg, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range testFunction.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

var testFunction = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]*)\(`)
