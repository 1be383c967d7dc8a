// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/kit"
)

// limit is how long a host program may run before it counts as hanging.
const limit = 90 * time.Second

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// echo is the package of a library whose backend is a double.
const echo = "./tests/doubles/echo"

// plain is a build of the library without any flag of the linker.
func plain(t *testing.T, pkg string) string {
	t.Helper()
	return kit.GoModule(t, pkg)
}

// program compiles a program of c/. It exports its functions to the library.
func program(t *testing.T, name string) string {
	t.Helper()
	return kit.Program(t, "tests/abi/c/"+name+".c", "-rdynamic")
}

// run runs a program and returns what it printed.
func run(t *testing.T, env []string, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // a child of a killed program may hold its output open
	err := cmd.Run()
	require.NoError(t, ctx.Err(), "hangs:\n%s", out.String())
	require.NoError(t, err, "%s", out.String())
	return out.String()
}

// report runs a program that prints "ok" at its end, and logs what else it
// prints.
func report(t *testing.T, env []string, bin string, args ...string) {
	t.Helper()
	out := run(t, env, bin, args...)
	text, found := strings.CutSuffix(out, "ok\n")
	require.True(t, found, "%s", out)
	if text != "" {
		t.Log(strings.TrimSpace(text))
	}
}

// compile compiles a C program that a test made.
func compile(t *testing.T, source string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.c")
	require.NoError(t, os.WriteFile(path, []byte(source), 0o600))
	return kit.Program(t, path, flags...)
}

func TestWithoutPCSCLibrary(t *testing.T) { report(t, nil, program(t, "nopcsc"), kit.Module(t)) }

func TestDescriptorsAndSignalMasks(t *testing.T) { report(t, nil, program(t, "guest"), kit.Module(t)) }

// The build without the linker script shows more names and behaves the same. Its
// conformance items: tests/conformance/built.
func TestPlainBuild(t *testing.T) {
	for _, name := range []string{"fallback", "guest"} {
		t.Run(name, func(t *testing.T) { report(t, nil, program(t, name), plain(t, kit.Shipped)) })
	}
}

// Nothing grows: threads, descriptors, memory.
func TestCyclesLeaveNothing(t *testing.T) {
	bin, lib, setting := program(t, "cycles"), kit.SimModule(t), card(t)
	for _, scene := range []string{"cycles", "unload", "threads", "exit"} {
		t.Run(scene, func(t *testing.T) { report(t, []string{setting}, bin, lib, scene) })
	}
}

// The Go runtime has no descriptor that its host could close under it.
func TestHostClosesDescriptors(t *testing.T) {
	report(t, nil, program(t, "closing"), plain(t, echo), "double")
}

// Every handler of the host is reached, whenever it was set and whatever stack
// it wants.
func TestSignalHandlersOfTheHost(t *testing.T) {
	bin, lib := program(t, "signals"), kit.Module(t)
	for _, when := range []string{"before", "after", "later"} {
		for _, stack := range []string{"own", "alternate"} {
			t.Run(when+" "+stack, func(t *testing.T) { report(t, nil, bin, lib, when, stack) })
		}
	}
}

func TestInterruptDuringWait(t *testing.T) {
	report(t, nil, program(t, "interrupt"), kit.Module(t))
}

// A call that waits for a card keeps no signal from the host: Ctrl-C ends the
// program, a handler runs at once and on its own stack, may make calls, fork
// and leave by longjmp.
func TestSignalsWhileTheCardWorks(t *testing.T) {
	report(t, nil, program(t, "pending"), plain(t, echo))
}

// Showers of signals whose handlers want more stack than Go has: SIGALRM
// stands for those that are masked in Go code, the others cannot be.
func TestShowersOfSignals(t *testing.T) {
	bin, lib, setting := program(t, "storm"), kit.SimModule(t), card(t)
	for _, s := range []syscall.Signal{syscall.SIGALRM, syscall.SIGCHLD, syscall.SIGPROF, syscall.SIGURG} {
		for _, when := range []string{"before", "after"} {
			t.Run(s.String()+" "+when, func(t *testing.T) {
				report(t, []string{setting}, bin, lib, fmt.Sprint(int(s)), when, "2")
			})
		}
	}
}

