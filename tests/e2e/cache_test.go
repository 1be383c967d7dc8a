// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

const ramPrefix = "/dev/shm/tscns-e2e-"

// withRuntimeDir gives the programs of a rig a runtime directory in RAM.
func (r *Rig) withRuntimeDir() string {
	r.t.Helper()
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if !strings.HasPrefix(dir, ramPrefix) { // not that of the test around this one
		var err error
		if dir, err = os.MkdirTemp(filepath.Dir(ramPrefix), filepath.Base(ramPrefix)); err != nil {
			r.t.Skipf("SKIPPED: no directory in RAM: %v", err)
		}
		r.t.Cleanup(func() { os.RemoveAll(dir) })
	}
	var fs syscall.Statfs_t
	require.NoError(r.t, syscall.Statfs(dir, &fs))
	if fs.Type != 0x01021994 { // tmpfs
		r.t.Skip("SKIPPED: /dev/shm is not in RAM here")
	}
	r.Env = append(r.Env, "XDG_RUNTIME_DIR="+dir)
	return filepath.Join(dir, "tscns")
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
			files, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, files, 1)
			info, err := files[0].Info()
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode())
			require.NotContains(t, files[0].Name(), r.set.Identity.Serial)

			// A damaged file costs a reading, and is whole again after it.
			path := filepath.Join(dir, files[0].Name())
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
	require.NoDirExists(t, dir)
	// Where the runtime directory is on a disk nothing is written either.
	require.NoError(t, os.Remove(conf))
	disk := t.TempDir()
	require.NoError(t, os.Chmod(disk, 0o700))
	var fs syscall.Statfs_t
	require.NoError(t, syscall.Statfs(disk, &fs))
	if fs.Type != 0x01021994 {
		r.signs("XDG_RUNTIME_DIR=" + disk)()
		require.NoDirExists(t, filepath.Join(disk, "tscns"))
	}
	require.NoDirExists(t, dir)
	r.signs()()
	require.DirExists(t, dir)
}

// TestCacheLeavesNoDescriptor: the cache's files are read and written without
// a descriptor that stays, and without the Go runtime's poller.
func TestCacheLeavesNoDescriptor(t *testing.T) {
	r := Start(t, Options{})
	dir := r.withRuntimeDir()
	if os.Getenv("XDG_RUNTIME_DIR") != filepath.Dir(dir) {
		inProcessOfItsOwn(t, "XDG_RUNTIME_DIR="+filepath.Dir(dir))
		return
	}
	own, other, err := os.Pipe() // this program's own poller, if it had none yet
	require.NoError(t, err)
	defer own.Close()
	defer other.Close()
	before := pollers(t)
	h := r.Load()
	s := h.Open()
	require.Len(t, h.Find(s, pkcs11.CKO_CERTIFICATE), 1)
	require.FileExists(t, filepath.Join(dir, firstName(t, dir)))
	require.Equal(t, before, pollers(t), "epoll and event descriptors")
	fds, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, fd := range fds {
		link, _ := os.Readlink("/proc/self/fd/" + fd.Name())
		require.False(t, strings.HasPrefix(link, dir), "%s is open", link)
	}
}

// inProcessOfItsOwn runs this test once more, alone, by the environment given:
// a library that was loaded before keeps what it was then.
func inProcessOfItsOwn(t *testing.T, env string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

func firstName(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files[0].Name()
}

// pollers counts the descriptors that a Go runtime makes for its poller.
func pollers(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	n := 0
	for _, fd := range fds {
		link, _ := os.Readlink("/proc/self/fd/" + fd.Name())
		if strings.Contains(link, "eventpoll") || strings.Contains(link, "eventfd") {
			n++
		}
	}
	return n
}

// TestRandomNumbersTakeNoTimer: a signature with a random salt makes the
// library's Go runtime open nothing either.
func TestRandomNumbersTakeNoTimer(t *testing.T) {
	r := Start(t, Options{})
	own, other, err := os.Pipe()
	require.NoError(t, err)
	defer own.Close()
	defer other.Close()
	before := pollers(t)
	h := r.Load()
	s := h.Open()
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
	_, err = h.SignWith(s, pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS_PSS,
		pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, 32)), []byte("messaggio"))
	require.NoError(t, err)
	require.Equal(t, before, pollers(t), "epoll and event descriptors")
}

// TestCachedCertificateIsTheCards: what a second program is given is what the
// card holds, byte for byte.
func TestCachedCertificateIsTheCards(t *testing.T) {
	r := Start(t, Options{})
	r.withRuntimeDir()
	for range 2 {
		out := filepath.Join(r.Dir, "read.der")
		r.Tool("pkcs11-tool", "opensc", "--module", r.Module, "--token-label", r.Token, "-r", "-y", "cert", "--label", r.Label, "-o", out).OK()
		require.True(t, bytes.Equal(r.CertDER, r.Read(out)))
	}
}
