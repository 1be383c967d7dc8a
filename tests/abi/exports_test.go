// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/conformance"
	"tscns/tests/kit"
)

func TestExportedSymbols(t *testing.T) {
	require.Equal(t, conformance.Names(), kit.Exported(t, kit.Module(t)))
}

func TestPlainBuildExportsTheFunctionsToo(t *testing.T) {
	require.Subset(t, kit.Exported(t, plain(t, kit.Shipped)), conformance.Names())
}

// A host finds these on every system it can have; libpthread and libdl are
// part of libc since glibc 2.34. libpcsclite is not among them: without it the
// library loads and has empty slots.
func TestNeededLibraries(t *testing.T) {
	file, err := elf.Open(kit.Module(t))
	require.NoError(t, err)
	defer file.Close()
	needed, err := file.ImportedLibraries()
	require.NoError(t, err)
	require.Contains(t, needed, "libc.so.6")
	require.Subset(t, []string{"libc.so.6", "libpthread.so.0", "libdl.so.2"}, needed)
}

func dependencies(t *testing.T, pkg string) string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", pkg)
	cmd.Dir = kit.Top()
	out, err := cmd.Output()
	require.NoError(t, err)
	return string(out)
}

// The shipped library holds no simulated card and no double: neither in what
// it is built of, nor in its bytes.
func TestNoSimulatorInside(t *testing.T) {
	require.NotContains(t, dependencies(t, kit.Shipped), "tscns/tests/")
	text, err := os.ReadFile(kit.Module(t))
	require.NoError(t, err)
	require.True(t, bytes.Contains(text, []byte("tscns/module.")), "no package names in this build to look for")
	for _, name := range []string{"tscns/tests/", "simcard", "simreader", "TSCNS_SIMCARD"} {
		require.False(t, bytes.Contains(text, []byte(name)), "%q is in the library", name)
	}
	// What proves that the search can fail: the builds that do hold them.
	require.Contains(t, dependencies(t, kit.Simulated), "tscns/simcard")
	for path, name := range map[string]string{kit.SimModule(t): "tscns/tests/doubles/simcard", plain(t, echo): "tscns/tests/doubles/echo"} {
		with, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, bytes.Contains(with, []byte(name)), "%q is not in %s", name, path)
	}
}

// object compiles a C file of the library and returns the names that it
// defines for others and those that it takes from them.
func object(t *testing.T, source string) (defined, wanted []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "object.o")
	out, err := exec.Command(kit.Compiler(t), "-c", "-Wall", "-Wextra", "-Werror", "-o", path, source).CombinedOutput()
	require.NoError(t, err, "%s", out)
	file, err := elf.Open(path)
	require.NoError(t, err)
	defer file.Close()
	symbols, err := file.Symbols()
	require.NoError(t, err)
	for _, s := range symbols {
		switch {
		case elf.ST_BIND(s.Info) == elf.STB_LOCAL:
		case s.Section == elf.SHN_UNDEF:
			wanted = append(wanted, s.Name)
		default:
			defined = append(defined, s.Name)
		}
	}
	return defined, wanted
}

// The C files have an order in which each uses only those before it. shim.c,
// which needs what cgo makes, is above all: what it defines is C_*.
func TestCFilesHaveNoCircle(t *testing.T) {
	sources, err := filepath.Glob(filepath.Join(kit.Top(), "pkcs11export", "*.c"))
	require.NoError(t, err)
	owner, wants := map[string]string{}, map[string][]string{}
	for _, source := range sources {
		name := filepath.Base(source)
		if name == "shim.c" || strings.HasSuffix(name, "_windows.c") {
			continue
		}
		defined, wanted := object(t, source)
		for _, symbol := range defined {
			owner[symbol] = name
		}
		wants[name] = wanted
	}
	uses := map[string]map[string]bool{}
	for name, symbols := range wants {
		uses[name] = map[string]bool{}
		for _, symbol := range symbols {
			require.False(t, strings.HasPrefix(symbol, "C_"), "%s calls %s, of shim.c", name, symbol)
			if of := owner[symbol]; of != "" {
				uses[name][of] = true
			}
		}
	}
	require.True(t, uses["load.c"]["start.c"], "the test sees no use at all")
	for len(uses) > 0 {
		lowest := slices.DeleteFunc(slices.Collect(maps.Keys(uses)), func(name string) bool { return len(uses[name]) > 0 })
		require.NotEmpty(t, lowest, "a circle among %v", uses)
		for _, name := range lowest {
			delete(uses, name)
			for _, of := range uses {
				delete(of, name)
			}
		}
	}
}

// What hardening-check(1) looks for, of the files as build.sh makes them, and
// printed at the end of the tests.
func TestHardening(t *testing.T) {
	var table strings.Builder
	for _, path := range []string{kit.Module(t), kit.Command(t, "tscns")} {
		text, err := kit.Hardening(path)
		require.NoError(t, err)
		fmt.Fprintf(&table, "hardening: %s: %s\n", filepath.Base(path), text)
	}
	t.Log(table.String())
	if path := os.Getenv("TSCNS_HARDENING"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(table.String()), 0o600))
	}
	// That the check can fail: what a plain go build makes.
	_, err := kit.Hardening(plain(t, kit.Shipped))
	require.ErrorContains(t, err, "all bound before the first call")
}

// The command takes no signature with SHA-1 from a site, where its Go can refuse.
func TestNoSHA1InTLS(t *testing.T) {
	info, err := buildinfo.ReadFile(kit.Command(t, "tscns"))
	require.NoError(t, err)
	if strings.HasPrefix(info.GoVersion, "go1.24") {
		t.Skip("SKIPPED: Go 1.24 cannot be told")
	}
	for _, s := range info.Settings {
		if s.Key == "DefaultGODEBUG" {
			require.Contains(t, strings.Split(s.Value, ","), "tlssha1=0")
			return
		}
	}
	require.Fail(t, "no DefaultGODEBUG")
}
