// SPDX-License-Identifier: Apache-2.0

package register

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
	"tscns/packaging/systemd"
)

// flatpakState is what tscns register flatpak did, so that it can be undone.
// Each part is written down before it is done.
type flatpakState struct {
	Directories []string             `json:"directories"` // made on the way
	Socket      bool                 `json:"socket"`      // turned on
	Units       []string             `json:"units"`       // written
	Overrides   map[string]*override `json:"overrides"`   // by application
	Databases   []string             `json:"databases"`
}

// override is an application's file of overrides as it was before.
type override struct {
	Existed bool   `json:"existed"`
	Before  string `json:"before"`
	After   string `json:"after"` // SHA-256 of what flatpak made of it
}

func overrideNote(before []byte, existed bool) *override {
	return &override{Existed: existed, Before: string(before)}
}

func (n *flatpakState) addDatabase(dir string) {
	if !slices.Contains(n.Databases, dir) {
		n.Databases = append(n.Databases, dir)
	}
}

func (w *World) flatpakNote() string { return filepath.Join(w.Home.Data, "tscns", "flatpak.json") }

// readState reads the note; the zero value where there is none.
func (w *World) readState() (*flatpakState, error) {
	state := &flatpakState{Overrides: map[string]*override{}}
	b, err := userfile.Read(w.flatpakNote())
	if errors.Is(err, fs.ErrNotExist) {
		return state, nil
	}
	if err == nil {
		err = json.Unmarshal(b, state)
	}
	if state.Overrides == nil {
		state.Overrides = map[string]*override{}
	}
	return state, err
}

// noting writes something down, then does it.
func (w *World) noting(note func(*flatpakState), do func() error) error {
	state, err := w.readState()
	if err != nil {
		return err
	}
	made, err := makeDirs(filepath.Dir(w.flatpakNote()), 0o700)
	if err != nil {
		return err
	}
	state.Directories = append(state.Directories, made...)
	note(state)
	if err := w.writeState(state); err != nil {
		return err
	}
	if do == nil {
		return nil
	}
	return do()
}

func (w *World) writeState(state *flatpakState) error {
	b, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	return userfile.Replace(w.flatpakNote(), append(b, '\n'), 0o600)
}

// unregisterFlatpak undoes what the note says. What could not be undone stays
// in the note, for the next time.
func (w *World) unregisterFlatpak() (steps []Step) {
	state, err := w.readState()
	if err != nil {
		return []Step{fail(Step{Place: "Flatpak"}, err)}
	}
	if !userfile.Exists(w.flatpakNote()) {
		return []Step{{"Flatpak", Nothing, message.NotRegistered}}
	}
	undo := func(place string, do func() error) bool {
		s := Step{Place: place, Text: message.Removed}
		if err := do(); err != nil {
			s = fail(s, err)
		}
		steps = append(steps, s)
		return s.Outcome == Done
	}
	running := w.runningFlatpaks()
	var left []string
	for _, dir := range state.Databases {
		if name, runs := w.usedBy(dir, running); runs {
			steps = append(steps, refuse(Step{Place: "Flatpak " + dir}, name))
			left = append(left, dir)
		} else if !undo("Flatpak "+dir, func() error { return w.undoDatabase(dir) }) {
			left = append(left, dir)
		}
	}
	state.Databases = left
	for _, a := range sortedKeys(state.Overrides) {
		if undo("Flatpak "+a, func() error { return w.undoOverride(a, state.Overrides[a]) }) {
			delete(state.Overrides, a)
		}
	}
	if state.Socket && undo("systemd "+systemd.Socket, func() error { return w.stopSocket(state) }) {
		state.Socket, state.Units = false, nil
	}
	if len(state.Databases) > 0 || len(state.Overrides) > 0 || state.Socket {
		if err := w.writeState(state); err != nil {
			steps = append(steps, fail(Step{Place: w.flatpakNote()}, err))
		}
		return steps
	}
	if err := userfile.Remove(w.flatpakNote()); err != nil {
		steps = append(steps, fail(Step{Place: w.flatpakNote()}, err))
	}
	units, _ := w.unitDirs()
	removeDirs(state.Directories, filepath.Dir(w.flatpakNote()), units)
	return steps
}

// usedBy says which running browser has a database open.
func (w *World) usedBy(dir string, running []string) (string, bool) {
	for _, a := range w.applications() {
		databases, _ := w.databasesOf(a)
		for _, db := range databases {
			if db.Dir == dir && (slices.Contains(running, a.id) || db.Kind == Mozilla && db.folder().Locked(mozillaLock)) {
				return a.name, true
			}
		}
	}
	return "", false
}

// undoDatabase takes the entries away that carry our name; one that somebody
// made by hand for p11-kit's client under another name stays.
func (w *World) undoDatabase(dir string) error {
	db := w.sandboxDatabase(dir)
	db.folder().Clean()
	inside := w.client()
	if _, err := Modules(db); errors.Is(err, fs.ErrNotExist) {
		return w.updateMemory(func(m *memory) { delete(m.Created, dir) })
	} else if err != nil {
		return err
	}
	for _, e := range inside.entries(db) {
		if e.Name != ModuleName && e.Name != ModuleName+" (tscns)" {
			continue
		}
		if err := inside.deleteEntry(db, e); err != nil {
			return err
		}
	}
	return w.removeCreated(db)
}

func sortedKeys(m map[string]*override) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
