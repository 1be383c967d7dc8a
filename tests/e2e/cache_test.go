// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/kit"
)

// withRuntimeDir gives the programs of a rig a runtime directory in RAM.
func (r *Rig) withRuntimeDir() string {
	r.t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "tscns-e2e-")
	if err != nil {
		r.t.Skipf("SKIPPED: no directory in RAM: %v", err)
	}
	r.t.Cleanup(func() { os.RemoveAll(dir) })
	var fs syscall.Statfs_t
	require.NoError(r.t, syscall.Statfs(dir, &fs))
	if fs.Type != 0x01021994 { // tmpfs
		r.t.Skip("SKIPPED: /dev/shm is not in RAM here")
	}
	r.Env = append(r.Env, "XDG_RUNTIME_DIR="+dir)
	return filepath.Join(dir, "tscns")
}

// cached returns the files of the cache in a directory. The empty ones by which
// programs share a login are none.
func cached(t *testing.T, dir string) (files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	for _, path := range all {
		if strings.HasPrefix(filepath.Base(path), "login-") {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Empty(t, b)
			continue
		}
		files = append(files, path)
	}
	return files
}

// commandsOf returns how many commands the card saw while do ran.
func (r *Rig) commandsOf(do func()) int {
	r.t.Helper()
	r.Card.ClearLog()
	do()
	return len(r.Card.Log())
}

// signs runs a program that lists the token, logs in and signs once.
func (r *Rig) signs(env ...string) func() {
	return func() {
		r.t.Helper()
		in, out := r.File("message", []byte("messaggio")), filepath.Join(r.Dir, "message.sig")
		r.Tool("pkcs11-tool", "opensc", "--module", r.Module, "--token-label", r.Token, "--login", "--pin", r.PIN,
			"--sign", "-m", "SHA256-RSA-PKCS", "--label", r.Label, "-i", in, "-o", out).With(env...).OK()
	}
}

// TestSecondProgram: what one program read of a card the next need not read
// again.
func TestSecondProgram(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyB2, simcard.FamilyC, simcard.FamilyE} {
		t.Run(string(f), func(t *testing.T) {
			r := Start(t, Options{Family: f})
			dir := r.withRuntimeDir()
			first := r.commandsOf(r.signs())
			second := r.commandsOf(r.signs())
			require.LessOrEqual(t, second, 7, r.Card.LogText())
			require.Greater(t, first, second)
			t.Logf("list, login and signature: %d commands for the first program, %d for the second", first, second)
			out := filepath.Join(r.Dir, "read.der") // what is not read of the card is what it holds
			r.Tool("pkcs11-tool", "opensc", "--module", r.Module, "--token-label", r.Token, "-r", "-y", "cert", "--label", r.Label, "-o", out).OK()
			require.Equal(t, r.CertDER, r.Read(out))
			files := cached(t, dir)
			require.Len(t, files, 1)
			path := files[0]
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode())
			require.NotContains(t, filepath.Base(path), r.set.Identity.Serial)

			// A damaged file costs a reading, and is whole again after it.
			good := r.Read(path)
			require.NotContains(t, string(good), r.PIN)
			require.NoError(t, os.WriteFile(path, good[:len(good)/2], 0o600))
			require.Equal(t, first, r.commandsOf(r.signs()))
			require.Equal(t, good, r.Read(path))
		})
	}
}

// TestCacheOff: the configuration turns it off, for a user or by a user for
// whom the cache is on again.
func TestCacheOff(t *testing.T) {
	r := Start(t, Options{})
	dir := r.withRuntimeDir()
	require.NoError(t, os.MkdirAll(filepath.Join(r.Home, ".config", "tscns"), 0o700))
	conf := filepath.Join(r.Home, ".config", "tscns", "tscns.conf")
	require.NoError(t, os.WriteFile(conf, []byte("# no traces\ncache = off\n"), 0o600))
	first := r.commandsOf(r.signs())
	require.Equal(t, first, r.commandsOf(r.signs()), "the card is read again")
	require.Empty(t, cached(t, dir))
	// Where the runtime directory is on a disk nothing is written either.
	require.NoError(t, os.Remove(conf))
	disk := t.TempDir()
	require.NoError(t, os.Chmod(disk, 0o700))
	var fs syscall.Statfs_t
	require.NoError(t, syscall.Statfs(disk, &fs))
	if fs.Type != 0x01021994 {
		r.signs("XDG_RUNTIME_DIR=" + disk)()
		require.Empty(t, cached(t, filepath.Join(disk, "tscns")))
	}
	require.Empty(t, cached(t, dir))
	r.signs()()
	require.Len(t, cached(t, dir), 1)
}

// TestHostClosesDescriptors: neither the cache's files nor the Go runtime's poller
// leave a descriptor, so that a host that closes all it knows of closes none of
// the library's but the connections to the service.
func TestHostClosesDescriptors(t *testing.T) {
	r := Start(t, Options{})
	dir := r.withRuntimeDir()
	r.Tool(kit.Program(t, "tests/abi/c/closing.c", "-rdynamic"), "", r.Module, "card").OK().Has(t, "ok\n")
	require.Len(t, cached(t, dir), 1, "the cache was used")
}

// TestLoginLoop: programs that log in with the right PIN, one after the other,
// on a card of which nothing states the form. One try is gone in all.
func TestLoginLoop(t *testing.T) {
	r := Start(t, Options{Family: simcard.FamilyH, Change: OtherForm})
	r.PIN = OtherFormPIN
	dir := r.withRuntimeDir()
	login := []string{"--module", r.Module, "--token-label", r.Token, "--login", "--pin", r.PIN, "-O"}
	for range 10 {
		result := r.Tool("pkcs11-tool", "opensc", login...).Run()
		require.NotZero(t, result.Code)
		result.Has(t, "CKR_FUNCTION_FAILED")
	}
	r.WrongPINs(1)
	require.Equal(t, 2, r.PINTries())
	require.Equal(t, 1, r.PINCommands())
	files, err := filepath.Glob(filepath.Join(dir, "pin-*"))
	require.NoError(t, err)
	require.Len(t, files, 1)

	// The person decides; from then on programs log in.
	r.TakeOtherForm()
	require.Equal(t, 3, r.PINTries())
	for range 2 {
		r.Tool("pkcs11-tool", "opensc", login...).OK().Has(t, "Private Key Object; RSA")
	}
	require.Equal(t, 4, r.PINCommands(), "each sends the PIN once")
}
