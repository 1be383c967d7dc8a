// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sshd starts a server that lets in who has one of the public keys, and returns
// its port.
func (r *Rig) sshd(keys string) int {
	r.t.Helper()
	sshd := Need(r.t, "sshd", "openssh-server")
	if os.Geteuid() == 0 {
		// Debian's sshd wants its directory for the separation of privileges.
		require.NoError(r.t, os.MkdirAll("/run/sshd", 0o755))
	}
	host := filepath.Join(r.Dir, "host")
	if _, err := os.Stat(host); err != nil {
		r.Tool("ssh-keygen", "openssh-client", "-q", "-t", "ed25519", "-N", "", "-f", host).OK()
	}
	authorized := r.File("authorized_keys", []byte(keys))
	port := freePort(r.t)
	config := r.File("sshd_config", []byte(fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\n"+
		"StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nPermitRootLogin yes\n"+
		"PidFile none\nLogLevel VERBOSE\n", port, host, authorized)))
	s := r.Tool(sshd, "openssh-server", "-D", "-e", "-f", config).Start()
	s.WaitLog(r.t, "Server listening on 127.0.0.1")
	return port
}

// freePort returns a port of 127.0.0.1 that nobody listens on, for programs
// that cannot choose one themselves. It is below the range from which Linux
// gives ports to connections (32768 on), so that none takes it in between.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			require.NoError(t, l.Close())
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// askpass makes a program that answers every question with the PIN and notes
// that it was asked. It returns the environment that has ssh call it.
func (r *Rig) askpass() (env []string, asked func() int) {
	r.t.Helper()
	log := filepath.Join(r.Dir, "askpass.log")
	script := r.File("askpass", []byte(fmt.Sprintf("#!/bin/sh\necho \"$*\" >>'%s'\necho %s\n", log, r.PIN)))
	require.NoError(r.t, os.Chmod(script, 0o700))
	return []string{"SSH_ASKPASS=" + script, "SSH_ASKPASS_REQUIRE=force"}, func() int {
		text, err := os.ReadFile(log)
		if os.IsNotExist(err) {
			return 0
		}
		require.NoError(r.t, err)
		return strings.Count(string(text), "\n")
	}
}
