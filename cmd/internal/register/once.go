// SPDX-License-Identifier: Apache-2.0

package register

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tscns/cmd/internal/message"
)

// autostart is the entry by which a package has the sessions of all people run
// tscns register --once.
const autostart = "/etc/xdg/autostart/tscns.desktop"

// memory is what RegisterOnce remembers of a person.
type memory struct {
	// Places where it has registered, or found the module: profiles by their
	// folder, the database of the Chromium-like browsers by sharedPlace.
	Places []string `json:"places"`
	// Declined are the targets, Firefox or Chrome, that the person
	// unregistered: nothing is registered there again unless they ask.
	Declined []string `json:"declined,omitempty"`
	// Own are the directories that were made for this file.
	Own []string `json:"own,omitempty"`
}

const sharedPlace = "chromium"

func (w *World) memoryPath() string { return filepath.Join(w.Home.State, "tscns", "registered.json") }

func (w *World) recall() (m memory) {
	if b, err := os.ReadFile(w.memoryPath()); err == nil {
		_ = json.Unmarshal(b, &m) // what cannot be read is forgotten
	}
	return m
}

// remember writes the memory; an empty one is removed with its directories.
func (w *World) remember(m memory) error {
	path := w.memoryPath()
	if len(m.Places) == 0 && len(m.Declined) == 0 {
		err := os.Remove(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		removeDirs(m.Own)
		return err
	}
	made, err := makeDirs(filepath.Dir(path), 0o700)
	if err != nil {
		return err
	}
	m.Own = append(m.Own, made...)
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return replace(path, append(b, '\n'), 0o600)
}

// RegisterOnce is what a package runs at the start of every session: it
// registers at the places of a target that it has not seen yet, and leaves
// alone those that are known, and all of a target that the person has
// unregistered. What it could not do now, because a browser runs, it tries
// again the next time. Two of them at once do not meet.
func (w *World) RegisterOnce(target string) (steps []Step) {
	if len(w.fresh(w.recall(), target)) == 0 {
		return nil
	}
	// The lock wants the directory; a second caller waits, and then finds all done.
	made, err := makeDirs(filepath.Dir(w.memoryPath()), 0o700)
	if err != nil {
		return []Step{fail(Step{Place: w.memoryPath()}, err)}
	}
	unlock := lockDirectory(filepath.Dir(w.memoryPath()))
	defer unlock()
	m := w.recall()
	m.Own = append(m.Own, made...)
	for _, db := range w.fresh(m, target) {
		s := w.registerDatabase(db)
		if s.Outcome == Done || s.Outcome == Nothing {
			m.Places = append(m.Places, place(db))
		}
		steps = append(steps, s)
	}
	if len(m.Places) == 0 && len(m.Declined) == 0 {
		removeDirs(made)
	} else if err := w.remember(m); err != nil {
		steps = append(steps, fail(Step{Place: w.memoryPath()}, err))
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

// wantsShared reports whether the person has a browser that shares the database,
// or the database.
func (w *World) wantsShared() bool { return len(w.ChromiumNames()) > 0 || exists(w.Shared()[0].Dir) }

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
	m := w.recall()
	if !exists(filepath.Join(w.Root, autostart)) {
		m.Places, m.Declined = nil, nil
		return w.remember(m)
	}
	for _, t := range families(target) {
		if !slices.Contains(m.Declined, t) {
			m.Declined = append(m.Declined, t)
		}
	}
	return w.remember(m)
}

// accept takes back decline: the person asked for it.
func (w *World) accept(target string) error {
	m := w.recall()
	asked := families(target)
	if len(m.Declined) == 0 {
		return nil
	}
	m.Declined = slices.DeleteFunc(m.Declined, func(t string) bool { return slices.Contains(asked, t) })
	return w.remember(m)
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