// constructors returns how many functions the dynamic linker calls at load.
func constructors(t *testing.T, path string) uint64 {
	t.Helper()
	file, err := elf.Open(path)
	require.NoError(t, err)
	defer file.Close()
	size, err := file.DynValue(elf.DT_INIT_ARRAYSZ)
	require.NoError(t, err)
	require.Len(t, size, 1)
	if file.Class == elf.ELFCLASS32 {
		return size[0] / 4
	}
	return size[0] / 8
}

// The linker script took one function out of the list, the one that starts the
// Go runtime, and a plain build has it there.
func TestRuntimeIsNotStartedAtLoad(t *testing.T) {
	require.Equal(t, constructors(t, plain(t, kit.Shipped))-1, constructors(t, kit.Module(t)))
}

func TestRuntimeStartsInInitialize(t *testing.T) {
	report(t, nil, program(t, "lazy"), kit.Module(t), filepath.Join(t.TempDir(), "trace"))
}

// A system that is too narrow gets an error; a Go runtime that cannot start
// would end the host.
func TestNarrowSystems(t *testing.T) {
	report(t, []string{card(t)}, program(t, "limits"), kit.SimModule(t))
}

func TestForkedChildrenWithoutMemoryFiles(t *testing.T) {
	report(t, nil, program(t, "fallback"), kit.Module(t))
}

// card makes a simulated card for programs that start often: its key is made
// here, once.
func card(t *testing.T) (setting string) {
	t.Helper()
	set, err := kit.Set(simcard.KeyBits(simcard.FamilyB2))
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "card")
	require.NoError(t, simcard.Save(dir, simcard.ForIdentity(simcard.FamilyB2, set.Identity), set))
	return "TSCNS_SIMCARD=" + dir
}

// Children that use the card. Many signatures make sure that the garbage
// collector runs in the child: an inherited runtime would wait there for its
// threads for ever.
func TestForkedChildrenSign(t *testing.T) {
	lib, setting, bin := kit.SimModule(t), card(t), program(t, "forksign")
	for _, scene := range []struct{ name, size string }{
		{"early", "3"},     // fork before the parent's C_Initialize
		{"idle", "1"},      // after it
		{"idle", "150"},    // the garbage collector runs in the child
		{"finalize", "10"}, // C_Finalize in the child
		{"thread", "50"},   // a new thread of the child
		{"chain", "40"},    // children of children
		{"busy", "20"},     // four threads of the parent sign
		{"looking", "50"},  // ... look at the slots
		{"starting", "50"}, // ... initialise and finalise
	} {
		t.Run(scene.name+" "+scene.size, func(t *testing.T) {
			report(t, []string{setting}, bin, lib, scene.name, scene.size)
		})
	}
}

// The build without any flag of the linker, whose Go runtime starts at load.
func TestPlainBuildWithCard(t *testing.T) {
	lib, setting := plain(t, kit.Simulated), card(t)
	for _, c := range [][]string{
		{"forksign", "early", "3"}, {"forksign", "idle", "150"}, {"forksign", "chain", "5"}, {"forksign", "busy", "5"},
		{"storm", "14", "after", "1"}, {"storm", "17", "after", "1"}, {"cycles", "cycles"}, {"cycles", "exit"},
	} {
		t.Run(strings.Join(c, " "), func(t *testing.T) {
			report(t, []string{setting}, program(t, c[0]), append([]string{lib}, c[1:]...)...)
		})
	}
	// A small walk with bad arguments in every state of the login.
	walker := kit.Program(t, "tests/conformance/c/walker.c")
	last := filepath.Join(t.TempDir(), "last")
	require.NoError(t, os.WriteFile(last, make([]byte, 4096), 0o600))
	report(t, []string{setting, "WALKS=5"}, walker, lib, last, "wild")
	report(t, nil, program(t, "signals"), plain(t, kit.Shipped), "before", "own")
}
