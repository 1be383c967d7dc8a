// SPDX-License-Identifier: Apache-2.0

package localfiles

import "syscall"

// RuntimeDir returns the directory that belongs to the user's session (XDG Base
// Directory Specification), or "". It ends with the session.
func RuntimeDir(getenv func(string) string) string { return underHome(getenv("XDG_RUNTIME_DIR")) }

func (p *PINRecords) loadFile(name string) ([]byte, error) {
	dir, err := openDir(p.dir, false, false)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(dir)
	f, err := readEntry(dir, name)
	return f.blob, err
}

func (p *PINRecords) saveFile(name string, blob []byte) {
	dir, err := openDir(p.dir, len(blob) > 0, false)
	if err != nil {
		return
	}
	defer syscall.Close(dir)
	_ = replaceFile(dir, name, blob)
}
