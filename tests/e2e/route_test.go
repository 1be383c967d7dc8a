// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// routed are the tests that take the path of a module: they pass by each route
// as they do without one.
var routed = []struct {
	name string
	test func(*testing.T)
}{
	{"Token", TestToken},
	{"Removal", TestRemoval},
	{"TwoPrograms", TestTwoPrograms},
	{"Curl", TestCurl},
	{"CurlWrongPIN", TestCurlWrongPIN},
	{"OpenSSLClient", TestOpenSSLClient},
	{"OpenSSLServerSees", TestOpenSSLServerSees},
	{"OpenSSLSigns", TestOpenSSLSigns},
	{"GnuTLS", TestGnuTLS},
	{"NSSTools", TestNSSTools},
	{"Java", TestJava},
	{"PKCS11Tool", TestPKCS11Tool},
	{"GoCrypto11", TestGoCrypto11},
}

// TestThroughSocketUnit: the suite as a program in a sandbox runs it.
func TestThroughSocketUnit(t *testing.T) {
	for _, c := range routed {
		t.Run(c.name, func(t *testing.T) { BySocketUnit.On(t, c.test) })
	}
	for _, name := range []string{"openssl-dgst", "openssl-cms", "openssl-engine-cnf", "ssh-key", "ssh", "ssh-agent", "git-ssh", "pdfsig", "sign-pdf", "openvpn"} {
		t.Run("recipe "+name, func(t *testing.T) { BySocketUnit.On(t, recipe(name)) })
	}
}

// recipe is the test of one of docs/recipes.md.
func recipe(name string) func(*testing.T) {
	return func(t *testing.T) {
		list := blocksOf(t, recipePages[0])
		i := slices.IndexFunc(list, func(b block) bool { return b.name == name })
		require.GreaterOrEqual(t, i, 0, name)
		options := Options{}
		if recipeRunners[name].signature {
			options = TwoTokens(t)
		}
		recipeRunners[name].run(newFixture(Start(t, options)), list[i].text)
	}
}

// TestThroughServer: the part of it that shows how p11-kit's server differs.
func TestThroughServer(t *testing.T) {
	for _, c := range []struct {
		name  string
		route Route
		test  func(*testing.T)
	}{
		{"library Removal", ByServer, TestRemoval},
		{"library Curl", ByServer, TestCurl},
		{"library NSSTools", ByServer, TestNSSTools},
		{"token PKCS11Tool", ByTokenServer, TestPKCS11Tool},
		{"token Curl", ByTokenServer, TestCurl},
		{"token GnuTLS", ByTokenServer, TestGnuTLS},
		{"token PDFSig", ByTokenServer, recipe("pdfsig")},
	} {
		t.Run(c.name, func(t *testing.T) { c.route.On(t, c.test) })
	}
}

// TestUnits: systemd finds nothing wrong with the units. TestFlatpak runs them.
func TestUnits(t *testing.T) {
	r := Start(t, Options{Reading: NoService})
	Need(t, "p11-kit", "p11-kit") // which the service runs
	socket, service := r.units()
	verdict := r.Tool("systemd-analyze", "systemd", "--user", "--man=no", "verify", socket, service).With("XDG_RUNTIME_DIR=" + r.Dir).OK()
	require.Empty(t, verdict.Text())
}

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
	here.Module = r.p11kitProxy()
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

func (r *Rig) p11kitProxy() string {
	r.t.Helper()
	return kit.NeedFile(r.t, "p11-kit-proxy.so", "libp11-kit0", "/usr/lib/*/p11-kit-proxy.so", "/usr/lib64/p11-kit-proxy.so", "/usr/lib/p11-kit-proxy.so")
}

const p11kitModules = "/usr/share/p11-kit/modules"

// privateModules prepares a shell command that sees, and nobody else does,
// one file in p11-kit's directory of modules, or none for no content.
func (r *Rig) privateModules(content, script string) *Command {
	r.t.Helper()
	unshare := []string{"-m"}
	if os.Geteuid() != 0 {
		unshare = []string{"-U", "-r", "-m"}
	}
	if r.Tool("unshare", "util-linux", append(unshare, "true")...).Run().Code != 0 {
		r.t.Skip("SKIPPED: this system lets nobody make a mount namespace (unshare -m)")
	}
	unshare = append(unshare, r.isolate...)
	if _, err := os.Stat(p11kitModules); err != nil {
		r.t.Skip("SKIPPED: p11-kit modules not installed (package p11-kit-modules)")
	}
	dir, err := os.MkdirTemp(r.Dir, "modules")
	require.NoError(r.t, err)
	require.NoError(r.t, os.Chmod(dir, 0o755)) // for programs of every user
	if content != "" {
		require.NoError(r.t, os.WriteFile(filepath.Join(dir, "tscns.module"), []byte(content), 0o644))
	}
	mount := fmt.Sprintf("mount --bind '%s' %s && %s", dir, p11kitModules, script)
	return r.Tool("unshare", "util-linux", append(unshare, "sh", "-c", mount)...)
}

// packaged returns the file that a package installs for p11-kit, with the
// path of the library under test.
func (r *Rig) packaged() string {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(kit.Top(), "packaging", "p11-kit", "*.module"))
	require.NoError(r.t, err)
	require.Len(r.t, files, 1)
	var lines []string
	found := false
	for _, line := range strings.Split(string(r.Read(files[0])), "\n") {
		if strings.HasPrefix(line, "module:") {
			line, found = "module: "+r.Module, true
		}
		lines = append(lines, line)
	}
	require.True(r.t, found, "a line module:")
	return strings.Join(lines, "\n")
}

// TestP11KitRegistered: with the packaged file every program that goes through
// p11-kit finds the card.
func TestP11KitRegistered(t *testing.T) {
	r := Start(t, Options{})
	Need(t, "p11-kit", "p11-kit")
	file := r.packaged()
	r.privateModules(file, "p11-kit list-modules").OK().Has(t, r.Module, "token: "+r.Token)
	r.Run("p11tool", func(t *testing.T, r *Rig) {
		Need(t, "p11tool", "gnutls-bin")
		r.privateModules(file, "p11tool --batch --list-all '"+r.TokenURI()+"'").OK().Has(t, "Type: X.509 Certificate", r.Label)
	})
	r.Run("curl finds it by URI alone", func(t *testing.T, r *Rig) {
		r.needEngine()
		s := r.Server(tls.VersionTLS13)
		Need(t, "curl", "curl")
		script := fmt.Sprintf("curl -sS --max-time 45 --noproxy '*' --cacert %s --engine pkcs11 --cert-type ENG --cert '%s' --key-type ENG --key '%s;pin-value=%s' %s",
			r.CAFile, r.URI("cert"), r.URI("private"), r.PIN, s.URL("localhost"))
		r.privateModules(file, script).OK().Has(t, r.Holder)
		r.OneLogin(s, tls.VersionTLS13)
	})
}
