// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/kit"
)

// hostOf compiles a host of tests/abi, which exports its functions to the library.
func hostOf(t *testing.T, name string) string {
	t.Helper()
	return kit.Program(t, "tests/abi/c/"+name+".c", "-rdynamic")
}

// report runs a program that says "ok" at its end, and logs what else it says.
func report(t *testing.T, c *e2e.Command) {
	t.Helper()
	result := c.OK().Has(t, "ok\n")
	t.Log(strings.TrimSpace(result.Err))
}

// Forked children over a real PC/SC service, whose client library they inherit
// with its locks.
func TestForkedChildren(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	bin := hostOf(t, "forksign")
	for _, scene := range []struct{ name, size string }{
		{"early", "3"}, {"idle", "1"}, {"idle", "120"}, {"finalize", "3"}, {"thread", "20"}, {"chain", "5"},
		{"signing", "10"},  // four threads of the parent sign, with the same card
		{"looking", "50"},  // ... look at the slots
		{"starting", "50"}, // ... open and release connections to the service
	} {
		r.Run(scene.name+" "+scene.size, func(t *testing.T, r *e2e.Rig) {
			report(t, r.Tool(bin, "", r.Module, scene.name, scene.size))
		})
	}
}

// The same where the children inherit the PC/SC library of the parent with its
// one lock, since the file that it came from is gone: a fork waits until no
// thread is opening or releasing a connection, or the child would hang.
func TestForkWhileConnectionsOpen(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	dir := t.TempDir()
	for _, pattern := range []string{"/usr/lib/*/libpcsclite*.so.1", "/usr/lib64/libpcsclite*.so.1", "/usr/lib/libpcsclite*.so.1"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(file)), r.Read(file), 0o755))
		}
	}
	library := filepath.Join(dir, "libpcsclite_real.so.1") // since version 2
	if _, err := os.Stat(library); err != nil {
		library = filepath.Join(dir, "libpcsclite.so.1")
	}
	report(t, r.Tool(hostOf(t, "forksign"), "", r.Module, "starting", "50").With("LD_LIBRARY_PATH="+dir, "UNLINK="+library))
}

func TestInterruptDuringWait(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	report(t, r.Tool(hostOf(t, "interrupt"), "", r.Module))
}

func TestOpenSCForkTest(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	r.Tool("pkcs11-tool", "opensc", "--module", r.Module, "--test-fork").OK().
		Has(t, "Calling C_Initialize in forked child process")
}

// Nothing grows over a real PC/SC service.
func TestCyclesLeaveNothing(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	bin := hostOf(t, "cycles")
	for _, scene := range []string{"unload", "exit"} { // cycles: tests/faults/built
		r.Run(scene, func(t *testing.T, r *e2e.Rig) { report(t, r.Tool(bin, "", r.Module, scene)) })
	}
}

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// A host in Go, this one, goes on being scheduled by its own runtime, whose signal
// the runtime of the library takes over: it collects garbage while goroutines run
// in loops without a call, which the runtime can only stop by a SIGURG to itself.
func TestGoHostIsPreempted(t *testing.T) {
	h := e2e.Start(t, e2e.Options{}).Load()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var over atomic.Bool
	defer over.Store(true)
	for range 4 {
		go func() {
			for !over.Load() { // compiled to an instruction
			}
		}()
	}
	for range 20 {
		time.Sleep(time.Millisecond)
		runtime.GC()
		_, err := h.GetSlotList(false)
		require.NoError(t, err)
	}
}

// Java's virtual machine lives by SIGSEGV (null checks, stack guards) and ends
// at a signal that it does not know. The threads have small stacks.
func TestJava(t *testing.T) {
	const packageJava = "openjdk-17-jdk-headless"
	r := e2e.Start(t, e2e.Options{})
	source, err := filepath.Abs("java/Guest.java")
	require.NoError(t, err)
	config := r.File("tscns.cfg", fmt.Appendf(nil, "name = TSCNS\nlibrary = %s\n", r.Module))
	r.Tool("javac", packageJava, "-J-Duser.home="+r.Home, "-d", r.Dir, source).OK()
	before := r.Signatures()
	result := r.Tool("java", packageJava, "-Duser.home="+r.Home, "-Xss512k", "-cp", r.Dir, "Guest", config, r.PIN, "8", "50").OK().
		Has(t, "400 of 400 signatures")
	require.Equal(t, before+400, r.Signatures())
	t.Logf("%s in %v", strings.ReplaceAll(strings.TrimSpace(result.Out), "\n", ", "), result.Duration)
}
