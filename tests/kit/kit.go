// SPDX-License-Identifier: Apache-2.0

// Package kit builds what tests run: the library, the project's programs and C
// programs that use the library. It also makes the identities of simulated
// cards. Each is made once for a test process, in a directory that Main
// removes.
package kit

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/simcard/pki"
)

// Patience bounds every wait of a test for a program or a service. None needs a
// tenth of it on an idle machine.
const Patience = 60 * time.Second

var process struct {
	dir   string   // removed by Main
	built sync.Map // by key, a func() (string, error)

	servicesMu sync.Mutex
	services   map[pcscd.Options]*pcscd.Service // stopped by Main
}

// Main runs the tests of a package whose tests build something, from its
// TestMain, and removes what they built. It returns the exit code.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tscns-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	process.dir = dir
	code := m.Run()
	for _, s := range process.services {
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

// TempDir makes a directory that lasts as long as the test process.
func TempDir() (string, error) {
	if process.dir == "" {
		return "", fmt.Errorf("kit: TestMain of this package does not call kit.Main")
	}
	return os.MkdirTemp(process.dir, "")
}

// once returns the path of a file that create makes at the first call with a
// key.
func once(key, name string, create func(path string) error) (string, error) {
	made, _ := process.built.LoadOrStore(key, sync.OnceValues(func() (string, error) {
		dir, err := TempDir()
		if err != nil {
			return "", err
		}
		path := filepath.Join(dir, name)
		return path, create(path)
	}))
	return made.(func() (string, error))()
}

// Service starts a PC/SC service that ends with the test, or skips the test
// where it is not installed.
func Service(t testing.TB, dir string, o pcscd.Options) *pcscd.Service {
	t.Helper()
	s := startService(t, dir, o)
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// SharedService returns the PC/SC service that all tests of the process share,
// one for each set of options, or skips the test where it is not installed.
func SharedService(t testing.TB, o pcscd.Options) *pcscd.Service {
	t.Helper()
	process.servicesMu.Lock()
	defer process.servicesMu.Unlock()
	if process.services[o] == nil {
		dir, err := TempDir()
		require.NoError(t, err)
		if process.services == nil {
			process.services = map[pcscd.Options]*pcscd.Service{}
		}
		process.services[o] = startService(t, dir, o)
	}
	return process.services[o]
}

func startService(t testing.TB, dir string, o pcscd.Options) *pcscd.Service {
	t.Helper()
	s, err := pcscd.StartWith(dir, o)
	if errors.Is(err, pcscd.ErrMissing) {
		t.Skipf("SKIPPED: %v (packages pcscd, vsmartcard-vpcd)", err)
	}
	require.NoError(t, err)
	return s
}

// Top returns the root of the sources: the directory with go.mod, at or above
// the working directory.
var Top = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			err = os.ErrNotExist
		}
		dir = filepath.Dir(dir)
	}
	panic(err)
})

var (
	setsMu sync.Mutex
	sets   = map[int]*pki.Set{} // by bits
)

// Set returns an authority, a card holder with a key of a size in bits, and a
// server. They are made once for the process and not to be changed.
func Set(bits int) (*pki.Set, error) {
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

// Encipherment returns a certificate of the card holder's key that lets the key
// decrypt, too (keyEncipherment).
func Encipherment(set *pki.Set) ([]byte, error) {
	own, err := x509.ParseCertificate(set.Identity.Certificate)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(4711), Subject: own.Subject,
		NotBefore: own.NotBefore, NotAfter: own.NotAfter, ExtKeyUsage: own.ExtKeyUsage,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
	return x509.CreateCertificate(rand.Reader, template, set.Authority.Certificate, &set.Identity.Key.PublicKey, set.Authority.Key)
}
