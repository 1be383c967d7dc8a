// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

//go:embed observer.js
var observerScript string

// Kinds of a Dialog.
const (
	KindPIN     = "pin"
	KindChooser = "chooser"
	KindOther   = "other"
)

// Dialog is a dialog that Firefox shows.
type Dialog struct {
	ID    int    // from 1; the same dialog has the same number in every scene
	Kind  string // KindPIN, KindChooser, KindOther
	At    string // address of the dialog's document
	Title string
	Text  string
	Items []string // of a chooser: the certificates offered
	Ready bool     // it has the focus and takes an answer
	Typed int      // of a PIN prompt: how many characters are in the field
}

// Scene is what a person sees in Firefox at a moment.
type Scene struct {
	Dialogs []Dialog
	Page    struct {
		At       string // address in the address bar
		Document string // address of the document, about:neterror?... for an error page
		Title    string
		Busy     bool
	}
	Error string
}

// dialog returns the first dialog that fits, nil where there is none.
func (s *Scene) dialog(fits func(Dialog) bool) *Dialog {
	if i := slices.IndexFunc(s.Dialogs, fits); i >= 0 {
		return &s.Dialogs[i]
	}
	return nil
}

// observe has a script in Firefox tell what it shows, scene by scene, also while
// Firefox answers no command. It is called once, with no dialog open.
func (f *Firefox) observe() *Firefox {
	f.home.Helper()
	f.path = fmt.Sprintf("%s/scenes-%d.json", f.profile, f.PID())
	require.NoError(f.home, f.Chrome(nil, observerScript, f.path))
	require.NoError(f.home, f.wait("a first scene", func(*Scene) bool { return true }))
	return f
}

// look returns all scenes so far.
func (f *Firefox) look() ([]Scene, error) {
	text, err := os.ReadFile(f.path)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for f.read < len(text) {
		line, _, complete := bytes.Cut(text[f.read:], []byte("\n"))
		if !complete {
			break
		}
		var s Scene
		if err := json.Unmarshal(line, &s); err != nil || s.Error != "" {
			return nil, fmt.Errorf("browser: scene %q: %w", line, err)
		}
		f.scenes = append(f.scenes, s)
		f.read += len(line) + 1
	}
	return f.scenes, nil
}

// wait returns when the scene fulfils a condition.
func (f *Firefox) wait(what string, condition func(*Scene) bool) error {
	var last Scene
	err := until(what, func() (bool, error) {
		scenes, err := f.look()
		if err != nil || len(scenes) == 0 {
			return false, err
		}
		last = scenes[len(scenes)-1]
		return condition(&last), f.Alive()
	})
	if err != nil {
		return fmt.Errorf("%w; last scene %+v", err, last)
	}
	return nil
}

// Navigate implements [Browser].
func (f *Firefox) Navigate(url string) error {
	scenes, err := f.look()
	if err != nil {
		return err
	}
	f.since = len(scenes)
	return f.send("WebDriver:Navigate", map[string]any{"url": url})
}

// View implements [Browser].
func (f *Firefox) View() (View, error) {
	scenes, err := f.look()
	if err != nil || len(scenes) == 0 {
		return View{}, err
	}
	s := scenes[len(scenes)-1]
	v := View{Asks: s.dialog(f.asks) != nil}
	if !s.Page.Busy {
		v.Address, v.Title, v.Refused = s.Page.At, s.Page.Title, strings.HasPrefix(s.Page.Document, "about:neterror")
	}
	return v, f.Alive()
}

// asks reports whether a dialog asks for a PIN that was not given yet.
func (f *Firefox) asks(d Dialog) bool { return d.Kind == KindPIN && d.ID > f.Prompt.ID }

// EnterPIN implements [Browser].
func (f *Firefox) EnterPIN(pin string, before func()) error {
	prompt, err := f.await("a PIN prompt ready for typing", func(d Dialog) bool { return f.asks(d) && d.Ready && d.Typed == 0 })
	if err != nil {
		return err
	}
	f.Prompt = prompt
	if _, err := f.home.display.xdotool("type", "--clearmodifiers", "--delay", "25", pin); err != nil {
		return err
	}
	if _, err = f.await("the PIN in the field", func(d Dialog) bool { return d.ID == prompt.ID && d.Typed == len(pin) }); err != nil {
		return err
	}
	return f.confirm(prompt, before)
}

// Choose waits for the certificate chooser and takes the first certificate.
func (f *Firefox) Choose(before func()) (Dialog, error) {
	chooser, err := f.await("a certificate chooser ready for an answer", func(d Dialog) bool { return d.Kind == KindChooser && d.Ready })
	if err != nil {
		return chooser, err
	}
	return chooser, f.confirm(chooser, before)
}

// await waits for a dialog.
func (f *Firefox) await(what string, fits func(Dialog) bool) (found Dialog, err error) {
	err = f.wait(what, func(s *Scene) bool {
		d := s.dialog(fits)
		if d != nil {
			found = *d
		}
		return d != nil
	})
	return found, err
}

// confirm presses Return and waits until the dialog is gone.
func (f *Firefox) confirm(dialog Dialog, before func()) error {
	if before != nil {
		before()
	}
	if err := f.home.display.key("Return"); err != nil {
		return err
	}
	return f.wait("the end of a dialog", func(s *Scene) bool {
		return s.dialog(func(d Dialog) bool { return d.ID == dialog.ID }) == nil
	})
}
