// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOpenVPN has a tunnel's client prove itself with the card. No network
// interface is made (--dev null). The PIN is asked over OpenVPN's management
// interface, as its graphical front ends do.
func TestOpenVPN(t *testing.T) {
	r := Start(t, Options{})
	openvpn := func(args ...string) *Command { return r.Tool("openvpn", "openvpn", args...) }
	ids := openvpn("--show-pkcs11-ids", r.Module).Run()
	found := regexp.MustCompile(`Serialized id:\s*(\S+)`).FindStringSubmatch(ids.Text())
	if found == nil && strings.Contains(ids.Text(), "Unrecognized option") {
		t.Skip("SKIPPED: this openvpn was built without PKCS#11")
	}
	require.NotNil(t, found, ids.Text())

	port := fmt.Sprint(freePort(t))
	common := []string{"--dev", "null", "--ifconfig-noexec", "--verb", "3", "--ca", r.CAFile}
	server := openvpn(append(common, "--proto", "tcp-server", "--local", "127.0.0.1", "--port", port, "--tls-server", "--dh", "none",
		"--cert", r.ServerFile, "--key", r.ServerFile)...).Start()
	server.WaitLog(t, "Listening for incoming TCP connection")

	management := filepath.Join(r.Dir, "management")
	listener, err := net.Listen("unix", management)
	require.NoError(t, err)
	defer listener.Close()
	client := openvpn(append(common, "--proto", "tcp-client", "--remote", "127.0.0.1", port, "--tls-client", "--nobind",
		"--pkcs11-providers", r.Module, "--pkcs11-id", found[1], "--remote-cert-eku", "TLS Web Server Authentication",
		"--management", management, "unix", "--management-client", "--management-query-passwords")...).Start()
	answerPIN(t, listener, r.PIN)
	client.WaitLog(t, "Control Channel: TLSv1.3")
	server.WaitLog(t, "VERIFY OK: depth=0")
	server.WaitLog(t, r.Holder)
	require.NotZero(t, r.Signatures())
}

// answerPIN waits for OpenVPN's question and gives the PIN.
func answerPIN(t *testing.T, listener net.Listener, pin string) {
	t.Helper()
	require.NoError(t, listener.(*net.UnixListener).SetDeadline(time.Now().Add(patience)))
	conn, err := listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	question := regexp.MustCompile(`^>PASSWORD:Need '([^']*)' password`)
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if name := question.FindStringSubmatch(lines.Text()); name != nil {
			require.Contains(t, name[1], TokenLabel, "the question names the token")
			_, err := fmt.Fprintf(conn, "password \"%s\" %s\n", name[1], pin)
			require.NoError(t, err)
			return
		}
	}
	t.Fatal("OpenVPN did not ask for the PIN")
}
