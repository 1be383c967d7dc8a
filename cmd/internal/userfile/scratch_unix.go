// SPDX-License-Identifier: Apache-2.0

//go:build unix

package userfile

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const scratchPrefix = "tscns-scratch-"

// Scratch makes a folder for the temporary files of another program, which
// nobody but the user can look into, and returns what removes it. It removes
// those of processes that were killed, too.
func Scratch() (folder Folder, remove func(), err error) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*"))
	for _, path := range left {
		removeAbandoned(path)
	}
	path, err := os.MkdirTemp("", scratchPrefix+"*")
	if err != nil {
		return Folder{}, nil, err
	}
	unlock, err := At(path).Lock()
	if err != nil {
		return Folder{}, nil, err
	}
	folder = Guarded(filepath.Dir(path)).In(filepath.Base(path)) // whoever may write in /tmp
	return folder, func() {
		_ = os.RemoveAll(path)
		unlock()
	}, nil
}

// removeAbandoned removes a folder that Scratch made, unless the process that
// made it lives.
func removeAbandoned(path string) {
	dir, err := Guarded(filepath.Dir(path)).In(filepath.Base(path)).open() // the user's own, and no link
	if err != nil {
		return
	}
	defer unix.Close(dir)
	st, err := statOf(dir)
	if err == nil && time.Since(time.Unix(st.Mtim.Unix())) > youngest && unix.Flock(dir, unix.LOCK_EX|unix.LOCK_NB) == nil {
		_ = os.RemoveAll(path) // follows no link
	}
}
