// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
	"tscns/tests/kit"
)

// Model of a real card: what a TS-CNS took for a command, and for each byte of
// command and answer (public measurement, quoted in docs/performance.md).
const (
	perCommand = 11 * time.Millisecond
	perByte    = 90 * time.Microsecond
)

// paced is a card that takes its time.
type paced struct{ *simcard.Card }

func (p paced) Transmit(command []byte) []byte {
	answer := p.Card.Transmit(command)
	time.Sleep(perCommand + time.Duration(len(command)+len(answer))*perByte)
	return answer
}

// contestant is a module with what it needs.
type contestant struct {
	name   string
	module string
	env    func(t *testing.T) []string // for one person; another call is another person
	card   bool                        // it uses the card in the reader
}

// fixture is a reader with a card, and a SoftHSM with the same key.
type fixture struct {
	*e2e.Rig
	t    *testing.T
	key  *rsa.PrivateKey
	host string // the measuring program
}

func newFixture(t *testing.T) *fixture {
	s := &fixture{t: t}
	s.Rig = e2e.Start(t, e2e.Options{Family: simcard.FamilyB2, Change: func(o *simcard.Options) { s.key = o.Authentication.Key }})
	s.host = kit.Program(t, "tests/bench/c/host.c", "-O2")
	return s
}

// ram makes a runtime directory as the login service does.
func ram(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "tscns-bench-")
	if err != nil {
		t.Skipf("SKIPPED: no directory in RAM: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (s *fixture) ours() contestant {
	return contestant{"tscns", s.Module, func(t *testing.T) []string { return []string{"XDG_RUNTIME_DIR=" + ram(t)} }, true}
}

// extended is ours with reads in extended commands, which a person asks for in
// the configuration.
func (s *fixture) extended() contestant {
	c := s.ours()
	env := c.env
	c.env = func(t *testing.T) []string {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "tscns"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "tscns", "tscns.conf"), []byte("reads = extended\n"), 0o644))
		return append(env(t), "XDG_CONFIG_HOME="+dir)
	}
	return c
}

// openSC is Debian's OpenSC. vpcd does not say that it carries extended
// commands, as readers do that a card of this kind needs: so it is told.
func (s *fixture) openSC(name, more string) contestant {
	return s.openSCAt(kit.NeedFile(s.t, "opensc-pkcs11.so", "opensc-pkcs11", "/usr/lib/*/opensc-pkcs11.so", "/usr/lib64/opensc-pkcs11.so", "/usr/lib/opensc-pkcs11.so"), name, more)
}

func (s *fixture) openSCAt(path, name, more string) contestant {
	conf := s.File("opensc-"+strings.ReplaceAll(name, " ", "-")+".conf",
		fmt.Appendf(nil, "app default {\n reader_driver pcsc { max_send_size = 65535; max_recv_size = 65536; }\n %s\n}\n", more))
	return contestant{name, path, func(t *testing.T) []string {
		return []string{"OPENSC_CONF=" + conf, "HOME=" + t.TempDir()}
	}, true}
}

// softHSM holds the card's key and certificate in a file: no card at all.
func (s *fixture) softHSM() contestant {
	path := kit.NeedFile(s.t, "libsofthsm2.so", "softhsm2", "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
	tokens := filepath.Join(s.Dir, "tokens")
	require.NoError(s.t, os.Mkdir(tokens, 0o700))
	env := []string{"SOFTHSM2_CONF=" + s.File("softhsm2.conf", []byte("directories.tokendir = "+tokens+"\nobjectstore.backend = file\nlog.level = ERROR\n"))}
	der, err := x509.MarshalPKCS8PrivateKey(s.key)
	require.NoError(s.t, err)
	key := s.File("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	cert := s.File("card.der", s.CertDER)
	util := func(args ...string) { s.Tool("softhsm2-util", "softhsm2", args...).With(env...).OK() }
	util("--init-token", "--free", "--label", s.Token, "--pin", s.PIN, "--so-pin", s.PUK)
	util("--import", key, "--token", s.Token, "--label", s.Label, "--id", "01", "--pin", s.PIN)
	s.Tool("pkcs11-tool", "opensc", "--module", path, "--token-label", s.Token, "--login", "--pin", s.PIN, "--write-object", cert,
		"--type", "cert", "--id", "01", "--label", s.Label).With(env...).OK()
	return contestant{"SoftHSM", path, func(*testing.T) []string { return env }, false}
}

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }
