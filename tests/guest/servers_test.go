// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// handshakes is how many connections each server gets, from a few clients at
// once, TLS 1.2 and 1.3 in turn, without resumption: each is a signature of
// the token.
const (
	handshakes = 100
	clients    = 4
)

// connect makes one handshake with a server and fetches a page.
func connect(d *daemon, version uint16, certificate []byte) (page string, err error) {
	dialer := &net.Dialer{Timeout: 20 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp4", fmt.Sprintf("127.0.0.1:%d", d.port), &tls.Config{
		MinVersion: version, MaxVersion: version,
		InsecureSkipVerify: true, // the holder's certificate names no server; it is compared as a whole
		VerifyConnection: func(s tls.ConnectionState) error {
			if !bytes.Equal(s.PeerCertificates[0].Raw, certificate) {
				return errors.New("another certificate")
			}
			return nil
		},
	})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || !strings.HasPrefix(string(text), "servito")) {
		err = fmt.Errorf("%s: %q", response.Status, text)
	}
	return string(text), err
}

// outcome is what the clients saw.
type outcome struct {
	mu      sync.Mutex
	lost    []error
	busy    time.Duration
	slowest time.Duration
	pages   map[string]int
}

func (o *outcome) add(page string, err error, took time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.busy += took
	o.slowest = max(o.slowest, took)
	if err != nil {
		o.lost = append(o.lost, err)
		return
	}
	o.pages[page]++
}

// serve has the server answer, with a reload in the middle while the clients
// go on, and reports.
func serve(t *testing.T, d *daemon, k token, reload func()) {
	t.Helper()
	o := &outcome{pages: map[string]int{}}
	var next atomic.Int32
	half := make(chan struct{})
	var group sync.WaitGroup
	begin := time.Now()
	for range clients {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := next.Add(1) - 1; i < handshakes; i = next.Add(1) - 1 {
				if i == handshakes/2 {
					close(half)
				}
				begin := time.Now()
				page, err := connect(d, []uint16{tls.VersionTLS12, tls.VersionTLS13}[i%2], k.der)
				o.add(page, err, time.Since(begin))
			}
		}()
	}
	<-half
	reload()
	group.Wait()
	t.Logf("%d of %d handshakes in %.2f s, %.1f ms each, the slowest %.0f ms; pages: %d kinds",
		handshakes-len(o.lost), handshakes, time.Since(begin).Seconds(),
		o.busy.Seconds()*1000/handshakes, o.slowest.Seconds()*1000, len(o.pages))
	require.Empty(t, o.lost, "handshakes lost")
	_, err := connect(d, tls.VersionTLS13, k.der) // by the new generation alone
	require.NoError(t, err)
	k.check()
}

// renewed sends the signal that makes a server replace its children, and
// waits until none of the old ones is left.
func (d *daemon) renewed(s syscall.Signal, children int) {
	d.t.Helper()
	before := d.children()
	require.NoError(d.t, syscall.Kill(d.pid, s))
	d.until("a new generation of children", func() bool {
		now := d.children()
		for pid := range now {
			if before[pid] {
				return false
			}
		}
		return len(now) >= children
	})
}

// initialisedEngine has OpenSSL initialise the engine when it is loaded: nginx
// asks it for the key without doing so, which libp11's engine up to 0.4.12 put
// up with, whatever the module.
const initialisedEngine = `openssl_conf = openssl_init
[openssl_init]
engines = engines
[engines]
pkcs11 = engine
[engine]
engine_id = pkcs11
init = 1
`

// server prepares a server with the card's key: a directory, and a port.
func server(t *testing.T) (*daemon, token) {
	if out, err := exec.Command(e2e.Need(t, "openssl", "openssl"), "engine", "pkcs11").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: OpenSSL engine pkcs11 not installed (package libengine-pkcs11-openssl): %s", out)
	}
	d := newDaemon(t)
	k := cardKey(t, d)
	k.env = append(k.env, "OPENSSL_CONF="+d.file("engine.cnf", initialisedEngine))
	return d, k
}

// nginx loads the key, forks into the background, forks its workers; at a
// reload it loads the key again and forks new ones.
func TestNginx(t *testing.T) {
	program := e2e.Need(t, "nginx", "nginx-light")
	d, k := server(t)
	var kept strings.Builder
	for _, setting := range k.env {
		fmt.Fprintf(&kept, "env %s;\n", setting)
	}
	var temp strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path %s/%s;\n", kind, d.dir, kind)
	}
	conf := d.file("nginx.conf", fmt.Sprintf(`
pid %s; error_log %s info; worker_processes 2; ssl_engine pkcs11;
%sevents {}
http {
access_log off; ssl_session_cache off; ssl_session_tickets off; keepalive_timeout 0;
%sserver { listen 127.0.0.1:%d ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate %s; ssl_certificate_key "engine:pkcs11:%s";
location / { default_type text/plain; return 200 "servito da $pid"; } } }
`, d.pidFile, d.logFile, kept.String(), temp.String(), d.port, k.certificate, k.key))
	d.start(k.env, program, "-c", conf, "-e", d.logFile)
	d.until("two workers", func() bool { return len(d.children()) == 2 })
	serve(t, d, k, func() { d.renewed(syscall.SIGHUP, 2) })
}

// Apache reads its configuration twice, forks into the background and forks
// children; the event MPM's children serve in threads.
func TestApachePrefork(t *testing.T) { testApache(t, "prefork") }
func TestApacheEvent(t *testing.T)   { testApache(t, "event") }

func testApache(t *testing.T, mpm string) {
	t.Helper()
	program := e2e.Need(t, "apache2", "apache2-bin")
	const modules = "/usr/lib/apache2/modules/"
	d, k := server(t)
	d.file("index.html", "servito\n")
	var load strings.Builder
	for _, module := range []string{"mpm_" + mpm, "authz_core", "ssl", "dir"} {
		fmt.Fprintf(&load, "LoadModule %s_module %smod_%s.so\n", module, modules, module)
	}
	conf := d.file("apache.conf", fmt.Sprintf(`
ServerRoot %[1]s
DefaultRuntimeDir %[1]s
PidFile %[2]s
ErrorLog %[3]s
ServerName localhost
%[4]s
Listen 127.0.0.1:%[5]d
StartServers 3
SSLCryptoDevice pkcs11
SSLSessionCache none
SSLSessionTickets off
DocumentRoot %[1]s
DirectoryIndex index.html
SSLEngine on
SSLCertificateFile %[6]s
SSLCertificateKeyFile "%[7]s"
`, d.dir, d.pidFile, d.logFile, load.String(), d.port, k.certificate, k.key))
	d.start(k.env, program, "-f", conf, "-k", "start")
	d.until("children", func() bool { return len(d.children()) >= 2 })
	serve(t, d, k, func() { d.renewed(syscall.SIGUSR1, 2) }) // graceful
}
