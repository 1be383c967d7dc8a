// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"
)

// local is where a server on this machine listens.
func local(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// runStunnel fetches a page through the tunnel.
func runStunnel(f *fixture, command string) {
	Need(f.t, "stunnel", "stunnel4")
	f.needEngine()
	s, port := f.Server(tls.VersionTLS13), freePort(f.t)
	f.put("www.example.it:443", local(s.Port()))
	f.put("www.example.it", "localhost")
	f.put("127.0.0.1:8443", local(port))
	f.put("/etc/ssl/certs/ca-certificates.crt", f.CAFile)
	terminal := f.onTerminal(command)
	terminal.Answer("Enter PKCS#11 token PIN for "+f.Token, f.PIN+"\n")
	terminal.Until("Configuration successful")
	c, err := net.Dial("tcp", local(port))
	require.NoError(f.t, err)
	defer func() { _ = c.Close() }()
	_, err = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	require.NoError(f.t, err)
	f.OneLogin(s, tls.VersionTLS13)
	terminal.Stop()
}

func runGnuTLS(f *fixture, command string) {
	Need(f.t, "gnutls-cli", "gnutls-bin")
	s := f.Server(tls.VersionTLS13)
	f.put("www.example.it", fmt.Sprintf("--x509cafile '%s' -p %d localhost", f.CAFile, s.Port()))
	terminal := f.onTerminal(command)
	terminal.Answer("Enter PIN:", f.PIN+"\n")
	terminal.Until("Simple Client Mode")
	terminal.Type("GET / HTTP/1.0\n\n")
	terminal.Until(f.Holder)
	f.OneLogin(s, tls.VersionTLS13)
	terminal.Stop()
}

// runWPA logs in to hostapd's RADIUS server with wpa_supplicant's code
// (eapol_test), which needs no radio.
func runWPA(f *fixture, config string) {
	Need(f.t, "eapol_test", "eapoltest")
	Need(f.t, "hostapd", "hostapd")
	f.needEngine()
	port := freePort(f.t)
	users := f.File("eap_users", []byte("* TLS\n"))
	clients := f.File("radius_clients", []byte("127.0.0.1 secret\n"))
	server := f.File("hostapd.conf", []byte(fmt.Sprintf("driver=none\neap_server=1\neap_user_file=%s\nca_cert=%s\nserver_cert=%s\nprivate_key=%s\n"+
		"radius_server_clients=%s\nradius_server_auth_port=%d\n", users, f.CAFile, f.ServerFile, f.ServerFile, clients, port)))
	f.Tool("hostapd", "hostapd", "-dd", server).Start().WaitLog(f.t, "AP-ENABLED")
	config = strings.NewReplacer("mario@example.it", "mario", "radius.example.it", "localhost",
		"/etc/ssl/certs/ca-certificates.crt", f.CAFile).Replace(config)
	require.Equal(f.t, 1, strings.Count(config, "pin=\"\"\n"))
	config = strings.Replace(config, "pin=\"\"\n", "pin=\""+f.PIN+"\"\n", 1)
	file := f.File("wpa_supplicant.conf", []byte(config))
	f.shell("eapol_test -c "+file+" -a 127.0.0.1 -p "+fmt.Sprint(port)+" -s secret -t 20").OK().Has(f.t, "SUCCESS")
}

// runOpenConnect logs in to ocserv; no tunnel is made, which would need root.
func runOpenConnect(f *fixture, command string) {
	Need(f.t, "openconnect", "openconnect")
	Need(f.t, "ocserv", "ocserv")
	port := freePort(f.t)
	config := f.File("ocserv.conf", []byte(fmt.Sprintf("auth = \"certificate\"\ncert-user-oid = 2.5.4.3\ntcp-port = %d\nlisten-host = 127.0.0.1\n"+
		"socket-file = %s\nserver-cert = %s\nserver-key = %s\nca-cert = %s\nisolate-workers = false\nmax-clients = 4\nmax-same-clients = 4\n"+
		"device = vpns\nipv4-network = 192.168.77.0/24\nkeepalive = 300\ntry-mtu-discovery = false\ncisco-client-compat = true\n"+
		"run-as-user = root\nrun-as-group = root\npredictable-ips = true\nrekey-time = 172800\nauth-timeout = 40\n",
		port, filepath.Join(f.t.TempDir(), "socket"), f.ServerFile, f.ServerFile, f.CAFile)))
	s := f.Tool("ocserv", "ocserv", "--foreground", "--log-stderr", "-d", "3", "--config", config,
		"--pid-file", filepath.Join(f.Dir, "ocserv.pid")).Start()
	s.WaitLog(f.t, "listening (TCP)")
	f.put("vpn.example.it", fmt.Sprintf("--authenticate --cafile '%s' localhost:%d", f.CAFile, port))
	terminal := f.onTerminal(command)
	terminal.Answer("Enter PIN:", f.PIN+"\n")
	terminal.Until("COOKIE=")
	require.Zero(f.t, terminal.ExitCode())
}
