// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// machine is another person on another machine, as far as one computer can
// play it: another user, who has neither the card nor the PC/SC service, and
// reaches the owner of the card by ssh alone.
type machine struct {
	*Rig           // runs programs as that user; its Module is p11-kit's proxy
	there *Rig     // runs programs there without p11-kit's module file
	owner []string // the arguments of ssh
}

// otherMachine makes it, with a module file of p11-kit that runs "p11-kit
// remote" over ssh.
func (r *Rig) otherMachine() machine {
	r.t.Helper()
	if os.Geteuid() != 0 {
		r.t.Skip("SKIPPED: only root can run programs as another user")
	}
	other, err := user.Lookup("nobody")
	if err != nil {
		r.t.Skip("SKIPPED: this system has no user nobody")
	}
	uid, err := strconv.Atoi(other.Uid)
	require.NoError(r.t, err)
	gid, err := strconv.Atoi(other.Gid)
	require.NoError(r.t, err)
	require.NoError(r.t, os.Chmod(filepath.Dir(r.Dir), 0o711))
	home := filepath.Join(r.Dir, "other")
	require.NoError(r.t, os.Mkdir(home, 0o700))
	require.NoError(r.t, os.Chown(home, uid, gid))

	there := *r
	there.Dir, there.Home = home, home
	there.Env = append(append([]string{}, r.Env...), "HOME="+home, "TMPDIR="+home)
	there.wrap = []string{Need(r.t, "setpriv", "util-linux"), "--reuid=" + other.Uid, "--regid=" + other.Gid, "--clear-groups"}
	there.CAFile = there.File("ca.pem", r.Read(r.CAFile))
	require.NoError(r.t, os.Chown(there.CAFile, uid, gid))

	key := filepath.Join(home, "id")
	there.Tool("ssh-keygen", "openssh-client", "-q", "-t", "ed25519", "-N", "", "-f", key).OK()
	me, err := user.Current()
	require.NoError(r.t, err)
	m := machine{there: &there, owner: []string{"-i", key, "-F", "/dev/null", "-p", fmt.Sprint(r.sshd(string(r.Read(key + ".pub")))),
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentityFile=none",
		"-o", "PasswordAuthentication=no", me.Username + "@127.0.0.1"}}

	command := append([]string{Need(r.t, "ssh", "openssh-client")}, m.owner...)
	for _, setting := range r.Env {
		if strings.HasPrefix(setting, "PCSCLITE_CSOCK_NAME=") {
			command = append(command, "env", setting) // the owner's PC/SC service is a private one here
		}
	}
	Need(r.t, "p11-kit", "p11-kit")
	file := fromPage(r.t, "other-machine", "ssh mario@host.example.it", strings.Join(command, " "), installedModule, r.Module) + "\n"

	here := there
	here.wrap = append(r.privateModules(file, `exec "$0" "$@"`).line(), there.wrap...)
	here.Module = needFile(r.t, "p11-kit-proxy.so", "libp11-kit0", "/usr/lib/*/p11-kit-proxy.so", "/usr/lib64/p11-kit-proxy.so", "/usr/lib/p11-kit-proxy.so")
	m.Rig = &here
	return m
}

// line is the command as a list of words.
func (c *Command) line() []string { return append([]string{c.path}, c.args...) }

// TestOtherMachine: a card in a reader of one machine is used on another, over
// ssh, by programs that know nothing of it.
func TestOtherMachine(t *testing.T) {
	r := Start(t, Options{})
	m := r.otherMachine()
	m.there.Tool("ssh", "openssh-client", append(m.owner, "echo REACHED-$((40+2))")...).OK().Has(t, "REACHED-42")
	alone := m.there.Tool("pkcs11-tool", "opensc", "--module", r.Module, "-L").Run()
	require.NotContains(t, alone.Text(), r.Token, "the card cannot be reached without the owner")

	tool := func(args ...string) *Command {
		return m.Tool("pkcs11-tool", "opensc", append([]string{"--module", m.Module, "--token-label", m.Token}, args...)...)
	}
	m.Tool("p11-kit", "p11-kit", "list-modules").OK().Has(t, "tscns", "token: "+m.Token)
	tool("-O", "--login", "--pin", m.PIN).OK().Has(t, "Private Key Object; RSA", m.Label)

	in, out := filepath.Join(m.Dir, "message"), filepath.Join(m.Dir, "message.sig")
	m.Tool("sh", "dash", "-c", "printf messaggio >"+in).OK()
	tool("--login", "--pin", m.PIN, "--sign", "-m", "SHA256-RSA-PKCS", "--label", m.Label, "-i", in, "-o", out).OK()
	digest := sha256.Sum256([]byte("messaggio"))
	require.NoError(t, rsa.VerifyPKCS1v15(m.PublicKey(), crypto.SHA256, digest[:], m.Read(out)))

	wrong := strings.Repeat("9", len(m.PIN))
	tool("-O", "--login", "--pin", wrong).Run().Has(t, "CKR_PIN_INCORRECT")
	r.WrongPINs(1)

	m.needEngine()
	for _, version := range bothVersions {
		s := r.Server(version)
		m.curl(s.URL("localhost")).OK().Has(t, r.Holder)
		require.True(t, isPSS(r.OneLogin(s, version).Signature))
	}
	r.WrongPINs(1)
}
