// SPDX-License-Identifier: Apache-2.0

package register

import (
	"errors"
	"io/fs"
	"slices"

	"tscns/cmd/internal/message"
	"tscns/cmd/internal/windows"
	"tscns/packaging/windows/calais"
)

// Unregister takes back what Register wrote.
func (w *Windows) Unregister(target string) (steps []Step) {
	if target == Minidriver || target == All {
		steps = append(steps, w.unregisterCards()...)
	}
	if target == Firefox || target == All {
		steps = append(steps, w.unregisterPolicy())
	}
	if w.Write {
		if err := w.forget(); err != nil {
			steps = append(steps, fail(Step{Place: place64(noteKey)}, err))
		}
	}
	return steps
}

func (w *Windows) unregisterCards() (steps []Step) {
	drivers, err := windows.Drivers(w.System.Registry())
	if err != nil {
		return []Step{fail(Step{Place: place64(calais.Key)}, err)}
	}
	for _, d := range drivers {
		key := calais.Key + `\` + d.Name
		s := Step{Place: place64(key)}
		switch {
		case d.InstalledBy == calais.InstalledBy:
			s.Outcome, s.Text = Nothing, message.EntryOfInstaller
		case d.InstalledBy != writer:
			continue
		case !w.Write:
			s.Outcome, s.Text = Planned, message.EntryWouldRemove
		default:
			s.Text = message.Removed
			if err := w.System.Registry().DeleteKey(key); err != nil {
				s = fail(s, err)
			}
		}
		steps = append(steps, s)
	}
	if steps == nil {
		steps = []Step{{place64(calais.Key), Nothing, message.NotRegistered}}
	}
	return steps
}

func (w *Windows) unregisterPolicy() Step {
	r := w.System.Registry()
	s := Step{Place: place64(FirefoxPolicy), Outcome: Nothing}
	there, err := r.Value(FirefoxPolicy, ModuleName)
	noted, _ := r.Value(noteKey, notePolicy)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Text = message.PolicyNone
		return s
	case err != nil:
		return fail(s, err)
	case noted.Text == "" || there.Text != noted.Text:
		s.Text = message.PolicyOfOthers
		return s
	case !w.Write:
		s.Outcome, s.Text = Planned, message.EntryWouldRemove
		return s
	}
	if err := r.DeleteValue(FirefoxPolicy, ModuleName); err != nil {
		return fail(s, err)
	}
	s.Outcome, s.Text = Done, message.PolicyRemoved
	return s
}

// forget removes the keys that were made and hold nothing any more, and the note
// when nothing is left of what was written. A key that others use by then stays,
// and is theirs.
func (w *Windows) forget() error {
	r := w.System.Registry()
	made, err := r.Value(noteKey, noteKeys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	own := []string{above(noteKey), noteKey}
	left := slices.Clone(made.List)
	for _, key := range slices.Backward(made.List) {
		if !slices.Contains(own, key) && w.removeEmpty(key) {
			left = slices.DeleteFunc(left, func(k string) bool { return k == key })
		}
	}
	if kept, err := w.anything(); err != nil || kept {
		return errors.Join(err, r.Set(noteKey, noteKeys, windows.Value{List: left}))
	}
	if err := r.DeleteKey(noteKey); err != nil {
		return err
	}
	if slices.Contains(made.List, own[0]) {
		w.removeEmpty(own[0])
	}
	return nil
}

// anything reports whether something that Register wrote is still there. A
// policy that is gone, or another's by now, is no longer noted.
func (w *Windows) anything() (bool, error) {
	r := w.System.Registry()
	drivers, err := windows.Drivers(r)
	if err != nil {
		return true, err
	}
	noted, err := r.Value(noteKey, notePolicy)
	policy := err == nil
	if there, err := r.Value(FirefoxPolicy, ModuleName); policy && (err != nil || there.Text != noted.Text) {
		policy = false
		if err := r.DeleteValue(noteKey, notePolicy); err != nil {
			return true, err
		}
	}
	return policy || slices.ContainsFunc(drivers, func(d windows.Driver) bool { return d.InstalledBy == writer }), nil
}

// removeEmpty removes a key that holds nothing, and reports whether it is gone.
func (w *Windows) removeEmpty(key string) bool {
	r := w.System.Registry()
	names, err := r.Names(key)
	below, belowErr := r.Keys(key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true
	case err != nil, belowErr != nil, len(names) > 0, len(below) > 0:
		return false
	}
	return r.DeleteKey(key) == nil
}
