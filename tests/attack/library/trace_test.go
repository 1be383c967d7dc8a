// SPDX-License-Identifier: Apache-2.0

package library

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// The trace goes into a regular file of the user's own. What somebody else
// planted at its path is neither written nor waited for.
func TestTraceWritesWhatSomebodyPlanted(t *testing.T) {
	bin := host(t, "privileged")
	for name, plant := range map[string]func(t *testing.T, trace, victim string){
		"link":          func(t *testing.T, trace, victim string) { require.NoError(t, os.Symlink(victim, trace)) },
		"dangling link": func(t *testing.T, trace, victim string) { require.NoError(t, os.Symlink(victim+".new", trace)) },
		"hard link":     func(t *testing.T, trace, victim string) { require.NoError(t, os.Link(victim, trace)) },
		"pipe that nobody reads": func(t *testing.T, trace, _ string) {
			require.NoError(t, syscall.Mkfifo(trace, 0o600))
		},
		"pipe that somebody reads": func(t *testing.T, trace, _ string) {
			require.NoError(t, syscall.Mkfifo(trace, 0o600))
			fd, err := syscall.Open(trace, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
			require.NoError(t, err)
			t.Cleanup(func() {
				n, _ := syscall.Read(fd, make([]byte, 1))
				syscall.Close(fd)
				require.LessOrEqual(t, n, 0, "the trace went into the pipe")
			})
		},
		"directory": func(t *testing.T, trace, _ string) { require.NoError(t, os.Mkdir(trace, 0o700)) },
		"file of another user": func(t *testing.T, trace, _ string) {
			needsRoot(t)
			require.NoError(t, os.WriteFile(trace, nil, 0o600))
			require.NoError(t, os.Chown(trace, nobody, nobody))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			trace, victim := filepath.Join(dir, "trace"), filepath.Join(dir, "victim")
			require.NoError(t, os.WriteFile(victim, []byte("mine\n"), 0o644))
			plant(t, trace, victim)
			out, code := run(t, false, []string{"TSCNS_TRACE=" + trace}, bin, kit.Module(t), "keeps", "after")
			require.Zero(t, code, out)
			b, err := os.ReadFile(victim)
			require.NoError(t, err)
			require.Equal(t, "mine\n", string(b))
			require.NoFileExists(t, victim+".new")
			if info, err := os.Stat(trace); err == nil && info.Mode().IsRegular() && name == "file of another user" {
				require.Zero(t, info.Size())
			}
		})
	}
}

// A file that others could read is closed to them before a line is written.
func TestOthersReadTheTrace(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	require.NoError(t, os.WriteFile(trace, nil, 0o644))
	out, code := run(t, false, []string{"TSCNS_TRACE=" + trace}, host(t, "privileged"), kit.Module(t), "keeps", "after")
	require.Zero(t, code, out)
	info, err := os.Stat(trace)
	require.NoError(t, err)
	require.NotZero(t, info.Size())
	require.Equal(t, os.FileMode(0o600), info.Mode())
}
