// SPDX-License-Identifier: Apache-2.0

package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ModuleName is the name under which the module is registered.
const ModuleName = "TS-CNS"

// moduleList is the file of an NSS database that lists modules: blocks of
// lines key=value, an empty line between them.
const moduleList = "pkcs11.txt"

// Entry is a module of an NSS database.
type Entry struct{ Library, Name string }

// Modules lists the modules of a database, without the internal one.
func Modules(dir string) (list []Entry, err error) {
	b, err := os.ReadFile(filepath.Join(dir, moduleList))
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

// addEntry registers the module in a database, which exists.
func (w *World) addEntry(dir, name string) error {
	if !w.inSandbox {
		err := w.modutil(dir, "-add", name, "-libfile", w.Module)
		if !errors.Is(err, exec.ErrNotFound) {
			return err
		}
	}
	return editList(dir, func(text string) string {
		return strings.TrimRight(text, "\n") + "\n\nlibrary=" + w.Module + "\nname=" + name + "\n\n"
	})
}

// deleteEntry takes a module out of a database.
func (w *World) deleteEntry(dir string, e Entry) error {
	if !w.inSandbox {
		err := w.modutil(dir, "-delete", e.Name)
		if !errors.Is(err, exec.ErrNotFound) {
			return err
		}
	}
	return editList(dir, func(text string) string {
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
func editList(dir string, edit func(string) string) error {
	path := filepath.Join(dir, moduleList)
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return replace(path, []byte(edit(string(b))), info.Mode().Perm())
}

// replace writes a file beside the old one and puts it in its place.
func replace(path string, b []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tscns-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// createdNote is left in a database that was made for the module, so that it
// can be taken away with it where nobody has used it since.
const createdNote = ".tscns-created"

type created struct {
	Directories []string          `json:"directories"` // made for the database, the innermost last
	Files       map[string]string `json:"files"`       // SHA-256 by name
}

// errNoDatabase: there is none, and no tool to make one.
var errNoDatabase = errors.New("no database, and no modutil to make one")

// create makes an empty database, and notes that it did.
func (w *World) create(dir string) error {
	if _, err := w.lookPath("modutil"); err != nil {
		return errNoDatabase
	}
	note := created{Files: map[string]string{}}
	var err error
	if note.Directories, err = makeDirs(dir, 0o700); err != nil {
		return err
	}
	if err := w.modutil(dir, "-create"); err != nil {
		return err
	}
	for _, name := range []string{"cert9.db", "key4.db"} {
		note.Files[name] = hashFile(filepath.Join(dir, name))
	}
	b, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, createdNote), b, 0o600)
}

// removeCreated takes a database away that was made for the module, unless
// something else is in it by now; then only the note goes.
func removeCreated(dir string) error {
	path := filepath.Join(dir, createdNote)
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var note created
	if err == nil {
		err = json.Unmarshal(b, &note)
	}
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	if others, err := Modules(dir); err != nil || len(others) > 0 {
		return err
	}
	for name, hash := range note.Files {
		if hashFile(filepath.Join(dir, name)) != hash {
			return nil
		}
	}
	for name := range note.Files {
		err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
	}
	err = errors.Join(err, os.Remove(filepath.Join(dir, moduleList)))
	removeDirs(note.Directories)
	return err
}

func hashFile(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return hash(b)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// makeDirs makes a directory with its parents and returns those it made.
func makeDirs(dir string, mode os.FileMode) (made []string, err error) {
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		made = append([]string{d}, made...)
	}
	return made, os.MkdirAll(dir, mode)
}

// removeDirs removes directories that are empty, the last first.
func removeDirs(dirs []string) {
	for _, dir := range slices.Backward(dirs) {
		_ = os.Remove(dir) // refused where somebody uses it
	}
}
