// SPDX-License-Identifier: Apache-2.0

//go:build unix

package userfile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// temporaryPrefix begins the name of a file that is being written; 16
// hexadecimal digits follow.
const temporaryPrefix = ".tscns-new-"

// isTemporary reports whether a name is one of a file that is being written.
func isTemporary(name string) bool {
	digits, ok := strings.CutPrefix(name, temporaryPrefix)
	return ok && len(digits) == 16 && strings.Trim(digits, "0123456789abcdef") == ""
}

// openToWrite opens the folder, unless it is another user's or open to all.
func (f Folder) openToWrite() (int, error) {
	dir, err := f.open()
	if err != nil {
		return -1, err
	}
	st, err := statOf(dir)
	switch {
	case err != nil:
	case int(st.Uid) != os.Geteuid() && st.Uid != 0:
		err = &Refusal{f.Path(), Owner}
	case st.Mode&0o002 != 0:
		err = &Refusal{f.Path(), OpenToAll}
	default:
		return dir, nil
	}
	_ = unix.Close(dir)
	return -1, err
}

// old returns the mode of the file that is about to be replaced, or that of a
// new one.
func (f Folder) old(dir int, name string, mode fs.FileMode) (fs.FileMode, error) {
	st, err := statAt(dir, name, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return mode, nil
	}
	if err != nil {
		return 0, f.fail("stat", name, err)
	}
	if r, refused := f.unfit(st, unix.S_IFREG); refused {
		return 0, f.refuse(name, r)
	}
	if int(st.Uid) != os.Geteuid() {
		return 0, f.refuse(name, Owner)
	}
	return fs.FileMode(st.Mode).Perm(), nil
}

// CheckFile returns a Refusal if there is something of this name that Replace
// would not replace.
func (f Folder) CheckFile(name string) error {
	dir, err := f.openToWrite()
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	_, err = f.old(dir, name, 0)
	return err
}

// Replace writes a whole file in one step. A new one gets the mode; an old one
// keeps its own.
func (f Folder) Replace(name string, b []byte, mode fs.FileMode) error {
	return f.write(name, func(dir int) error {
		mode, err := f.old(dir, name, mode)
		if err != nil {
			return err
		}
		temporary, err := f.temporary(dir, b, mode)
		if err != nil {
			return err
		}
		if err := unix.Renameat(dir, temporary, dir, name); err != nil {
			_ = unix.Unlinkat(dir, temporary, 0)
			return f.fail("rename", name, err)
		}
		return nil
	})
}

// openToChange opens the folder to change a file in it.
func (f Folder) openToChange(name string) (dir int, err error) {
	if err := f.check(name); err != nil {
		return -1, err
	}
	return f.openToWrite()
}

// write opens the folder for one that changes it, clears away what a killed
// process left, and has the change on disk.
func (f Folder) write(name string, change func(dir int) error) error {
	dir, err := f.openToChange(name)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	f.clean(dir)
	if err := change(dir); err != nil {
		return err
	}
	if err := unix.Fsync(dir); err != nil && !errors.Is(err, unix.EINVAL) { // some file systems have none of a directory
		return f.fail("fsync", name, err)
	}
	return nil
}

// temporary writes a file of a new name and returns the name. The process holds
// a lock on it while it writes, by which others see that it lives.
func (f Folder) temporary(dir int, b []byte, mode fs.FileMode) (string, error) {
	var random [8]byte
	_, _ = rand.Read(random[:])
	name := temporaryPrefix + hex.EncodeToString(random[:])
	fd, err := openAt(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return "", f.fail("create", name, err)
	}
	_ = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	file := os.NewFile(uintptr(fd), filepath.Join(f.Path(), name))
	_, err = file.Write(b)
	err = errors.Join(err, file.Chmod(mode.Perm()), file.Sync(), file.Close())
	if err != nil {
		_ = unix.Unlinkat(dir, name, 0)
	}
	return name, err
}

// Clean removes the files that a process left which was killed while it wrote.
func (f Folder) Clean() {
	if dir, err := f.openToWrite(); err == nil {
		f.clean(dir)
		_ = unix.Close(dir)
	}
}

// youngest is the age from which a temporary file without a lock is taken for
// left: a process locks its own within this time.
const youngest = time.Second

func (f Folder) clean(dir int) {
	names, _ := f.Names()
	for _, name := range names {
		if !isTemporary(name) {
			continue
		}
		fd, err := openAt(dir, name, openRead|unix.O_NOFOLLOW, 0)
		if err != nil {
			continue
		}
		st, err := statOf(fd)
		if err == nil && kind(st) == unix.S_IFREG && int(st.Uid) == os.Geteuid() && time.Since(time.Unix(st.Mtim.Unix())) > youngest &&
			unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = unix.Unlinkat(dir, name, 0)
		}
		_ = unix.Close(fd)
	}
}

// Remove removes a file. What is not a regular one is left: in a guarded
// folder because somebody planted it, elsewhere because it is not ours.
func (f Folder) Remove(name string) error {
	dir, err := f.openToChange(name)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	st, err := statAt(dir, name, unix.AT_SYMLINK_NOFOLLOW)
	if err != nil {
		return f.fail("remove", name, err)
	}
	if r, refused := f.unfit(st, unix.S_IFREG); refused {
		return f.refuse(name, r)
	}
	return f.fail("remove", name, unix.Unlinkat(dir, name, 0))
}

// removeDir removes the folder if it is empty.
func (f Folder) removeDir() error {
	dir, err := f.up().open()
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	return unix.Unlinkat(dir, filepath.Base(f.Path()), unix.AT_REMOVEDIR)
}

// Make makes the folder, with those above it that are missing, and returns how
// many it made.
func (f Folder) Make(mode fs.FileMode) (made int, err error) {
	if err := f.Check(); !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	above := f.up()
	if above.Path() == f.Path() {
		return 0, &Refusal{f.Path(), Kind}
	}
	if made, err = above.Make(mode); err != nil {
		return made, err
	}
	dir, err := above.openToWrite()
	if err != nil {
		return made, err
	}
	defer unix.Close(dir)
	name := filepath.Base(f.Path())
	switch err := unix.Mkdirat(dir, name, uint32(mode.Perm())); {
	case err == nil:
		made++
	case !errors.Is(err, unix.EEXIST): // else somebody made it meanwhile, and it is not ours
		return made, f.fail("mkdir", "", err)
	}
	return made, f.Check()
}

// Lock waits, at most for [LockLimit], until nobody else holds the lock of the
// folder (flock(2)), takes it, and returns what gives it back.
func (f Folder) Lock() (unlock func(), err error) {
	dir, err := f.open()
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(LockLimit); ; time.Sleep(20 * time.Millisecond) {
		err = unix.Flock(dir, unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return func() { _ = unix.Close(dir) }, nil
		case errors.Is(err, unix.EINTR):
		case !errors.Is(err, unix.EWOULDBLOCK):
			return func() { _ = unix.Close(dir) }, nil // a file system without locks
		case time.Now().After(end):
			_ = unix.Close(dir)
			return nil, &Refusal{f.Path(), InUse}
		}
	}
}

// RemoveLink removes a symbolic link, and nothing else, from the folder.
func (f Folder) RemoveLink(name string) {
	if f.check(name) != nil {
		return
	}
	dir, err := f.openToWrite()
	if err != nil {
		return
	}
	defer unix.Close(dir)
	if st, err := statAt(dir, name, unix.AT_SYMLINK_NOFOLLOW); err == nil && kind(st) == unix.S_IFLNK {
		_ = unix.Unlinkat(dir, name, 0)
	}
}
