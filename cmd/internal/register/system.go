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

// policyNote remembers what was done to Firefox's policies, so that exactly
// that can be taken back: by a package that is removed, above all.
type policyNote struct {
	File        string   `json:"file"`
	Created     bool     `json:"created"`               // the file was not there
	Before      []byte   `json:"before,omitempty"`      // its content, where it was
	After       string   `json:"after"`                 // SHA-256 of what was written
	Directories []string `json:"directories,omitempty"` // made for the file, the innermost last
	Own         []string `json:"own,omitempty"`         // made for this note
}

// policyMode is the mode of a policy file that is made.
const policyMode = 0o644

func (w *World) policyNotePath() string {
	return filepath.Join(w.Root, "/var/lib/tscns/firefox-policy.json")
}

// policyNote reads the note; nil where there is none that can be read.
func (w *World) policyNote() *policyNote {
	b, err := userfile.Read(w.policyNotePath())
	var n policyNote
	if err != nil || json.Unmarshal(b, &n) != nil || !slices.Contains(w.policyFiles(), n.File) {
		return nil
	}
	return &n
}

// registerPolicy has Firefox load the module for everybody.
func (w *World) registerPolicy() Step {
	library, path := w.PolicyModule()
	s := Step{Place: "Firefox " + path, Text: message.PolicyWritten}
	switch {
	case library == w.Module:
		s.Outcome, s.Text = Nothing, message.PolicyThere
		return s
	case library == "" && w.SystemProxy() != "" && w.P11Kit(w.libraryName()) != "":
		s.Outcome, s.Text = Nothing, message.ThereThroughP11Kit
		return s
	}
	if err := w.notedPolicy(path); err != nil {
		return fail(s, err)
	}
	return s
}

// notedPolicy writes the policy, and before it the note.
func (w *World) notedPolicy(path string) error {
	before, after, err := mergedPolicy(path, w.Module)
	if err != nil {
		return err
	}
	n := policyNote{File: path, Created: before == nil, Before: before, After: hash(after)}
	if old := w.policyNote(); old != nil && old.File == path && hash(before) == old.After {
		// The library has moved since: what was there before us stays the same.
		n.Created, n.Before, n.Directories, n.Own = old.Created, old.Before, old.Directories, old.Own
	}
	// Without the right to write the policy nothing is left behind either.
	made, err := makeDirs(filepath.Dir(path), 0o755)
	n.Directories = append(n.Directories, made...)
	if err == nil {
		err = w.writeNote(&n)
	}
	if err == nil {
		err = userfile.Replace(path, after, policyMode)
	}
	if err != nil && !userfile.Exists(path) {
		err = errors.Join(err, w.removeNote(&n))
		removeDirs(n.Directories, filepath.Dir(path))
	}
	return err
}

func (w *World) writeNote(n *policyNote) error {
	path := w.policyNotePath()
	made, err := makeDirs(filepath.Dir(path), 0o755)
	if err != nil {
		return err
	}
	n.Own = append(n.Own, made...)
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return userfile.Replace(path, b, 0o600)
}

func (w *World) removeNote(n *policyNote) error {
	err := userfile.Remove(w.policyNotePath())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	removeDirs(n.Own, filepath.Dir(w.policyNotePath()))
	return err
}

// unregisterPolicy takes the policy back. A file that nobody changed since
// becomes what it was, byte for byte.
func (w *World) unregisterPolicy() Step {
	library, path := w.PolicyModule()
	n := w.policyNote()
	if n != nil && userfile.Exists(n.File) {
		path = n.File
		library = policyModule(path)
	}
	s := Step{Place: "Firefox " + path, Text: message.PolicyRemoved}
	if library == "" {
		s.Outcome, s.Text = Nothing, message.PolicyNone
	} else if err := restorePolicy(path, n); err != nil {
		return fail(s, err)
	}
	if n != nil {
		removeDirs(n.Directories, filepath.Dir(n.File))
		if err := w.removeNote(n); err != nil {
			return fail(s, err)
		}
	}
	return s
}

func restorePolicy(path string, n *policyNote) error {
	if n == nil || hashFile(userfile.At(filepath.Dir(path)), filepath.Base(path)) != n.After {
		return removePolicy(path, n == nil)
	}
	if n.Created {
		return userfile.Remove(path)
	}
	return userfile.Replace(path, n.Before, policyMode)
}
