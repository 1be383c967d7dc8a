// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ram is a directory in RAM on every Linux.
const ram = "/dev/shm"

// runtimeDir makes a directory as the login service makes one for a user.
func runtimeDir(t *testing.T) string {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(ram, &fs); err != nil || fs.Type != tmpfsMagic {
		t.Skipf("%s is no file system in RAM here", ram)
	}
	dir, err := os.MkdirTemp(ram, "tscns-test-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestCacheFiles(t *testing.T) {
	dir := runtimeDir(t)
	old := syscall.Umask(0) // nothing may depend on it
	defer syscall.Umask(old)
	c := NewCache(dir)
	c.Save(nameOf(1), []byte("one"))
	info, err := os.Stat(filepath.Join(dir, "tscns"))
	require.NoError(t, err)
	assert.Equal(t, os.ModeDir|0o700, info.Mode())
	info, err = os.Stat(filepath.Join(dir, "tscns", nameOf(1)))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())

	assert.Equal(t, [][]byte{[]byte("one")}, NewCache(dir).Load(), "the next program finds it")
	NewCache(dir).Save(nameOf(1), []byte("renewed"))
	assert.Equal(t, "renewed", string(NewCache(dir).Load()[0]))
	assert.Len(t, c.Load(), 2, "this program's own, and the other's")
	c.Save(nameOf(1), nil)
	assert.Empty(t, c.Load())
	assert.Equal(t, 0, countFiles(t, dir))
}

func countFiles(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(dir, "tscns"))
	require.NoError(t, err)
	return len(list)
}

func TestCacheIsBounded(t *testing.T) {
	dir := runtimeDir(t)
	for n := range 3 * maxCards {
		NewCache(dir).Save(nameOf(n), []byte(fmt.Sprint(n)))
	}
	assert.Equal(t, maxCards, countFiles(t, dir))
	assert.Equal(t, fmt.Sprint(3*maxCards-1), string(NewCache(dir).Load()[0]), "the newest stay")
	// What a program left that died while it wrote goes some time later.
	left := filepath.Join(dir, "tscns", tmpPrefix+"X")
	require.NoError(t, os.WriteFile(left, nil, 0o600))
	NewCache(dir).Save(nameOf(1), []byte("1"))
	assert.FileExists(t, left, "it may be about to be finished")
	require.NoError(t, os.Chtimes(left, time.Time{}, time.Now().Add(-time.Hour)))
	NewCache(dir).Save(nameOf(1), []byte("1"))
	assert.NoFileExists(t, left)
}

// A file that somebody else could have put there is not read, and the next
// reading of the card replaces it.
func TestPlantedFiles(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	require.NoError(t, os.WriteFile(elsewhere, []byte("secret"), 0o600))
	for what, plant := range map[string]func(t *testing.T, path string){
		"symbolic link": func(t *testing.T, path string) { require.NoError(t, os.Symlink(elsewhere, path)) },
		"dangling link": func(t *testing.T, path string) { require.NoError(t, os.Symlink("/nowhere", path)) },
		"pipe":          func(t *testing.T, path string) { require.NoError(t, syscall.Mkfifo(path, 0o600)) },
		"socket":        func(t *testing.T, path string) { require.NoError(t, syscall.Mknod(path, syscall.S_IFSOCK|0o600, 0)) },
		"for everybody": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
			require.NoError(t, os.Chmod(path, 0o644))
		},
		"another's": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
			chown(t, path)
		},
		"huge": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, make([]byte, maxCard+1), 0o600))
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := runtimeDir(t)
			require.NoError(t, os.Mkdir(filepath.Join(dir, "tscns"), 0o700))
			path := filepath.Join(dir, "tscns", nameOf(1))
			plant(t, path)
			assert.Empty(t, NewCache(dir).Load())
			NewCache(dir).Save(nameOf(1), []byte("mine"))
			assert.Equal(t, [][]byte{[]byte("mine")}, NewCache(dir).Load())
			info, err := os.Lstat(path)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode())
			b, err := os.ReadFile(elsewhere)
			require.NoError(t, err)
			assert.Equal(t, "secret", string(b))
			assert.Equal(t, 1, countFiles(t, dir), "nothing unfinished stays")
		})
	}
}

// nobody is the user of this name on Debian.
const nobody = 65534

func chown(t *testing.T, path string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("giving a file to another user takes root")
	}
	require.NoError(t, os.Chown(path, nobody, nobody))
}

// A directory that is not the user's own, not closed to others, a link, or not
// in RAM is not used: neither read nor written.
func TestUnusableDirectories(t *testing.T) {
	for what, make := range map[string]func(t *testing.T) string{
		"on disk": func(t *testing.T) string {
			dir := t.TempDir()
			var fs syscall.Statfs_t
			require.NoError(t, syscall.Statfs(dir, &fs))
			if fs.Type == tmpfsMagic {
				t.Skip("the directory for temporary files is in RAM here")
			}
			require.NoError(t, os.Chmod(dir, 0o700))
			return dir
		},
		"runtime directory of another": func(t *testing.T) string {
			dir := runtimeDir(t)
			chown(t, dir)
			return dir
		},
		"runtime directory for everybody": func(t *testing.T) string {
			dir := runtimeDir(t)
			require.NoError(t, os.Chmod(dir, 0o755))
			return dir
		},
		"runtime directory is a link": func(t *testing.T) string {
			dir := runtimeDir(t)
			link := filepath.Join(t.TempDir(), "run")
			require.NoError(t, os.Symlink(dir, link))
			return link
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := make(t)
			NewCache(dir).Save(nameOf(1), []byte("x"))
			assert.NoDirExists(t, filepath.Join(dir, "tscns"))
		})
	}
	for what, change := range map[string]func(t *testing.T, path string){
		"link": func(t *testing.T, path string) { require.NoError(t, os.Symlink(runtimeDir(t), path)) },
		"file": func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, nil, 0o600)) },
		"for everybody": func(t *testing.T, path string) {
			require.NoError(t, os.Mkdir(path, 0o700))
			require.NoError(t, os.Chmod(path, 0o777))
		},
		"another's": func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)); chown(t, path) },
	} {
		t.Run(what, func(t *testing.T) {
			dir := runtimeDir(t)
			change(t, filepath.Join(dir, "tscns"))
			c := NewCache(dir)
			c.Save(nameOf(1), []byte("x"))
			assert.Len(t, c.Load(), 1, "in memory")
			assert.Empty(t, NewCache(dir).Load())
		})
	}
}

// Programs that write at once never show each other half a file.
func TestWritersAtOnce(t *testing.T) {
	dir := runtimeDir(t)
	var all sync.WaitGroup
	for n := range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 50 {
				NewCache(dir).Save(nameOf(1), []byte(strings.Repeat(string(rune('a'+n)), 20000)))
				for _, blob := range NewCache(dir).Load() {
					assert.Len(t, blob, 20000)
					assert.Equal(t, strings.Repeat(string(blob[:1]), 20000), string(blob))
				}
			}
		}()
	}
	all.Wait()
	assert.Equal(t, 1, countFiles(t, dir))
}

// No descriptor stays open, and none is opened for the runtime's poller.
func TestNoDescriptors(t *testing.T) {
	dir := runtimeDir(t)
	before, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for range 20 {
		NewCache(dir).Save(nameOf(1), []byte("x"))
		NewCache(dir).Load()
		ReadConfig(os.Getenv)
	}
	after, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	assert.Len(t, after, len(before))
}
