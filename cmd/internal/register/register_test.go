// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
)

var buildOnce = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tscns-register")
	if err != nil {
		return "", err
	}
	built.dir = dir
	path := filepath.Join(dir, "tscns-pkcs11.so")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-o", path, "./pkcs11export/tscns-pkcs11")
	cmd.Dir = "../../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

var built struct{ dir string }

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// library is the built module: TSCNS_MODULE, or one built for these tests.
func library(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("TSCNS_MODULE"); path != "" {
		return path
	}
	path, err := buildOnce()
	require.NoError(t, err)
	return path
}

// tool returns a program of NSS, or skips the test by name.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("SKIPPED: %s not installed (package libnss3-tools)", name)
	}
	return path
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	require.NoError(t, err, "%v: %s", args, out)
	return string(out)
}

// without is a computer on which a program is missing.
func without(program string) func(string) (string, error) {
	return func(name string) (string, error) {
		if name == program {
			return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
		}
		return exec.LookPath(name)
	}
}

// world is a person with an empty home on a system of its own.
func world(t *testing.T) *World {
	t.Helper()
	home := t.TempDir()
	w := &World{Home: HomeFrom(func(k string) string { return map[string]string{"HOME": home}[k] }), Root: t.TempDir(), Module: library(t)}
	return w
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// profile makes a profile with a real, empty database.
func profile(t *testing.T, base, name string) string {
	t.Helper()
	dir := filepath.Join(base, name)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	run(t, tool(t, "certutil"), "-N", "-d", "sql:"+dir, "--empty-password")
	ini := filepath.Join(base, "profiles.ini")
	old, _ := os.ReadFile(ini)
	n := strings.Count(string(old), "[Profile")
	write(t, ini, string(old)+fmt.Sprintf("[Profile%d]\nName=%s\nIsRelative=1\nPath=%s\n\n", n, name, name))
	return dir
}

// tree is every file and folder below some, with its content.
func tree(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, dir := range dirs {
		require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			all[path] = d.Type().String()
			if d.Type().IsRegular() {
				b, err := os.ReadFile(path)
				all[path] = string(b)
				return err
			}
			return nil
		}))
	}
	return all
}

func outcomes(steps []Step) (list []Outcome) {
	for _, s := range steps {
		list = append(list, s.Outcome)
	}
	return list
}

func listed(t *testing.T, dir string) string {
	return run(t, tool(t, "modutil"), "-dbdir", "sql:"+dir, "-list")
}

func TestEveryProfileIsFound(t *testing.T) {
	w := world(t)
	classic := filepath.Join(w.Home.Dir, ".mozilla/firefox")
	elsewhere := t.TempDir()
	write(t, filepath.Join(classic, "profiles.ini"), "[Install4F96D1932A9F858E]\nDefault=a.default\nLocked=1\n\n[Profile1]\nName=x\nIsRelative=0\nPath="+elsewhere+
		"\n\n[Profile0]\nName=default\nIsRelative=1\nPath=a.default\nDefault=1\n\n[Profile2]\nIsRelative=1\nPath=gone\n\n[General]\nVersion=2\n")
	require.NoError(t, os.Mkdir(filepath.Join(classic, "a.default"), 0o700))
	newer := filepath.Join(w.Home.Config, "mozilla/firefox")
	write(t, filepath.Join(newer, "profiles.ini"), "[Profile0]\nPath=b.default\n")
	require.NoError(t, os.Mkdir(filepath.Join(newer, "b.default"), 0o700))
	bird := filepath.Join(w.Home.Dir, ".thunderbird")
	write(t, filepath.Join(bird, "profiles.ini"), "[Profile0]\nPath=c.default\n")
	require.NoError(t, os.Mkdir(filepath.Join(bird, "c.default"), 0o700))
	assert.Equal(t, []Database{
		{Program: "Firefox", Kind: Mozilla, Dir: elsewhere}, {Program: "Firefox", Kind: Mozilla, Dir: filepath.Join(classic, "a.default")},
		{Program: "Firefox", Kind: Mozilla, Dir: filepath.Join(newer, "b.default")}, {Program: "Thunderbird", Kind: Mozilla, Dir: filepath.Join(bird, "c.default")},
	}, w.Profiles())
}

