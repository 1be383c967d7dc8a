// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package userfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// openRoot opens the folder. What it opens stays below it.
func (f Folder) openRoot() (*os.Root, error) {
	if f.refused != nil {
		return nil, f.refused
	}
	return os.OpenRoot(f.Path())
}

// Read returns the content of a file.
func (f Folder) Read(name string) ([]byte, error) {
	if err := f.check(name); err != nil {
		return nil, err
	}
	root, err := f.openRoot()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	s, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !s.Mode().IsRegular():
		return nil, f.refuse(name, Kind)
	case s.Size() > MaxSize:
		return nil, f.refuse(name, Size)
	}
	return io.ReadAll(io.LimitReader(file, MaxSize))
}

func openRegular(path string) (*os.File, error) { return os.Open(path) }

// Has reports whether something of this name is in the folder.
func (f Folder) Has(name string) bool {
	return f.check(name) == nil && Exists(filepath.Join(f.Path(), name))
}

// Check returns nil if the folder exists and can be opened.
func (f Folder) Check() error {
	root, err := f.openRoot()
	if err != nil {
		return err
	}
	return root.Close()
}

// Names returns the names in the folder.
func (f Folder) Names() ([]string, error) {
	root, err := f.openRoot()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// Entries returns the first entries of the folder, at most limit.
func (f Folder) Entries(limit int) ([]fs.DirEntry, error) {
	root, err := f.openRoot()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	return entries[:min(limit, len(entries))], err
}

// Readlink is not needed on this system.
func (f Folder) Readlink(string) (string, error) { return "", errors.ErrUnsupported }

// Locked reports whether another process has a file open. Here a Mozilla
// program keeps its lock file open without sharing, so that it cannot be opened.
func (f Folder) Locked(name string) bool {
	file, err := os.OpenFile(filepath.Join(f.Path(), name), os.O_RDWR, 0)
	if err == nil {
		return file.Close() != nil
	}
	return !os.IsNotExist(err)
}

// CheckFile is not needed on this system.
func (f Folder) CheckFile(string) error { return errors.ErrUnsupported }

// Replace is not needed on this system.
func (f Folder) Replace(string, []byte, fs.FileMode) error { return errors.ErrUnsupported }

// Remove is not needed on this system.
func (f Folder) Remove(string) error { return errors.ErrUnsupported }

// Clean has nothing to do on this system.
func (f Folder) Clean() {}

func (f Folder) removeDir() error { return errors.ErrUnsupported }

// Make is not needed on this system.
func (f Folder) Make(fs.FileMode) (int, error) { return 0, errors.ErrUnsupported }

// Lock takes nothing: no session of this system runs two at once.
func (f Folder) Lock() (unlock func(), err error) { return func() {}, nil }

// CheckSystem is not needed on this system.
func CheckSystem(string) error { return nil }

// OwnedByOther is not needed on this system.
func OwnedByOther(string) bool { return false }

// Scratch makes a folder for the temporary files of another program.
func Scratch() (folder Folder, remove func(), err error) { return Folder{}, nil, errors.ErrUnsupported }

// RemoveLink is not needed on this system.
func (f Folder) RemoveLink(string) {}
