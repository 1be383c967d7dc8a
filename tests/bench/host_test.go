// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
	"tscns/tests/kit"
)

// patience bounds every program.
const patience = 90 * time.Second

// values reads lines "name number ...".
func values(t *testing.T, text string) map[string]float64 {
	t.Helper()
	m := map[string]float64{}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) >= 2 {
			v, err := strconv.ParseFloat(fields[1], 64)
			require.NoError(t, err, line)
			m[fields[0]] = v
		}
	}
	return m
}

// measure runs the measuring program once.
func (s *fixture) measure(c contestant, env []string, mode string, more ...string) map[string]float64 {
	s.t.Helper()
	return values(s.t, s.Tool(s.host, "", append([]string{mode, c.module}, more...)...).With(env...).OK().Out)
}

// medians runs something several times and returns the median of each value.
func medians(times int, once func() map[string]float64) map[string]float64 {
	var list []map[string]float64
	for range times {
		list = append(list, once())
	}
	return mediansOf(list)
}

func mediansOf(list []map[string]float64) map[string]float64 {
	all := map[string][]float64{}
	for _, values := range list {
		for name, v := range values {
			all[name] = append(all[name], v)
		}
	}
	m := map[string]float64{}
	for name, list := range all {
		m[name] = median(list)
	}
	return m
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	if len(sorted) == 0 {
		return 0
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// phase is one part of an errand: what the card saw, and the time it took.
type phase struct {
	commands, bytes int
	wall            time.Duration
}

// model is the time that a real card would take.
func (p phase) model() time.Duration {
	return time.Duration(p.commands)*perCommand + time.Duration(p.bytes)*perByte
}

func (p phase) plus(q phase) phase {
	return phase{p.commands + q.commands, p.bytes + q.bytes, p.wall + q.wall}
}

// phases of an errand, in order.
var phases = []string{"list", "login", "first", "second"}

// errand is one run: certificate, login, two signatures, each checked.
type errand map[string]phase

// login is everything up to the first signature: what a web login takes.
func (e errand) login() phase { return e["list"].plus(e["login"]).plus(e["first"]) }

// errand runs one. The program waits after each part until it was counted.
func (s *fixture) errand(c contestant, env []string) errand {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := s.Tool(s.host, "", "errand", c.module, s.PIN).With(env...).Cmd(ctx)
	in, err := cmd.StdinPipe()
	require.NoError(s.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(s.t, err)
	var errs strings.Builder
	cmd.Stderr = &errs
	s.Card.Stats()
	require.NoError(s.t, cmd.Start())
	lines := bufio.NewScanner(out)
	e := errand{}
	for _, name := range phases {
		require.True(s.t, lines.Scan(), "%s, %s: %s", c.name, name, errs.String())
		fields := strings.Fields(lines.Text())
		require.Equal(s.t, name, fields[0])
		micros, err := strconv.ParseFloat(fields[1], 64)
		require.NoError(s.t, err)
		if len(fields) > 2 {
			s.checkSignature(fields[2])
		}
		n := s.Card.Stats()
		e[name] = phase{n.Commands, n.Received + n.Sent, time.Duration(micros * 1000)}
		_, err = io.WriteString(in, "go\n")
		require.NoError(s.t, err)
	}
	require.NoError(s.t, cmd.Wait(), errs.String())
	return e
}

func (s *fixture) checkSignature(text string) {
	s.t.Helper()
	signature, err := hex.DecodeString(text)
	require.NoError(s.t, err)
	sum := sha256.Sum256([]byte("messaggio"))
	require.NoError(s.t, rsa.VerifyPKCS1v15(s.PublicKey(), crypto.SHA256, sum[:], signature))
}

// errands repeats an errand, each time as another person, and returns the
// median times. What the card sees must be the same every time. With second
// set the errand of a person's second program is the one measured.
func (s *fixture) errands(c contestant, times int, second bool) errand {
	s.t.Helper()
	walls := map[string][]float64{}
	var e errand
	for i := range times {
		env := c.env(s.t)
		run := s.errand(c, env)
		if second {
			run = s.errand(c, env)
		}
		for name, p := range run {
			walls[name] = append(walls[name], float64(p.wall))
			if i > 0 && (p.commands != e[name].commands || p.bytes != e[name].bytes) {
				fmt.Fprintf(os.Stderr, "%s, %s: %v, not %v\n", c.name, name, p, e[name])
			}
		}
		e = run
	}
	for name, p := range e {
		p.wall = time.Duration(median(walls[name]))
		e[name] = p
	}
	return e
}

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