func TestSharedDatabase(t *testing.T) {
	w := world(t)
	classic, newer := filepath.Join(w.Home.Dir, ".pki/nssdb"), filepath.Join(w.Home.Dir, ".local/share/pki/nssdb")
	assert.Equal(t, []Database{{Program: "Chromium", Kind: Chromium, Dir: classic}}, w.Shared(), "the one to make")
	require.NoError(t, os.MkdirAll(newer, 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Config, "google-chrome"), 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Config, "microsoft-edge"), 0o700))
	assert.Equal(t, []Database{{Program: "Chrome, Edge", Kind: Chromium, Dir: newer}}, w.Shared())
	require.NoError(t, os.MkdirAll(classic, 0o700))
	assert.Len(t, w.Shared(), 2)
}

// Registering and unregistering everything leaves the home as it was, byte for
// byte, with modutil and without.
func TestRegisterLeavesNoTrace(t *testing.T) {
	tool(t, "modutil")
	for name, lookPath := range map[string]func(string) (string, error){"with modutil": nil, "without modutil": without("modutil")} {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			if lookPath != nil {
				w.LookPath = lookPath
			}
			first := profile(t, filepath.Join(w.Home.Dir, ".mozilla/firefox"), "a.default")
			second := profile(t, filepath.Join(w.Home.Config, "mozilla/firefox"), "b.default")
			third := profile(t, filepath.Join(w.Home.Dir, ".thunderbird"), "c.default")
			shared := profile(t, filepath.Join(w.Home.Dir, ".pki"), "nssdb")
			before := tree(t, w.Home.Dir, w.Root)

			steps := w.Register(All)
			assert.Equal(t, []Outcome{Done, Done, Done, Done, Done}, outcomes(steps), "%v", steps)
			for _, dir := range []string{first, second, third, shared} {
				out := listed(t, dir)
				assert.Contains(t, out, "TS-CNS")
				assert.Contains(t, out, "status: loaded")
				assert.Equal(t, 1, strings.Count(out, "library name: "+w.Module))
			}
			registered := tree(t, w.Home.Dir, w.Root)
			assert.NotEqual(t, before, registered)

			assert.Equal(t, []Outcome{Nothing, Nothing, Nothing, Nothing, Nothing}, outcomes(w.Register(All)))
			assert.Equal(t, registered, tree(t, w.Home.Dir, w.Root), "twice is once")

			assert.Equal(t, []Outcome{Done, Done, Done, Done, Done}, outcomes(w.Unregister(All)))
			assert.Equal(t, before, tree(t, w.Home.Dir, w.Root))
			assert.Equal(t, []Outcome{Nothing, Nothing, Nothing, Nothing, Nothing}, outcomes(w.Unregister(All)))
		})
	}
}

// A database that had to be made goes again, unless somebody used it meanwhile.
func TestDatabaseMadeForTheModule(t *testing.T) {
	certutil := tool(t, "certutil")
	w := world(t)
	before := tree(t, w.Home.Dir)
	require.Equal(t, []Outcome{Done}, outcomes(w.Register(Chrome)))
	dir := filepath.Join(w.Home.Dir, ".pki/nssdb")
	assert.Contains(t, listed(t, dir), "TS-CNS")
	assert.Equal(t, []Outcome{Done}, outcomes(w.Unregister(Chrome)))
	assert.Equal(t, before, tree(t, w.Home.Dir))

	w.Register(Chrome)
	run(t, certutil, "-S", "-d", "sql:"+dir, "-n", "mine", "-s", "CN=mine", "-x", "-t", ",,", "-z", w.Module, "-Z", "SHA256")
	assert.Equal(t, []Outcome{Done}, outcomes(w.Unregister(Chrome)))
	assert.Contains(t, run(t, certutil, "-L", "-d", "sql:"+dir), "mine")
	assert.NoDirExists(t, w.Home.State, "the note goes too")
	assert.NotContains(t, listed(t, dir), "TS-CNS")
}

