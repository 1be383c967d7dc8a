// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/conformance"
	"tscns/tests/kit"
)

// exported lists the names that a library defines for others, in order.
func exported(t *testing.T, path string) []string {
	t.Helper()
	file, err := elf.Open(path)
	require.NoError(t, err)
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	require.NoError(t, err)
	var names []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && elf.ST_BIND(s.Info) != elf.STB_LOCAL {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}

func TestExportedSymbols(t *testing.T) {
	require.Equal(t, conformance.Names(), exported(t, kit.Module(t)))
}

func TestPlainBuildExportsTheFunctionsToo(t *testing.T) {
	require.Subset(t, exported(t, plain(t, kit.Shipped)), conformance.Names())
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
