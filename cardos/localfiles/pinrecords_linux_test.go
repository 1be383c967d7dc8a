// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A file that somebody else could have put there is not read, and replaced;
// what cannot be replaced leaves the memory.
func TestPlantedPINRecords(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	require.NoError(t, os.WriteFile(elsewhere, []byte("secret"), 0o600))
	for what, plant := range map[string]func(t *testing.T, path string){
		"symbolic link": func(t *testing.T, path string) { require.NoError(t, os.Symlink(elsewhere, path)) },
		"pipe":          func(t *testing.T, path string) { require.NoError(t, syscall.Mkfifo(path, 0o600)) },
		"directory":     func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) },
		"for everybody": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
			require.NoError(t, os.Chmod(path, 0o644))
		},
		"another's": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
			chown(t, path)
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := runtimeDir(t)
			require.NoError(t, os.Mkdir(filepath.Join(dir, "tscns"), 0o700))
			path := filepath.Join(dir, "tscns", pinPrefix+nameOf(1))
			plant(t, path)
			p := NewPINRecords(dir)
			assert.Nil(t, p.Load(nameOf(1)))
			p.Save(nameOf(1), []byte("mine"))
			assert.Equal(t, "mine", string(p.Load(nameOf(1))))
			if what == "directory" {
				return
			}
			assert.Equal(t, "mine", string(NewPINRecords(dir).Load(nameOf(1))))
			info, err := os.Lstat(path)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode())
			b, err := os.ReadFile(elsewhere)
			require.NoError(t, err)
			assert.Equal(t, "secret", string(b))
			assert.Equal(t, 1, countFiles(t, dir), "nothing unfinished stays")
			p.Save(nameOf(1), nil)
			assert.Equal(t, 0, countFiles(t, dir))
		})
	}
}

// A program without the variable, as cron starts them, keeps what it learns of a
// PIN where those of the session look; one that has it empty keeps nothing.
func TestRuntimeDirWithoutTheVariable(t *testing.T) {
	const variable = "XDG_RUNTIME_DIR"
	before := runtimeDirs
	t.Cleanup(func() { runtimeDirs = before })
	runtimeDirs = t.TempDir()
	t.Setenv(variable, "") // restored at the end
	require.NoError(t, os.Unsetenv(variable))
	own := filepath.Join(runtimeDirs, strconv.Itoa(os.Geteuid()))
	assert.Empty(t, RuntimeDir(os.Getenv), "nobody is logged in")
	require.NoError(t, os.Mkdir(own, 0o755))
	assert.Empty(t, RuntimeDir(os.Getenv), "others may read there")
	require.NoError(t, os.Chmod(own, 0o700))
	assert.Equal(t, own, RuntimeDir(os.Getenv))
	t.Setenv(variable, "")
	assert.Empty(t, RuntimeDir(os.Getenv))
	t.Setenv(variable, "/elsewhere")
	assert.Equal(t, "/elsewhere", RuntimeDir(os.Getenv))
}
