// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Website is one server of nginx or Apache: how it is configured, but for the
// port. The files that it names are below a directory of the test that [WebDir]
// returns.
type Website string

// WebDir makes a directory that web servers may read, whoever they run as.
func WebDir(t testing.TB) string {
	t.Helper()
	// Below t.TempDir() lie directories that only their owner may enter.
	dir, err := os.MkdirTemp("", "web")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// nobody is who a web server runs as where the tests run as root.
const nobody = 65534

// Nginx starts nginx with a server for each site and returns their ports, or
// skips the test where it is not installed. It ends with the test.
func Nginx(t testing.TB, sites ...Website) []int {
	t.Helper()
	program := Need(t, "nginx-light", "nginx")
	dir := serverDir(t)
	var conf strings.Builder
	fmt.Fprintf(&conf, "pid %[1]s/pid; error_log %[1]s/error.log notice; daemon off; worker_processes 1;\nevents {}\nhttp {\n"+
		"access_log off; ssl_session_cache off; ssl_session_tickets off; default_type text/html;\n", dir)
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&conf, "%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	ports := FreePorts(t, len(sites))
	for i, s := range sites {
		fmt.Fprintf(&conf, "server { listen 127.0.0.1:%d ssl;\n%s\n}\n", ports[i], s)
	}
	conf.WriteString("}\n")
	serveSites(t, dir, ports, program, "-e", dir+"/error.log", "-c", writeServed(t, dir, "nginx.conf", conf.String()))
	return ports
}

// Apache starts Apache with a virtual host for each site and returns their
// ports, or skips the test where it is not installed. It ends with the test.
func Apache(t testing.TB, sites ...Website) []int {
	t.Helper()
	program := Need(t, "apache2-bin", "apache2")
	dir := serverDir(t)
	var conf strings.Builder
	for _, module := range []string{"mpm_event", "authz_core", "ssl", "dir", "alias"} {
		fmt.Fprintf(&conf, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", module, module)
	}
	fmt.Fprintf(&conf, "ServerRoot %[1]s\nDefaultRuntimeDir %[1]s\nPidFile %[1]s/pid\nErrorLog %[1]s/error.log\nLogLevel notice\nServerName localhost\n"+
		"SSLSessionCache none\nSSLSessionTickets off\nDirectoryIndex index.html\n", dir)
	ports := FreePorts(t, len(sites))
	for i, s := range sites {
		fmt.Fprintf(&conf, "Listen 127.0.0.1:%d\n<VirtualHost 127.0.0.1:%[1]d>\nSSLEngine on\n%s\n</VirtualHost>\n", ports[i], s)
	}
	serveSites(t, dir, ports, program, "-X", "-f", writeServed(t, dir, "apache.conf", conf.String()))
	return ports
}

func serverDir(t testing.TB) string {
	t.Helper()
	dir := WebDir(t)
	if os.Getuid() == 0 {
		require.NoError(t, os.Chown(dir, nobody, nobody))
	}
	return dir
}

func writeServed(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// serveSites runs a server in the foreground until the end of the test, and
// returns once it listens.
func serveSites(t testing.TB, dir string, ports []int, program string, args ...string) {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(Patience / 4):
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of the group
		<-ended
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Logf("%s printed: %s\nthe end of its log: %s", filepath.Base(program), log.String(), text[max(0, len(text)-2000):])
		}
	})
	for _, port := range ports {
		require.Eventually(t, func() bool {
			select {
			case <-ended:
				require.FailNow(t, "the server ended", log.String())
			default:
			}
			c, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				_ = c.Close()
			}
			return err == nil
		}, Patience, 10*time.Millisecond, "port %d", port)
	}
}
