// SPDX-License-Identifier: Apache-2.0

//go:build unix

package userfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	openRead = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY
	openDir  = openRead | unix.O_DIRECTORY
)

// components returns the names on the way below the root.
func (f Folder) components() []string {
	if f.below == "" {
		return nil
	}
	return strings.Split(f.below, string(filepath.Separator))
}

// retry repeats a call that a signal interrupted.
func retry[T any](call func() (T, error)) (T, error) {
	for {
		if v, err := call(); !errors.Is(err, unix.EINTR) {
			return v, err
		}
	}
}

func openAt(dir int, name string, flags int, mode uint32) (int, error) {
	return retry(func() (int, error) { return unix.Openat(dir, name, flags, mode) })
}

func statAt(dir int, name string, flags int) (st unix.Stat_t, err error) {
	_, err = retry(func() (struct{}, error) { return struct{}{}, unix.Fstatat(dir, name, &st, flags) })
	return st, err
}

func statOf(fd int) (st unix.Stat_t, err error) {
	_, err = retry(func() (struct{}, error) { return struct{}{}, unix.Fstat(fd, &st) })
	return st, err
}

// kind returns the kind of a file (S_IFREG and the like).
func kind(st unix.Stat_t) uint32 { return uint32(st.Mode) & unix.S_IFMT } //nolint:unconvert // 16 bits in macOS

// fail gives an error of the system the path that it is about.
func (f Folder) fail(op, name string, err error) error {
	var r *Refusal
	if err == nil || errors.As(err, &r) {
		return err
	}
	return &fs.PathError{Op: op, Path: filepath.Join(f.Path(), name), Err: err}
}

// open opens the folder. The caller closes the descriptor.
func (f Folder) open() (int, error) {
	if f.refused != nil {
		return -1, f.refused
	}
	fd, err := openAt(unix.AT_FDCWD, f.root, openDir, 0)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: f.root, Err: err}
	}
	at := Folder{root: f.root, guarded: true}
	for _, name := range f.components() {
		next, err := at.step(fd, name)
		_ = unix.Close(fd)
		if err != nil {
			return -1, at.fail("open", name, err)
		}
		fd, at.below = next, filepath.Join(at.below, name)
	}
	return fd, nil
}

// step opens a folder in a guarded one.
func (f Folder) step(dir int, name string) (int, error) {
	if st, err := statAt(dir, name, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return -1, err
	} else if r, refused := f.unfit(st, unix.S_IFDIR); refused {
		return -1, f.refuse(name, r)
	}
	fd, err := openAt(dir, name, openDir|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, err
	}
	st, err := statOf(fd)
	if err == nil {
		if r, refused := f.unfit(st, unix.S_IFDIR); refused {
			err = f.refuse(name, r)
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// unfit reports whether what stands in the folder is not to be opened.
func (f Folder) unfit(st unix.Stat_t, wanted uint32) (Reason, bool) {
	switch {
	case kind(st) == unix.S_IFLNK:
		return Link, true
	case kind(st) != wanted:
		return Kind, true
	case f.guarded && int(st.Uid) != os.Geteuid():
		return Owner, true
	case f.guarded && wanted == unix.S_IFREG && st.Nlink > 1:
		return HardLink, true
	case wanted == unix.S_IFREG && st.Size > MaxSize:
		return Size, true
	}
	return 0, false
}

// Read returns the content of a file.
func (f Folder) Read(name string) ([]byte, error) {
	file, err := f.openFile(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err == nil && len(b) > MaxSize {
		err = f.refuse(name, Size)
	}
	return b, err
}

// openFile opens a file for reading. In a folder that is not guarded a link to
// a file is followed: it is the person's own.
func (f Folder) openFile(name string) (*os.File, error) {
	if err := f.check(name); err != nil {
		return nil, err
	}
	dir, err := f.open()
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	statFlags, openFlags := 0, openRead
	if f.guarded {
		statFlags, openFlags = unix.AT_SYMLINK_NOFOLLOW, openRead|unix.O_NOFOLLOW
	}
	// Not opened at all if it is a device or a FIFO now, and looked at again
	// once it is open.
	st, err := statAt(dir, name, statFlags)
	if err != nil {
		return nil, f.fail("open", name, err)
	}
	if r, refused := f.unfit(st, unix.S_IFREG); refused {
		return nil, f.refuse(name, r)
	}
	fd, err := openAt(dir, name, openFlags, 0)
	if err != nil {
		return nil, f.fail("open", name, err)
	}
	file := os.NewFile(uintptr(fd), filepath.Join(f.Path(), name))
	if st, err = statOf(fd); err == nil {
		if r, refused := f.unfit(st, unix.S_IFREG); refused {
			err = f.refuse(name, r)
		}
	}
	if err != nil {
		_ = file.Close()
		return nil, f.fail("open", name, err)
	}
	return file, nil
}

func openRegular(path string) (*os.File, error) {
	file, err := os.OpenFile(path, openRead, 0)
	if err != nil {
		return nil, err
	}
	if s, err := file.Stat(); err != nil || !s.Mode().IsRegular() {
		_ = file.Close()
		return nil, errors.Join(&Refusal{path, Kind}, err)
	}
	return file, nil
}

// Has reports whether something of this name, a link too, is in the folder.
func (f Folder) Has(name string) bool {
	if f.check(name) != nil {
		return false
	}
	dir, err := f.open()
	if err != nil {
		return false
	}
	defer unix.Close(dir)
	_, err = statAt(dir, name, unix.AT_SYMLINK_NOFOLLOW)
	return err == nil
}

// Check returns nil if the folder exists and can be opened.
func (f Folder) Check() error {
	dir, err := f.open()
	if err == nil {
		_ = unix.Close(dir)
	}
	return err
}

// Names returns the names in the folder.
func (f Folder) Names() ([]string, error) {
	dir, err := f.open()
	if err != nil {
		return nil, err
	}
	d := os.NewFile(uintptr(dir), f.Path())
	defer d.Close()
	return d.Readdirnames(maxNames)
}

// Entries returns the first entries of the folder, at most limit. Their names and
// types are as they were read; of a link, its own.
func (f Folder) Entries(limit int) ([]fs.DirEntry, error) {
	dir, err := f.open()
	if err != nil {
		return nil, err
	}
	d := os.NewFile(uintptr(dir), f.Path())
	defer d.Close()
	return d.ReadDir(limit)
}

// maxNames bounds the names that are read of a folder.
const maxNames = 4096

// Readlink returns what a link in the folder names.
func (f Folder) Readlink(name string) (string, error) {
	dir, err := f.open()
	if err != nil {
		return "", err
	}
	defer unix.Close(dir)
	b := make([]byte, unix.PathMax)
	n, err := retry(func() (int, error) { return unix.Readlinkat(dir, name, b) })
	if err != nil {
		return "", f.fail("readlink", name, err)
	}
	return string(b[:n]), nil
}

// Locked reports whether another process holds a lock on a file (fcntl(2)).
func (f Folder) Locked(name string) bool {
	file, err := f.openFile(name)
	if err != nil {
		return false
	}
	defer file.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	return unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock) == nil && lock.Type != unix.F_UNLCK
}
