// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"debug/elf"
	"path/filepath"
	"testing"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
)

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
