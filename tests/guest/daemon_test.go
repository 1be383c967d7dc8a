// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/kit"
)

// nobody is who servers run as where the tests run as root: Apache refuses to
// serve as root.
const nobody = 65534

// token is what holds a server's key, and how to reach it.
type token struct {
	env         []string
	key         string // URI with the PIN
	certificate string // file
	der         []byte
	check       func() // at the end
}

// daemon is a server that puts itself into the background.
type daemon struct {
	t       *testing.T
	dir     string
	port    int
	pidFile string
	logFile string
	pid     int
}

// newDaemon makes a directory that a server may write to, and finds a port.
func newDaemon(t *testing.T) *daemon {
	t.Helper()
	// Below t.TempDir() lie directories that only their owner may enter.
	dir, err := os.MkdirTemp("", "guest")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	give(t, dir)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	d := &daemon{t: t, dir: dir, port: listener.Addr().(*net.TCPAddr).Port}
	d.pidFile, d.logFile = filepath.Join(dir, "pid"), filepath.Join(dir, "error.log")
	return d
}

// give makes nobody the owner of a path where the tests run as root.
func give(t *testing.T, path string) {
	t.Helper()
	if os.Getuid() == 0 {
		require.NoError(t, os.Chown(path, nobody, nobody))
		require.NoError(t, os.Chmod(path, 0o755))
	}
}

// file writes a file that the server may read.
func (d *daemon) file(name, content string) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	require.NoError(d.t, os.WriteFile(path, []byte(content), 0o644))
	give(d.t, path)
	return path
}

// command prepares a program that runs as the server does.
func (d *daemon) command(env []string, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + d.dir, "TMPDIR=" + d.dir, "LANG=C.UTF-8"}, env...)
	cmd.Dir = d.dir
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// start runs the program, which ends when the server is in the background,
// and waits until the server has written its process number.
func (d *daemon) start(env []string, program string, args ...string) {
	d.t.Helper()
	log, err := os.Create(filepath.Join(d.dir, "start.log"))
	require.NoError(d.t, err)
	defer log.Close()
	cmd := d.command(env, program, args...)
	cmd.Stdout, cmd.Stderr = log, log // a file: the server keeps it open
	d.t.Cleanup(func() {
		d.stop()
		if d.t.Failed() {
			d.t.Log("the server's log:\n", d.log())
		}
	})
	require.NoError(d.t, cmd.Run())
	d.until("its process number", func() bool {
		text, err := os.ReadFile(d.pidFile)
		if err != nil {
			return false
		}
		d.pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
}

// log returns what the server said.
func (d *daemon) log() string {
	start, _ := os.ReadFile(filepath.Join(d.dir, "start.log"))
	text, _ := os.ReadFile(d.logFile)
	return string(start) + string(text)
}

// until waits for a condition.
func (d *daemon) until(what string, met func() bool) {
	d.t.Helper()
	require.Eventually(d.t, met, kit.Patience, 5*time.Millisecond, what)
}

// children lists the processes whose parent is the server.
func (d *daemon) children() map[int]bool {
	list := map[int]bool{}
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		_, after, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(after)
		if len(fields) > 1 && fields[0] != "Z" && fields[1] == strconv.Itoa(d.pid) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			list[pid] = true
		}
	}
	return list
}

// stop ends the server and its children.
func (d *daemon) stop() {
	if d.pid == 0 {
		return
	}
	workers := d.children()
	workers[d.pid] = true
	_ = syscall.Kill(d.pid, syscall.SIGTERM)
	gone := func() bool {
		for pid := range workers {
			if syscall.Kill(pid, 0) == nil && !zombie(pid) {
				return false
			}
		}
		return true
	}
	if !assert.Eventually(d.t, gone, 10*time.Second, 5*time.Millisecond, "the server does not end at SIGTERM") {
		for pid := range workers {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func zombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(text), ") ")
	return err != nil || strings.HasPrefix(after, "Z")
}

// cardKey is that of the card in a rig's reader.
func cardKey(t *testing.T, d *daemon) token {
	t.Helper()
	r := e2e.Start(t, e2e.Options{})
	module := d.file("tscns-pkcs11.so", string(r.Read(r.Module)))
	if os.Getuid() == 0 { // as the socket of the system's service is
		socket := r.Service().Socket()
		require.NoError(t, os.Chmod(filepath.Dir(socket), 0o711))
		require.NoError(t, os.Chmod(socket, 0o666))
	}
	return token{
		key: r.URI("private") + ";pin-value=" + r.PIN, certificate: d.file("certificate.pem", string(r.Read(r.CertFile))), der: r.CertDER,
		env: append(r.Service().Env(), "PKCS11_MODULE_PATH="+module),
		check: func() {
			require.Zero(t, r.CountWrongPINs())
			t.Logf("%d signatures by the card, %d commands with a PIN", r.Signatures(), r.PINCommands())
		},
	}
}
