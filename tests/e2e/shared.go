// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/simcard/pki"
	"tscns/simcard/vpcd"
)

// shared is what the tests of a process have in common: the library that was
// built, and the PC/SC services.
var shared struct {
	dir      string                 // removed by Main
	build    func() (string, error) // the library
	buildSim func() (string, error) // the library with the card inside
	demo     func() (string, error) // tests/demo
	service  *pcscd.Service         // with one reader
	bare     *pcscd.Service         // without a reader
	services sync.Mutex
}

// Reader describes the reader of every rig with one, and the service's pace;
// a package sets it before Main.
var Reader = pcscd.Options{Readers: 1}

// Main runs the tests of a package that uses rigs, from its TestMain, and
// cleans up after them. It returns the exit code.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tscns-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shared.dir = dir
	shared.build = sync.OnceValues(func() (string, error) { return buildLibrary("tscns-pkcs11.so", "") })
	shared.buildSim = sync.OnceValues(func() (string, error) { return buildLibrary("tscns-pkcs11-sim.so", "./tests/doubles/simcard") })
	shared.demo = sync.OnceValues(func() (string, error) {
		dir, err := root()
		if err != nil {
			return "", err
		}
		return goBuild(dir, "demo", "./tests/demo")
	})
	code := m.Run()
	for _, s := range []*pcscd.Service{shared.service, shared.bare} {
		if s == nil {
			continue
		}
		if err := s.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

// Module returns the path of the library under test: TSCNS_MODULE, or one
// that is built once for the process.
func Module(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("TSCNS_MODULE"); path != "" {
		return path
	}
	path, err := shared.build()
	require.NoError(t, err)
	return path
}

// SimModule returns the path of the library with the simulated card inside:
// TSCNS_SIM_MODULE, or one that is built once for the process.
func SimModule(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("TSCNS_SIM_MODULE"); path != "" {
		return path
	}
	path, err := shared.buildSim()
	require.NoError(t, err)
	return path
}

// Demo returns the path of the demo, which is built once for the process.
func Demo(t *testing.T) string {
	t.Helper()
	path, err := shared.demo()
	require.NoError(t, err)
	return path
}

// root returns the project's directory.
func root() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "tscns").Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w", err)
	}
	return string(out[:len(out)-1]), nil
}

// buildLibrary makes a library with the flags of the one that is shipped, which
// is the package where pkg is empty.
func buildLibrary(name, pkg string) (string, error) {
	dir, err := root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(shared.dir, name)
	command := exec.Command("./build.sh", "module", path, pkg)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build.sh module: %w\n%s", err, out)
	}
	return path, nil
}

// goBuild builds a package of the project and returns the path of what came.
func goBuild(dir, name, pkg string, args ...string) (string, error) {
	path := filepath.Join(shared.dir, name)
	command := exec.Command("go", append(append([]string{"build", "-trimpath", "-buildvcs=false", "-o", path}, args...), pkg)...)
	command.Dir = dir
	command.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// start starts one of the services, once, or skips the test.
func start(t *testing.T, service **pcscd.Service, o pcscd.Options) *pcscd.Service {
	t.Helper()
	shared.services.Lock()
	defer shared.services.Unlock()
	if *service == nil {
		dir, err := os.MkdirTemp(shared.dir, "pcscd")
		require.NoError(t, err)
		s, err := pcscd.StartWith(dir, o)
		if errors.Is(err, pcscd.ErrMissing) {
			t.Skipf("SKIPPED: %v (packages pcscd, vsmartcard-vpcd)", err)
		}
		require.NoError(t, err)
		*service = s
	}
	return *service
}

// systemReader is the environment variable that has rigs use the system's own
// PC/SC service: the address of a virtual reader (vpcd) in it.
const systemReader = "TSCNS_SYSTEM_READER"

// systemService returns the system's PC/SC service, once.
func systemService() *pcscd.Service {
	shared.services.Lock()
	defer shared.services.Unlock()
	if shared.service == nil {
		shared.service = pcscd.System()
		ReaderName = "Virtual PCD 00 00" // as vsmartcard-vpcd installs it
	}
	return shared.service
}

// plug makes the PC/SC service of a rig ready and returns its address.
func (r *Rig) plug(reading Reading) string {
	r.t.Helper()
	if address := os.Getenv(systemReader); address != "" {
		service := systemService()
		r.Reader = vpcd.New(address)
		require.NoError(r.t, service.WaitCard(ReaderName, false, patience))
		if reading == WithCard {
			r.Insert()
		}
		return service.Socket()
	}
	if reading == NoReader {
		return start(r.t, &shared.bare, pcscd.Options{}).Socket()
	}
	service := start(r.t, &shared.service, Reader)
	r.Reader = vpcd.New(service.Slot(0, 0))
	require.NoError(r.t, service.WaitCard(ReaderName, false, patience), "the card of the test before")
	if reading == WithCard {
		r.Insert()
	}
	return service.Socket()
}

// ReaderName is the PC/SC name of the reader of every rig.
var ReaderName = pcscd.ReaderName(0, 0)

// Service returns the PC/SC service of a rig with a reader.
func (r *Rig) Service() *pcscd.Service { return shared.service }

// Insert puts the card into the reader and waits until the service sees it.
func (r *Rig) Insert() {
	r.t.Helper()
	r.InsertAs(r.Gate)
}

// InsertAs is Insert with something around the card, which slows it down, say.
func (r *Rig) InsertAs(card vpcd.Card) {
	r.t.Helper()
	r.Reader.Insert(card)
	require.NoError(r.t, shared.service.WaitCard(ReaderName, true, patience))
}

// Remove takes it out and waits until the service sees that.
func (r *Rig) Remove() {
	r.t.Helper()
	r.Reader.Remove()
	require.NoError(r.t, shared.service.WaitCard(ReaderName, false, patience))
}

// RemoveInSignature takes the card out while it works on the next signature,
// which it does not finish.
func (r *Rig) RemoveInSignature(start func()) {
	r.t.Helper()
	reached, release := r.Gate.Hold(vpcd.IsSignature)
	defer release()
	start()
	select {
	case <-reached:
	case <-time.After(patience):
		r.t.Fatal("no signature was asked of the card")
	}
	r.Remove()
}

func serviceLog() string {
	if shared.service == nil {
		return "not started\n"
	}
	log := shared.service.Log()
	const most = 8000 // bytes
	return log[max(0, len(log)-most):]
}

var (
	setsMu sync.Mutex
	sets   = map[int]*pki.Set{}
)

// demoSet returns the authority, holder and server for keys of a size, in
// bits; made once for the process.
func demoSet(bits int) (*pki.Set, error) {
	setsMu.Lock()
	defer setsMu.Unlock()
	if set := sets[bits]; set != nil {
		return set, nil
	}
	set, err := pki.NewSet(pki.IdentityOptions{Bits: bits})
	if err == nil {
		sets[bits] = set
	}
	return set, err
}
