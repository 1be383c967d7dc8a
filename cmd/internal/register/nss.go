// SPDX-License-Identifier: Apache-2.0

package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tscns/cmd/internal/userfile"
)

// ModuleName is the name under which the module is registered.
const ModuleName = "TS-CNS"

// moduleList is the file of an NSS database that lists modules: blocks of
// lines key=value, an empty line between them.
const moduleList = "pkcs11.txt"

// Entry is a module of an NSS database.
type Entry struct{ Library, Name string }

// Modules lists the modules of a database, without the internal one.
func Modules(db Database) (list []Entry, err error) {
	b, err := db.folder().Read(moduleList)
	if err != nil {
		return nil, err
	}
	for _, block := range strings.Split(string(b), "\n\n") {
		if e := entryOf(block); e.Library != "" {
			list = append(list, e)
		}
	}
	return list, nil
}

func entryOf(block string) (e Entry) {
	for _, line := range strings.Split(block, "\n") {
		key, value, _ := strings.Cut(line, "=")
		switch key {
		case "library":
			e.Library = value
		case "name":
			e.Name = value
		}
	}
	return e
}

// libraryName is the file name of the module, whatever its folder.
func (w *World) libraryName() string { return filepath.Base(w.Module) }

// Ours reports whether an entry is this module, here or at an older place.
func (w *World) Ours(e Entry) bool { return filepath.Base(e.Library) == w.libraryName() }

// IsProxy reports whether a library passes on the modules of p11-kit.
func IsProxy(library string) bool {
	return strings.HasPrefix(filepath.Base(library), "p11-kit-proxy.")
}

// patience bounds one run of modutil, which loads the library.
const patience = time.Minute

// modutil runs NSS's tool on a database.
func (w *World) modutil(dir string, args ...string) error {
	tool, err := w.lookPath("modutil")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool, append([]string{"-force", "-dbdir", "sql:" + dir}, args...)...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("modutil: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// databaseFiles are the files of a database that NSS's tools open, the list of
// modules last: it makes a folder a database.
var databaseFiles = []string{"cert9.db", "key4.db", moduleList}

// throughModutil has modutil change a database of the person, which exists.
// That program follows links, so there may be none; in a database that a
// sandbox writes, which could put one there meanwhile, it is never run.
func (w *World) throughModutil(db Database, args ...string) (done bool, err error) {
	if w.inSandbox || db.guard != "" {
		return false, nil
	}
	for _, name := range databaseFiles {
		if err := db.folder().CheckFile(name); err != nil {
			return false, err
		}
	}
	err = w.modutil(db.Dir, args...)
	if errors.Is(err, exec.ErrNotFound) {
		return false, nil
	}
	return true, err
}

// addEntry registers the module in a database, which exists.
func (w *World) addEntry(db Database, name string) error {
	if done, err := w.throughModutil(db, "-add", name, "-libfile", w.Module); done || err != nil {
		return err
	}
	return editList(db, func(text string) string {
		return strings.TrimRight(text, "\n") + "\n\nlibrary=" + w.Module + "\nname=" + name + "\n\n"
	})
}

// deleteEntry takes a module out of a database.
func (w *World) deleteEntry(db Database, e Entry) error {
	if done, err := w.throughModutil(db, "-delete", e.Name); done || err != nil {
		return err
	}
	return editList(db, func(text string) string {
		var kept []string
		for _, block := range strings.Split(text, "\n\n") {
			if entryOf(block) != e {
				kept = append(kept, block)
			}
		}
		return strings.Join(kept, "\n\n")
	})
}

// editList rewrites the list of modules in one step, with its permissions.
func editList(db Database, edit func(string) string) error {
	b, err := db.folder().Read(moduleList)
	if err != nil {
		return err
	}
	return db.folder().Replace(moduleList, []byte(edit(string(b))), 0o600)
}

// hashFile returns the SHA-256 of a file in hexadecimal digits, "" where it
// cannot be read.
func hashFile(folder userfile.Folder, name string) string {
	b, err := folder.Read(name)
	if err != nil {
		return ""
	}
	return hash(b)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// makeDirs makes a directory with its parents and returns those it made, the
// innermost last.
func makeDirs(dir string, mode os.FileMode) (made []string, err error) {
	count, err := userfile.At(dir).Make(mode)
	for d := filepath.Clean(dir); count > 0; count-- {
		made = append([]string{d}, made...)
		d = filepath.Dir(d)
	}
	return made, err
}

// removeDirs removes directories that are empty, the last first. They come from
// a note, which may name those only that were made for a directory of ours: it
// and those above it.
func removeDirs(dirs []string, ours ...string) {
	for _, dir := range slices.Backward(dirs) {
		if slices.ContainsFunc(ours, func(own string) bool { return own == dir || strings.HasPrefix(own, dir+"/") }) {
			userfile.At(dir).RemoveEmpty(1) // refused where somebody uses it
		}
	}
}