// A run that was killed while it made a database is gone on with, and all of it
// is taken back.
func TestDatabaseOfAKilledRun(t *testing.T) {
	tool(t, "modutil")
	w := world(t)
	before := tree(t, w.Home.Dir)
	dir := filepath.Join(w.Home.Dir, ".pki/nssdb")
	for _, written := range [][]string{{}, {"cert9.db"}, {"cert9.db", "key4.db"}} {
		require.NoError(t, w.create(Database{Kind: Chromium, Dir: dir}))
		for _, name := range databaseFiles {
			if !slices.Contains(written, name) {
				require.NoError(t, os.Remove(filepath.Join(dir, name)))
			}
		}
		require.Equal(t, []Outcome{Done}, outcomes(w.Register(Chrome)), "%v", written)
		assert.Contains(t, listed(t, dir), "TS-CNS")
		require.Equal(t, []Outcome{Done}, outcomes(w.Unregister(Chrome)))
		assert.Equal(t, before, tree(t, w.Home.Dir), "%v", written)
	}
}

func TestNoDatabaseAndNoTool(t *testing.T) {
	w := world(t)
	w.LookPath = without("modutil")
	steps := w.Register(Chrome)
	assert.Equal(t, []Outcome{Failed}, outcomes(steps))
	for _, l := range message.Languages() {
		assert.Contains(t, steps[0].Text.In(l), "libnss3-tools")
	}
}

// The module at an older place is replaced; another's module of our name stays.
func TestOlderPlaceAndStrangers(t *testing.T) {
	tool(t, "modutil")
	w := world(t)
	dir := profile(t, filepath.Join(w.Home.Dir, ".mozilla/firefox"), "a.default")
	list := filepath.Join(dir, moduleList)
	b, err := os.ReadFile(list)
	require.NoError(t, err)
	write(t, list, string(b)+"library=/opt/old/tscns-pkcs11.so\nname=Tessera\n\nlibrary=/opt/other.so\nname=TS-CNS\n\n")
	require.Equal(t, []Outcome{Done}, outcomes(w.Register(Firefox)))
	entries, err := Modules(Database{Dir: dir})
	require.NoError(t, err)
	assert.ElementsMatch(t, []Entry{{"/opt/other.so", "TS-CNS"}, {w.Module, "TS-CNS (tscns)"}}, entries)
	require.Equal(t, []Outcome{Done}, outcomes(w.Unregister(Firefox)))
	entries, err = Modules(Database{Dir: dir})
	require.NoError(t, err)
	assert.Equal(t, []Entry{{"/opt/other.so", "TS-CNS"}}, entries)
}

// A library that does not load is not registered, and leaves nothing behind.
func TestLibraryThatDoesNotLoad(t *testing.T) {
	tool(t, "modutil")
	w := world(t)
	w.Module = filepath.Join(t.TempDir(), "tscns-pkcs11.so")
	write(t, w.Module, "no library")
	before := tree(t, w.Home.Dir)
	steps := w.Register(Chrome)
	assert.Equal(t, []Outcome{Failed}, outcomes(steps))
	assert.Equal(t, before, tree(t, w.Home.Dir))
}

