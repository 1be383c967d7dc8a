// SPDX-License-Identifier: Apache-2.0

package secmem

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// flagsOf returns what the kernel says of the memory at an address (proc(5),
// VmFlags in smaps).
func flagsOf(t *testing.T, at uintptr) []string {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	defer f.Close()
	here := false
	for s := bufio.NewScanner(f); s.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(s.Text(), "%x-%x ", &from, &to); n == 2 {
			here = from <= at && at < to
		}
		if rest, found := strings.CutPrefix(s.Text(), "VmFlags:"); found && here {
			return strings.Fields(rest)
		}
	}
	t.Fatal("no such mapping")
	return nil
}

func TestWhatTheKernelKnows(t *testing.T) {
	b := Copy([]byte("1234567"))
	defer b.Free()
	flags := flagsOf(t, uintptr(unsafe.Pointer(&b.Bytes()[0])))
	require.Contains(t, flags, "dd", "not in core dumps")
	require.Contains(t, flags, "wf", "zero in forked processes")
	if !strings.Contains(strings.Join(flags, " "), "lo") {
		t.Log("not locked: the limit on locked memory forbids it (ulimit -l)")
	}
}

// A host may name memory that is not there: the fault passes through, and what
// was copied before it is wiped.
func TestCopyOfMemoryThatFaults(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	slot := take()
	pool.Lock()
	pool.free = append(pool.free, slot)
	free := len(pool.free)
	pool.Unlock()
	bad, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Munmap(bad)) }()
	require.Panics(t, func() { Copy(bad) })
	pool.Lock()
	defer pool.Unlock()
	require.Len(t, pool.free, free)
	require.Equal(t, make([]byte, Size), slot)
}
