// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"time"
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
	ID    int    // the same dialog has the same number in every scene
	Kind  string // KindPIN, KindChooser, KindOther
	At    string // address of the dialog's document
	Title string
	Text  string
	Items []string // of a chooser: the certificates offered
	Ready bool     // it has the focus and takes an answer
	Typed int      // of a PIN prompt: how many characters are in the field
}

// Scene is what a person sees at a moment.
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

// Dialog returns the dialog of a kind, nil where there is none.
func (s *Scene) Dialog(kind string) *Dialog {
	for i := range s.Dialogs {
		if s.Dialogs[i].Kind == kind {
			return &s.Dialogs[i]
		}
	}
	return nil
}

// Observer tells what Firefox showed since Observe, scene by scene, also while
// Firefox answers no command.
type Observer struct {
	firefox *Firefox
	path    string
	scenes  []Scene
	read    int // bytes of the file that are in scenes
}

// Observe starts to watch. It is called once, with no dialog open.
func (f *Firefox) Observe() (*Observer, error) {
	o := &Observer{firefox: f, path: f.profile + "/scenes.json"}
	if err := f.Chrome(nil, observerScript, o.path); err != nil {
		return nil, err
	}
	return o, o.Wait("a first scene", 0, patience, func(*Scene) bool { return true })
}

// Scenes returns all scenes so far.
func (o *Observer) Scenes() ([]Scene, error) {
	text, err := os.ReadFile(o.path)
	if os.IsNotExist(err) {
		return o.scenes, nil
	}
	if err != nil {
		return nil, err
	}
	for {
		line, _, complete := bytes.Cut(text[o.read:], []byte("\n"))
		if !complete {
			return o.scenes, nil
		}
		var s Scene
		if err := json.Unmarshal(line, &s); err != nil {
			return nil, fmt.Errorf("browser: scene %q: %w", line, err)
		}
		if s.Error != "" {
			return nil, fmt.Errorf("browser: observer: %s", s.Error)
		}
		o.scenes = append(o.scenes, s)
		o.read += len(line) + 1
	}
}

// Mark returns the number of scenes so far: the place from which Wait looks.
func (o *Observer) Mark() (int, error) {
	scenes, err := o.Scenes()
	return len(scenes), err
}

// Wait returns when a scene since from fulfils a condition; the one that lasts
// while from is noted counts too.
func (o *Observer) Wait(what string, from int, timeout time.Duration, condition func(*Scene) bool) error {
	next := max(from-1, 0)
	err := until(what, timeout, func() (bool, error) {
		scenes, err := o.Scenes()
		if err != nil {
			return false, err
		}
		for ; next < len(scenes); next++ {
			if condition(&scenes[next]) {
				return true, nil
			}
		}
		if !o.firefox.Running() {
			return false, fmt.Errorf("browser: Firefox ended: %v\n%s", o.firefox.process.command.ProcessState, o.firefox.Log())
		}
		return false, nil
	})
	if err != nil && len(o.scenes) > 0 {
		return fmt.Errorf("%w; last scene %+v", err, o.scenes[len(o.scenes)-1])
	}
	return err
}

// Now returns the last scene.
func (o *Observer) Now() (Scene, error) {
	scenes, err := o.Scenes()
	if err != nil || len(scenes) == 0 {
		return Scene{}, err
	}
	return scenes[len(scenes)-1], nil
}

// EnterPIN waits for a PIN prompt that was not there at mark, types into it
// as a person would, and presses Return. before, if not nil, is called when
// the PIN is typed and Return is not yet pressed. It returns the prompt.
func (o *Observer) EnterPIN(d *Display, mark int, pin string, before func()) (Dialog, error) {
	var prompt Dialog
	err := o.Wait("a PIN prompt ready for typing", mark, patience, func(s *Scene) bool {
		p := s.Dialog(KindPIN)
		if p == nil || !p.Ready || p.Typed != 0 {
			return false
		}
		prompt = *p
		return true
	})
	if err != nil {
		return prompt, err
	}
	if err := d.Type(pin); err != nil {
		return prompt, err
	}
	err = o.Wait("the PIN in the field", mark, patience, func(s *Scene) bool {
		p := s.Dialog(KindPIN)
		return p != nil && p.ID == prompt.ID && p.Typed == len(pin)
	})
	if err != nil {
		return prompt, err
	}
	if before != nil {
		before()
	}
	return prompt, o.confirm(d, prompt.ID)
}

// Choose waits for the certificate chooser and takes the first certificate.
func (o *Observer) Choose(d *Display, mark int, before func()) (Dialog, error) {
	var chooser Dialog
	err := o.Wait("a certificate chooser ready for an answer", mark, patience, func(s *Scene) bool {
		c := s.Dialog(KindChooser)
		if c == nil || !c.Ready {
			return false
		}
		chooser = *c
		return true
	})
	if err != nil {
		return chooser, err
	}
	if before != nil {
		before()
	}
	return chooser, o.confirm(d, chooser.ID)
}

// confirm presses Return and waits until the dialog is gone.
func (o *Observer) confirm(d *Display, id int) error {
	mark, err := o.Mark()
	if err != nil {
		return err
	}
	if err := d.Key("Return"); err != nil {
		return err
	}
	return o.Wait("the end of a dialog", mark, patience, func(s *Scene) bool {
		for _, dialog := range s.Dialogs {
			if dialog.ID == id {
				return false
			}
		}
		return true
	})
}
