// SPDX-License-Identifier: Apache-2.0

package register

import (
	"errors"
	"io/fs"
	"strings"

	"tscns/cmd/internal/userfile"
)

// created is what is noted of a database that was made for the module, so that
// it can be taken away with it where nobody has used it since. The note stands
// in the person's own folder, not in the database, where others could write it.
type created struct {
	Folders int               `json:"folders"` // made for the database, itself included
	Files   map[string]string `json:"files"`   // SHA-256 by name, of databaseFiles but the list
}

// errNoDatabase: there is none, and no tool to make one.
var errNoDatabase = errors.New("no database, and no modutil to make one")

// create makes an empty database, and notes that it did. modutil makes it
// elsewhere: where the database is to be, somebody else may write.
func (w *World) create(db Database) error {
	if _, err := w.lookPath("modutil"); err != nil {
		return errNoDatabase
	}
	scratch, remove, err := userfile.Scratch()
	if err != nil {
		return err
	}
	defer remove()
	if err := w.modutil(scratch.Path(), "-create"); err != nil {
		return err
	}
	folder := db.folder()
	earlier := w.recall().Created[db.Dir] // by a run that was killed half-way
	note := created{Files: map[string]string{}}
	if note.Folders, err = folder.Make(0o700); err != nil {
		return err
	}
	note.Folders += earlier.Folders
	contents := map[string][]byte{}
	for _, name := range databaseFiles {
		if contents[name], err = scratch.Read(name); err != nil {
			return err
		}
		switch {
		case folder.Has(name) && hashFile(folder, name) == earlier.Files[name]:
			note.Files[name] = earlier.Files[name]
			delete(contents, name)
		case folder.Has(name):
			delete(contents, name) // somebody else's
		case name == moduleList:
			moved := strings.Replace(string(contents[name]), quoted(scratch.Path()), quoted(db.Dir), 1)
			contents[name] = []byte(moved)
		default:
			note.Files[name] = hash(contents[name])
		}
	}
	if err := w.updateMemory(func(m *memory) { m.created(db.Dir, note) }); err != nil {
		return err
	}
	for _, name := range databaseFiles {
		if b, missing := contents[name]; missing {
			if err := folder.Replace(name, b, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// quoted writes a path as NSS does between single quotes in a list of modules.
func quoted(path string) string { return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(path) }

// removeCreated takes a database away that was made for the module, unless
// something else is in it by now; then only the note goes.
func (w *World) removeCreated(db Database) error {
	note, ok := w.recall().Created[db.Dir]
	if !ok {
		return nil
	}
	err := removeUnused(db, note)
	return errors.Join(err, w.updateMemory(func(m *memory) { delete(m.Created, db.Dir) }))
}

func removeUnused(db Database, note created) error {
	others, err := Modules(db)
	if len(others) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folder := db.folder()
	for _, name := range databaseFiles {
		if h := hashFile(folder, name); name != moduleList && h != "" && h != note.Files[name] {
			return nil
		}
	}
	err = nil
	for _, name := range databaseFiles {
		if failure := folder.Remove(name); !errors.Is(failure, fs.ErrNotExist) {
			err = errors.Join(err, failure)
		}
	}
	folder.RemoveEmpty(note.Folders)
	return err
}