func TestP11KitProxy(t *testing.T) {
	tool(t, "modutil")
	w := world(t)
	dir := profile(t, filepath.Join(w.Home.Dir, ".mozilla/firefox"), "a.default")
	list := filepath.Join(dir, moduleList)
	b, err := os.ReadFile(list)
	require.NoError(t, err)
	proxied := string(b) + "library=p11-kit-proxy.so\nname=p11-kit-proxy\n\n"
	write(t, list, proxied)

	// The proxy does not carry us yet: an entry of our own.
	require.Equal(t, []Outcome{Done}, outcomes(w.Register(Firefox)))
	require.True(t, w.Registered(Database{Dir: dir}))
	// Now it does: the entry goes.
	require.Equal(t, []Outcome{Done, Done}, outcomes(w.Register(P11Kit)))
	assert.False(t, w.Registered(Database{Dir: dir}))
	got, err := os.ReadFile(list)
	require.NoError(t, err)
	assert.Equal(t, proxied, string(got))
	steps := w.Register(All)
	assert.Equal(t, []Outcome{Nothing, Nothing}, outcomes(steps))
	assert.Contains(t, steps[1].Text.In(message.English), "through p11-kit")

	// A package's module file is enough, and is left alone.
	require.Equal(t, []Outcome{Nothing, Done}, outcomes(w.Unregister(All)))
	pkg := filepath.Join(w.Root, "usr/share/p11-kit/modules/tscns.module")
	write(t, pkg, "module: tscns-pkcs11.so\n")
	steps = w.Register(All)
	assert.Equal(t, []Outcome{Nothing, Nothing}, outcomes(steps))
	assert.Contains(t, steps[0].Text.In(message.English), pkg)
	assert.Equal(t, Nothing, w.Unregister(P11Kit)[0].Outcome)
	assert.FileExists(t, pkg)

	// Fedora's NSS brings the proxy into every database.
	write(t, list, string(b))
	write(t, filepath.Join(w.Root, "etc/crypto-policies/back-ends/nss.config"), "library=p11-kit-proxy.so\nname=p11-kit-proxy\n")
	assert.True(t, w.ThroughProxy(Database{Dir: dir}))
}

// p11-kit itself lists the module that was registered, and not afterwards.
func TestP11KitSeesTheModule(t *testing.T) {
	p11kit, err := exec.LookPath("p11-kit")
	if err != nil {
		t.Skip("SKIPPED: p11-kit not installed (package p11-kit)")
	}
	w := world(t)
	// A copy that everybody may read.
	code, err := os.ReadFile(w.Module)
	require.NoError(t, err)
	w.Module = filepath.Join(w.Root, "tscns-pkcs11.so")
	require.NoError(t, os.WriteFile(w.Module, code, 0o755))
	require.Equal(t, []Outcome{Done}, outcomes(w.Register(OpenSSL)))
	file := filepath.Join(w.Home.Config, "pkcs11/modules/tscns.module")
	assert.FileExists(t, file)
	// Root's settings p11-kit does not read: it runs as nobody then.
	args := []string{p11kit, "list-modules"}
	setpriv, err := exec.LookPath("setpriv")
	if os.Getuid() == 0 && err == nil {
		require.NoError(t, os.Chmod(filepath.Dir(w.Home.Dir), 0o755))
		args = append([]string{setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"}, args...)
	}
	if os.Getuid() == 0 && err != nil {
		t.Log("SKIPPED: setpriv not installed (package util-linux), p11-kit was not asked")
	} else {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "HOME="+w.Home.Dir)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		// Version 0.24 writes "tscns: path", 0.25 "module: tscns" and "path: path".
		assert.Regexp(t, `(?m)^(module: )?tscns\b(:|\n\s+path:) `+regexp.QuoteMeta(w.Module)+"$", string(out))
	}
	w.Unregister(P11Kit)
	assert.NoFileExists(t, file)
	assert.NoDirExists(t, w.Home.Config)
	// A file by that name which somebody else wrote stays.
	write(t, file, "module: other.so\n")
	assert.Equal(t, Nothing, w.Unregister(P11Kit)[0].Outcome)
	assert.FileExists(t, file)
}
