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

// cookStunnel fetches a page through the tunnel.
func cookStunnel(k *kitchen, command string) {
	Need(k.t, "stunnel", "stunnel4")
	k.needEngine()
	s, port := k.Server(tls.VersionTLS13), freePort(k.t)
	k.put("www.example.it:443", local(s.Port()))
	k.put("www.example.it", "localhost")
	k.put("127.0.0.1:8443", local(port))
	k.put("/etc/ssl/certs/ca-certificates.crt", k.CAFile)
	terminal := k.onTerminal(command)
	terminal.answer("Enter PKCS#11 token PIN for "+k.Token, k.PIN)
	terminal.wait("Configuration successful")
	c, err := net.Dial("tcp", local(port))
	require.NoError(k.t, err)
	defer func() { _ = c.Close() }()
	_, err = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	require.NoError(k.t, err)
	k.OneLogin(s, tls.VersionTLS13)
	terminal.stop()
}

func cookGnuTLS(k *kitchen, command string) {
	Need(k.t, "gnutls-cli", "gnutls-bin")
	s := k.Server(tls.VersionTLS13)
	k.put("www.example.it", fmt.Sprintf("--x509cafile '%s' -p %d localhost", k.CAFile, s.Port()))
	terminal := k.onTerminal(command)
	terminal.answer("Enter PIN:", k.PIN)
	terminal.answer("Simple Client Mode", "GET / HTTP/1.0\n")
	terminal.wait(k.Holder)
	k.OneLogin(s, tls.VersionTLS13)
	terminal.stop()
}

// cookWPA logs in to hostapd's RADIUS server with wpa_supplicant's code
// (eapol_test), which needs no radio.
func cookWPA(k *kitchen, config string) {
	Need(k.t, "eapol_test", "eapoltest")
	Need(k.t, "hostapd", "hostapd")
	k.needEngine()
	port := freePort(k.t)
	users := k.File("eap_users", []byte("* TLS\n"))
	clients := k.File("radius_clients", []byte("127.0.0.1 secret\n"))
	server := k.File("hostapd.conf", []byte(fmt.Sprintf("driver=none\neap_server=1\neap_user_file=%s\nca_cert=%s\nserver_cert=%s\nprivate_key=%s\n"+
		"radius_server_clients=%s\nradius_server_auth_port=%d\n", users, k.CAFile, k.ServerFile, k.ServerFile, clients, port)))
	k.Tool("hostapd", "hostapd", "-dd", server).Start().WaitLog(k.t, "AP-ENABLED")
	config = strings.NewReplacer("mario@example.it", "mario", "radius.example.it", "localhost",
		"/etc/ssl/certs/ca-certificates.crt", k.CAFile).Replace(config)
	require.Equal(k.t, 1, strings.Count(config, "pin=\"\"\n"))
	config = strings.Replace(config, "pin=\"\"\n", "pin=\""+k.PIN+"\"\n", 1)
	file := k.File("wpa_supplicant.conf", []byte(config))
	k.cook("eapol_test -c "+file+" -a 127.0.0.1 -p "+fmt.Sprint(port)+" -s secret -t 20").OK().Has(k.t, "SUCCESS")
}

// cookOpenConnect logs in to ocserv; no tunnel is made, which would need root.
func cookOpenConnect(k *kitchen, command string) {
	Need(k.t, "openconnect", "openconnect")
	Need(k.t, "ocserv", "ocserv")
	port := freePort(k.t)
	config := k.File("ocserv.conf", []byte(fmt.Sprintf("auth = \"certificate\"\ncert-user-oid = 2.5.4.3\ntcp-port = %d\nlisten-host = 127.0.0.1\n"+
		"socket-file = %s\nserver-cert = %s\nserver-key = %s\nca-cert = %s\nisolate-workers = false\nmax-clients = 4\nmax-same-clients = 4\n"+
		"device = vpns\nipv4-network = 192.168.77.0/24\nkeepalive = 300\ntry-mtu-discovery = false\ncisco-client-compat = true\n"+
		"run-as-user = root\nrun-as-group = root\npredictable-ips = true\nrekey-time = 172800\nauth-timeout = 40\n",
		port, filepath.Join(k.t.TempDir(), "socket"), k.ServerFile, k.ServerFile, k.CAFile)))
	s := k.Tool("ocserv", "ocserv", "--foreground", "--log-stderr", "-d", "3", "--config", config,
		"--pid-file", filepath.Join(k.Dir, "ocserv.pid")).Start()
	s.WaitLog(k.t, "listening (TCP)")
	k.put("vpn.example.it", fmt.Sprintf("--authenticate --cafile '%s' localhost:%d", k.CAFile, port))
	terminal := k.onTerminal(command)
	terminal.answer("Enter PIN:", k.PIN)
	terminal.wait("COOKIE=")
	terminal.end()
}
