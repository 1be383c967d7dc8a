// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package localfiles

import (
	"crypto/rand"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// RuntimeDir returns the directory for the files of the user's programs on this
// computer, or "": where a system has none that ends with the session, one that
// stays.
func RuntimeDir(getenv func(string) string) string {
	switch runtime.GOOS {
	case "windows":
		return underHome(getenv("LocalAppData"))
	case "darwin":
		return underHome(getenv("HOME"), "Library", "Caches")
	}
	return underHome(getenv("XDG_RUNTIME_DIR"))
}

func (p *PINRecords) loadFile(name string) ([]byte, error) {
	if p.dir == "" {
		return nil, fs.ErrNotExist
	}
	path := filepath.Join(p.dir, "tscns", name)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	// On Windows the directory is closed to others, not the file.
	private := runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0
	if !info.Mode().IsRegular() || info.Size() > maxPINRecord || !private {
		return nil, fs.ErrPermission
	}
	return os.ReadFile(path)
}

// saveFile writes a file under a temporary name and renames it, so that no
// program reads half of one.
func (p *PINRecords) saveFile(name string, blob []byte) {
	if p.dir == "" {
		return
	}
	dir := filepath.Join(p.dir, "tscns")
	path := filepath.Join(dir, name)
	if len(blob) == 0 {
		_ = os.Remove(path)
		return
	}
	_ = os.Mkdir(dir, 0o700)
	unfinished := filepath.Join(dir, "new-"+rand.Text())
	err := os.WriteFile(unfinished, blob, 0o600)
	if err == nil {
		err = os.Rename(unfinished, path)
	}
	if err != nil {
		_ = os.Remove(unfinished)
	}
}
