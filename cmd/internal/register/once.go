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
)

// autostart is the entry by which a package has the sessions of all people run
// tscns register --once.
const autostart = "/etc/xdg/autostart/tscns.desktop"

// command is where a package installs the command that those entries run.
const command = "/usr/bin/tscns"

// memory is what RegisterOnce remembers of a person.
type memory struct {
	// Places where it has registered, or found the module: profiles by their
	// folder, the database of the Chromium-like browsers by sharedPlace.
	Places []string `json:"places"`
	// Declined are the targets, Firefox or Chrome, that the person
	// unregistered: nothing is registered there again unless they ask.
	Declined []string `json:"declined,omitempty"`
	// Created are the databases that were made for the module, by their folder.
	Created map[string]created `json:"created,omitempty"`
	// Folders is how many folders were made for this file.
	Folders int `json:"folders,omitempty"`
}

func (m *memory) created(dir string, note created) {
	if m.Created == nil {
		m.Created = map[string]created{}
	}
	m.Created[dir] = note
}

const sharedPlace = "chromium"

func (w *World) memoryPath() string { return filepath.Join(w.Home.State, "tscns", "registered.json") }

func (w *World) recall() (m memory) {
	if b, err := userfile.Read(w.memoryPath()); err == nil {
		_ = json.Unmarshal(b, &m) // what cannot be read is forgotten
	}
	return m
}

