// SPDX-License-Identifier: Apache-2.0

package library

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// planted compiles the attacker's library, which makes a file when it is loaded.
func planted(t *testing.T, taken string) string {
	t.Helper()
	return host(t, "planted", "-shared", "-fPIC", "-nostdlib", "-Wl,--as-needed", fmt.Sprintf("-DTAKEN=%q", taken))
}

const (
	worked = "0x0\n"
	failed = "0x6\n" // CKR_FUNCTION_FAILED
)

// A child whose root directory is another one starts the library from what its
// parent had loaded, or gets an error. What lies at the library's path there,
// or at that of the PC/SC library, is not loaded.
func TestOwnerOfARootDirectoryRunsCodeInTheHost(t *testing.T) {
	needsRoot(t)
	evil := planted(t, "/taken")
	for _, c := range []struct {
		name string
		proc bool
		want string
		// plant puts the attacker's library to where it hopes it is loaded from.
		plant func(t *testing.T, root, lib string)
	}{
		{"nothing is there", false, failed, func(*testing.T, string, string) {}},
		{"at the library's path", false, failed, func(t *testing.T, root, lib string) {
			plantAt(t, evil, filepath.Join(root, lib))
		}},
		{"at the library's path, with proc", true, worked, func(t *testing.T, root, lib string) {
			plantAt(t, evil, filepath.Join(root, lib))
		}},
		{"in a directory that looks like proc", false, failed, func(t *testing.T, root, _ string) {
			for fd := range 32 {
				plantAt(t, evil, filepath.Join(root, "proc/self/fd", fmt.Sprint(fd)))
			}
		}},
		{"in a directory that a link calls proc", false, failed, func(t *testing.T, root, _ string) {
			for fd := range 32 {
				plantAt(t, evil, filepath.Join(root, "other/self/fd", fmt.Sprint(fd)))
			}
			require.NoError(t, os.RemoveAll(filepath.Join(root, "proc")))
			require.NoError(t, os.Symlink("other", filepath.Join(root, "proc")))
		}},
		{"at the PC/SC library's path", true, worked, func(t *testing.T, root, _ string) {
			for _, dir := range []string{"lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64", "lib", "usr/lib"} {
				for _, name := range []string{"libpcsclite.so.1", "libpcsclite.so.1.0.0", "libpcsclite_real.so.1"} {
					plantAt(t, evil, filepath.Join(root, dir, name))
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lib := place(t, open(t), kit.Module(t))
			root, proc := t.TempDir(), "-"
			require.NoError(t, os.Mkdir(filepath.Join(root, "proc"), 0o755))
			if c.proc {
				proc = filepath.Join(root, "proc")
			}
			c.plant(t, root, lib)
			out, code := run(t, false, nil, host(t, "chroot"), lib, root, proc)
			if code == 77 {
				t.Skip("SKIPPED: no file system can be mounted here")
			}
			require.NoFileExists(t, filepath.Join(root, "taken"), "the attacker's library was loaded")
			require.Zero(t, code, out)
			require.Equal(t, c.want, strings.TrimPrefix(out, "\n"))
		})
	}
}

func plantAt(t *testing.T, evil, path string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	b, err := os.ReadFile(evil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, b, 0o755))
}

// A forked child goes on with the library that its parent had loaded, when
// another file has taken its place: an update, or a stranger's.
func TestFileThatReplacesTheLibraryRunsInChildren(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	lib := place(t, dir, kit.Module(t))
	evil := place(t, filepath.Join(dir, "new"), planted(t, taken))
	out, code := run(t, false, nil, host(t, "chroot"), lib, "moved", evil)
	require.Zero(t, code, out)
	require.NoFileExists(t, taken, "the other library was loaded")
	require.Equal(t, worked, out)
}
