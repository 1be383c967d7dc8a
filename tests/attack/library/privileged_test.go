// SPDX-License-Identifier: Apache-2.0

package library

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// A program that runs with more rights than its caller honours nothing of the
// caller's environment, whatever it does to its ids: it writes no file where
// the caller says, reads no settings there, and Go's runtime prints nothing.
func TestCallerOfPrivilegedProgramWritesAsRoot(t *testing.T) {
	needsRoot(t)
	dir := open(t)
	lib, bin := place(t, dir, kit.Module(t)), place(t, dir, host(t, "privileged"))
	for _, c := range []struct {
		name       string
		mode       os.FileMode
		owner      int
		capability string
		ids, when  string
		privileged bool
	}{
		{"nothing, as a control", 0o755, 0, "", "keeps", "after", false},
		{"setuid", 0o755 | os.ModeSetuid, 0, "", "keeps", "after", true},
		{"setuid, becomes root after loading", 0o755 | os.ModeSetuid, 0, "", "becomes-root", "after", true},
		{"setuid, becomes root before loading", 0o755 | os.ModeSetuid, 0, "", "becomes-root", "before", true},
		{"setuid, gives up its rights before loading", 0o755 | os.ModeSetuid, 0, "", "becomes-caller", "before", true},
		{"setgid", 0o755 | os.ModeSetgid, 0, "", "keeps", "after", true},
		{"setuid of another user", 0o755 | os.ModeSetuid, 1, "", "keeps", "after", true},
		{"may write every file", 0o755, 0, "cap_dac_override+ep", "keeps", "after", true},
		{"may take any id, on demand", 0o755, 0, "cap_setuid,cap_setgid+p", "keeps", "after", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			install(t, bin, c.mode, c.owner, c.capability)
			caller := newCaller(t)
			out, code := run(t, true, caller.env(), bin, lib, c.ids, c.when)
			require.Zero(t, code, out)
			if !c.privileged {
				require.Contains(t, out, "privileged 0\n")
				require.FileExists(t, caller.trace)
				require.True(t, caller.settingsRead(t), "the test sees nothing")
				require.Contains(t, out, "init ", "the test sees nothing")
				return
			}
			if out == "privileged 0\n" {
				t.Skip("SKIPPED: this file system gives programs no rights (nosuid)")
			}
			require.Equal(t, "privileged 1\n", out, "the runtime's own settings were honoured")
			require.NoFileExists(t, caller.trace)
			require.False(t, caller.settingsRead(t), "the caller's settings were read")
		})
	}
}

// install gives a program its owner, mode and capabilities.
func install(t *testing.T, bin string, mode os.FileMode, owner int, capability string) {
	t.Helper()
	require.NoError(t, os.Chown(bin, owner, 0)) // takes capabilities away
	require.NoError(t, os.Chmod(bin, mode))
	if capability == "" {
		return
	}
	setcap, err := exec.LookPath("setcap")
	if err != nil {
		t.Skip("SKIPPED: no setcap (package libcap2-bin)")
	}
	if out, err := exec.Command(setcap, capability, bin).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: this file system keeps no capabilities: %s", out)
	}
}

// caller is the one whose environment the program gets.
type caller struct {
	home, trace string
	watch       int // descriptor of inotify(7)
}

// newCaller makes a home with settings in it, and notes when they are opened.
func newCaller(t *testing.T) *caller {
	t.Helper()
	c := &caller{home: open(t)}
	c.trace = filepath.Join(c.home, "trace")
	settings := filepath.Join(c.home, "tscns", "tscns.conf")
	require.NoError(t, os.MkdirAll(filepath.Dir(settings), 0o755))
	require.NoError(t, os.WriteFile(settings, []byte("cache = off\n"), 0o644))
	require.NoError(t, os.Chmod(c.home, 0o777))
	var err error
	c.watch, err = syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	require.NoError(t, err)
	t.Cleanup(func() { syscall.Close(c.watch) })
	_, err = syscall.InotifyAddWatch(c.watch, settings, syscall.IN_OPEN)
	require.NoError(t, err)
	return c
}

func (c *caller) env() []string {
	return []string{"TSCNS_TRACE=" + c.trace, "XDG_CONFIG_HOME=" + c.home, "XDG_RUNTIME_DIR=" + c.home, "HOME=" + c.home,
		"GODEBUG=inittrace=1"}
}

// settingsRead reports whether a program opened the settings.
func (c *caller) settingsRead(t *testing.T) bool {
	t.Helper()
	n, err := syscall.Read(c.watch, make([]byte, 4096))
	if err != nil {
		require.ErrorIs(t, err, syscall.EAGAIN)
	}
	return n > 0
}