// remember writes the memory; an empty one is removed with its directories.
func (w *World) remember(m memory) error {
	path := w.memoryPath()
	folder := userfile.At(filepath.Dir(path))
	if len(m.Places) == 0 && len(m.Declined) == 0 && len(m.Created) == 0 {
		err := folder.Remove(filepath.Base(path))
		folder.RemoveEmpty(m.Folders)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	made, err := folder.Make(0o700)
	if err != nil {
		return err
	}
	m.Folders += made
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return folder.Replace(filepath.Base(path), append(b, '\n'), 0o600)
}

// lock keeps what is remembered from other runs of the command: a second caller
// waits. It returns a World that has the lock, and may call what takes it, and
// how many folders were made for it.
func (w *World) lock() (held *World, unlock func(), made int, err error) {
	own := *w
	if w.locked {
		return &own, func() {}, 0, nil
	}
	folder := userfile.At(filepath.Dir(w.memoryPath()))
	if made, err = folder.Make(0o700); err != nil {
		return nil, nil, made, err
	}
	unlock, err = folder.Lock()
	own.locked = true
	return &own, unlock, made, err
}

// updateMemory changes what is remembered, by one run at a time: a note that is
// lost is a database that stays for ever.
func (w *World) updateMemory(change func(*memory)) error {
	_, unlock, made, err := w.lock()
	if err != nil {
		return err
	}
	defer unlock()
	m := w.recall()
	m.Folders += made
	change(&m)
	return w.remember(m)
}

// RegisterOnce is what a package runs at the start of every session: it
// registers at the places of a target that it has not seen yet, and leaves
// alone those that are known, and all of a target that the person has
// unregistered. What it could not do now, because a browser runs, it tries
// again the next time. Two of them at once do not meet.
func (w *World) RegisterOnce(target string) (steps []Step) {
	if w.OthersHome() || len(w.fresh(w.recall(), target)) == 0 {
		return nil
	}
	path := w.memoryPath()
	w, unlock, made, err := w.lock() // a second caller finds all done
	if err != nil {
		return []Step{fail(Step{Place: path}, err)}
	}
	defer unlock()
	var places []string
	for _, db := range w.fresh(w.recall(), target) {
		s := w.registerDatabase(db)
		if s.Outcome == Done || s.Outcome == Nothing {
			places = append(places, place(db))
		}
		steps = append(steps, s)
	}
	err = w.updateMemory(func(m *memory) {
		m.Folders += made
		m.Places = append(m.Places, places...)
	})
	if err != nil {
		steps = append(steps, fail(Step{Place: path}, err))
	}
	return steps
}

// fresh lists the databases of a target that the memory does not know.
func (w *World) fresh(m memory, target string) (list []Database) {
	if (target == Firefox || target == All) && !slices.Contains(m.Declined, Firefox) {
		list = append(list, w.Profiles()...)
	}
	if (target == Chrome || target == All) && !slices.Contains(m.Declined, Chrome) && w.wantsShared() {
		list = append(list, w.Shared()...)
	}
	known := m.Places
	return slices.DeleteFunc(list, func(db Database) bool { return slices.Contains(known, place(db)) })
}

// chromiumStart is the file by which a package has the start of Debian's
// Chromium run tscns register --once chrome.
const chromiumStart = "/etc/chromium.d/tscns"

// Awaited is when a database will have the module without anybody's doing.
type Awaited int

// When it will.
const (
	Never     Awaited = iota
	AtStart           // when its browser starts
	AtSession         // when the person's next session starts
)

// Awaits returns when a package will have RegisterOnce register the module in a
// database: one that it has not seen yet, and can write.
func (w *World) Awaits(db Database) Awaited {
	fresh := func(other Database) bool { return other.Dir == db.Dir }
	if w.OthersHome() || !userfile.Exists(filepath.Join(w.Root, command)) || !slices.ContainsFunc(w.fresh(w.recall(), All), fresh) {
		return Never
	}
	if _, err := Modules(db); errors.Is(err, fs.ErrNotExist) {
		if _, err := w.lookPath("modutil"); err != nil {
			return Never
		}
	} else if err != nil || db.folder().CheckFile(moduleList) != nil {
		return Never
	}
	switch {
	case db.Kind == Chromium && slices.Contains(w.ChromiumNames(), "Chromium") && userfile.Exists(filepath.Join(w.Root, chromiumStart)):
		return AtStart
	case userfile.Exists(filepath.Join(w.Root, autostart)):
		return AtSession
	}
	return Never
}

// wantsShared reports whether the person has a browser that shares the database,
// or the database.
func (w *World) wantsShared() bool {
	return len(w.ChromiumNames()) > 0 || userfile.Exists(w.Shared()[0].Dir)
}

func place(db Database) string {
	if db.Kind == Chromium {
		return sharedPlace
	}
	return db.Dir
}

// decline remembers that the person unregistered a target, where a package
// would otherwise register it again; without such a package nothing needs to
// be remembered any more.
func (w *World) decline(target string) error {
	packaged := userfile.Exists(filepath.Join(w.Root, autostart))
	if m := w.recall(); !packaged && len(m.Places) == 0 && len(m.Declined) == 0 {
		return nil
	}
	return w.updateMemory(func(m *memory) {
		if !packaged {
			m.Places, m.Declined = nil, nil
			return
		}
		for _, t := range families(target) {
			if !slices.Contains(m.Declined, t) {
				m.Declined = append(m.Declined, t)
			}
		}
	})
}

// accept takes back decline: the person asked for it.
func (w *World) accept(target string) error {
	if len(w.recall().Declined) == 0 {
		return nil
	}
	asked := families(target)
	return w.updateMemory(func(m *memory) {
		m.Declined = slices.DeleteFunc(m.Declined, func(t string) bool { return slices.Contains(asked, t) })
	})
}

// families are the targets that have databases.
func families(target string) []string {
	switch target {
	case Firefox, Chrome:
		return []string{target}
	case All:
		return []string{Firefox, Chrome}
	}
	return nil
}

// byPolicy reports whether Firefox loads this module for everybody by its policy.
func (w *World) byPolicy() (file string, yes bool) {
	library, file := w.PolicyModule()
	return file, library != "" && library == w.Module
}

// policyNotice tells a person who unregistered that the computer's policy stays.
func (w *World) policyNotice() (steps []Step) {
	if file, yes := w.byPolicy(); yes {
		steps = append(steps, Step{"Firefox " + file, Nothing, message.PolicyStays})
	}
	return steps
}
