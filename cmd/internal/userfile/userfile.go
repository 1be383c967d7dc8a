// SPDX-License-Identifier: Apache-2.0

// Package userfile reads and writes the files of people, browsers and
// applications: files that somebody else writes too, at the same time, and
// perhaps to have this program do what they may not do themselves.
//
// A [Folder] is named by a path that the caller trusts and, where it is
// [Guarded], a way below it that nobody trusts: an application in a sandbox
// writes there. In a guarded folder no component may be a symbolic link, and a
// file has to be a regular one, owned by the user of this process, with one
// name. In every folder:
//
//   - a file is opened once, without waiting for a FIFO or a device, and only if
//     it is regular and has at most [MaxSize] bytes;
//   - a file that is written is written beside the old one, put to disk, and
//     renamed over it, with the mode of the old one; the old one may be neither
//     a link nor another user's, the folder neither another user's nor open to
//     everybody.
//
// On systems other than Unix files can be read only: nothing is registered there.
package userfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// MaxSize is the size in bytes that a file may have to be read.
const MaxSize = 8 << 20

// Reason is why a file or folder is left alone.
type Reason int

// The reasons.
const (
	Link      Reason = iota // a symbolic link where none is wanted
	Kind                    // a FIFO, a socket, a device; a folder for a file or the reverse
	Owner                   // another user's
	HardLink                // a file with a second name
	Size                    // more than MaxSize bytes
	Outside                 // a path that leads out of its folder
	OpenToAll               // others can write it
	InUse                   // another process held the lock for too long
)

var reasons = [...]string{Link: "a symbolic link", Kind: "not an ordinary file or folder", Owner: "owned by another user",
	HardLink: "a file with another name elsewhere (hard link)", Size: "too large", Outside: "outside of its folder",
	OpenToAll: "others can write it", InUse: "in use by another process"}

// String returns the reason in English.
func (r Reason) String() string { return reasons[r] }

// Refusal is the error for a file or folder that is left alone.
type Refusal struct {
	Path   string
	Reason Reason
}

// Error implements error.
func (r *Refusal) Error() string { return r.Path + ": " + r.Reason.String() }

// Folder is a directory, which need not exist. The zero value is none.
type Folder struct {
	root    string // trusted: links in it are followed
	below   string // the way from root, "" for root itself; only where guarded
	guarded bool
	refused *Refusal // why no way leads there; every use of the folder returns it
}

// At returns the folder at a path that is trusted as a whole: one of the
// system, or one of the person for whom the process works.
func At(path string) Folder { return Folder{root: filepath.Clean(path)} }

// Guarded returns a folder in which somebody writes who is not trusted. The
// path itself is.
func Guarded(path string) Folder { return Folder{root: filepath.Clean(path), guarded: true} }

// In returns the folder that a path names which stands in the folder: below it,
// or anywhere if the path is absolute. In a guarded folder one that leads out of
// the trusted root is refused with [Outside] when it is used.
func (f Folder) In(way string) Folder {
	switch {
	case !f.guarded && filepath.IsAbs(way):
		return At(way)
	case !f.guarded:
		return At(filepath.Join(f.root, way))
	}
	below := filepath.Join(f.below, way)
	if filepath.IsAbs(way) {
		below, _ = filepath.Rel(f.root, way)
	}
	if f.below = below; below == "." {
		f.below = ""
	}
	if f.refused == nil && !filepath.IsLocal(below) {
		f.refused = &Refusal{f.Path(), Outside}
	}
	return f
}

// Path returns the path of the folder.
func (f Folder) Path() string { return filepath.Join(f.root, f.below) }

// up returns the folder above, in a guarded one at most its root.
func (f Folder) up() Folder {
	if !f.guarded || f.below == "" {
		return At(filepath.Dir(f.Path()))
	}
	f.below = filepath.Dir(f.below)
	if f.below == "." {
		f.below = ""
	}
	return f
}

// refuse returns a Refusal for a file of the folder.
func (f Folder) refuse(name string, r Reason) error {
	return &Refusal{filepath.Join(f.Path(), name), r}
}

// check returns a Refusal unless a name is one of a file in this very folder.
func (f Folder) check(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsRune(name, filepath.Separator) || strings.ContainsRune(name, 0) {
		return f.refuse(name, Outside)
	}
	return nil
}

// RemoveEmpty removes the folder and count-1 folders above it, as far as they
// are empty. What is not is left, without an error.
func (f Folder) RemoveEmpty(count int) {
	for ; count > 0; count-- {
		if f.removeDir() != nil {
			return
		}
		f = f.up()
	}
}

// Exists reports whether there is something at a path that is trusted.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// IsDir reports whether there is a directory at a path that is trusted.
func IsDir(path string) bool {
	s, err := os.Stat(path)
	return err == nil && s.IsDir()
}

// IsFile reports whether a path that is trusted is a regular file.
func IsFile(path string) bool {
	s, err := os.Stat(path)
	return err == nil && s.Mode().IsRegular()
}

// Open opens the file at a path that is trusted, for reading. It has to be a
// regular one, of any size.
func Open(path string) (*os.File, error) {
	s, err := os.Stat(path)
	if err == nil && !s.Mode().IsRegular() {
		err = &Refusal{path, Kind}
	}
	if err != nil {
		return nil, err
	}
	return openRegular(path)
}

// Read returns the content of the file at a path that is trusted.
func Read(path string) ([]byte, error) { return At(filepath.Dir(path)).Read(filepath.Base(path)) }

// Replace writes the file at a path that is trusted, as [Folder.Replace] does.
func Replace(path string, b []byte, mode fs.FileMode) error {
	return At(filepath.Dir(path)).Replace(filepath.Base(path), b, mode)
}

// Remove removes the file at a path that is trusted.
func Remove(path string) error { return At(filepath.Dir(path)).Remove(filepath.Base(path)) }

// LockLimit is how long [Folder.Lock] waits.
const LockLimit = 5 * time.Second
