// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/exit"
)

// A library that this person may not read. An administrator may read
// everything, so that the built command runs as nobody then.
func TestDoctorOfAnUnreadableLibrary(t *testing.T) {
	dir, err := os.MkdirTemp("", "unreadable") // open to others, as t.TempDir is not
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	command, library := filepath.Join(dir, "tscns"), filepath.Join(dir, "closed.so")
	out, err := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", command, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.WriteFile(library, []byte("x"), 0o600))
	for locale, want := range map[string][2]string{
		"C.UTF-8":     {"cannot be used: you may not read it", "install the package tscns again"},
		"it_IT.UTF-8": {"non si può usare: non puoi leggerla", "reinstalla il pacchetto tscns"},
	} {
		cmd := exec.Command(command, "doctor", "--json", "--module", library)
		cmd.Dir = dir
		cmd.Env = []string{"HOME=" + dir, "LC_ALL=" + locale, "PCSCLITE_CSOCK_NAME=" + filepath.Join(dir, "nobody")}
		if os.Geteuid() == 0 {
			const nobody = 65534
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		} else {
			require.NoError(t, os.Chmod(library, 0))
		}
		out, _ := cmd.Output() // other checks fail too: there is no service
		require.Equal(t, exit.NotGood, cmd.ProcessState.ExitCode(), "%s", out)
		var list []map[string]string
		require.NoError(t, json.Unmarshal(out, &list), "%s", out)
		for _, f := range list {
			if f["check"] == "library" {
				assert.Equal(t, "failure", f["state"])
				assert.Contains(t, f["text"], want[0])
				assert.Contains(t, f["cure"], want[1])
			}
		}
	}
}
