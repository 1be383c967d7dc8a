// SPDX-License-Identifier: Apache-2.0

package register

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
	"tscns/cmd/internal/windows"
	"tscns/packaging/windows/calais"
)

// Minidriver is the target on Windows for the programs of Windows itself.
const Minidriver = "minidriver"

// WindowsTargets lists the targets on Windows.
func WindowsTargets() []string { return []string{Minidriver, Firefox, All} }

// FirefoxPolicy is the key whose values are the modules that Firefox loads for
// everybody (Firefox's policy SecurityDevices), by their names.
const FirefoxPolicy = `SOFTWARE\Policies\Mozilla\Firefox\SecurityDevices\Add`

// writer names this command in the entries that it writes; those of the
// installer have [calais.InstalledBy].
const writer = "tscns register"

// noteKey remembers what was written, so that exactly that can be taken back.
const noteKey = `SOFTWARE\tscns\Registered`

// Values of noteKey.
const (
	noteKeys   = "Keys"   // the keys that were made, in that order
	notePolicy = "Policy" // the library of Firefox's policy
)

// Windows is registration on a computer with Windows, for everybody who uses it.
type Windows struct {
	System windows.System
	// Minidriver and Module are the paths of the two libraries.
	Minidriver, Module string
	Write              bool // otherwise only says what would be written
}

// NewWindows returns the registration of the libraries beside the one at a path,
// or beside the command where path is "".
func NewWindows(system windows.System, path string) *Windows {
	module := cmp.Or(FindModule(path, ""), LibraryFile())
	return &Windows{System: system, Module: module, Minidriver: filepath.Join(filepath.Dir(module), calais.DLL)}
}

// Register gives the cards to the minidriver, or has Firefox load the module.
func (w *Windows) Register(target string) (steps []Step) {
	library := w.Minidriver
	if target == Firefox {
		library = w.Module
	}
	if s, ok := w.trusted(library); !ok {
		return []Step{s}
	}
	if target == Firefox {
		return []Step{w.registerPolicy()}
	}
	drivers, err := windows.Drivers(w.System.Registry())
	if err != nil {
		return []Step{fail(Step{Place: calais.Key}, err)}
	}
	for _, c := range calais.Cards() {
		steps = append(steps, w.registerCard(drivers, c))
	}
	for _, d := range First(drivers) {
		if slices.ContainsFunc(calais.Cards(), func(c calais.Card) bool { return strings.EqualFold(c.Name, d.Name) }) {
			continue // its step says so
		}
		steps = append(steps, Step{place64(calais.Key + `\` + d.Name), Nothing, message.EntryFirst.With(Describe(w.System, d))})
	}
	return steps
}

// trusted reports whether a library is there and nobody but administrators can
// change it: Windows loads it into programs of everybody.
func (w *Windows) trusted(library string) (Step, bool) {
	s := Step{Place: library, Outcome: Failed}
	if !userfile.IsFile(library) {
		s.Text = message.LibraryNotFoundOption.With(filepath.Base(library))
		return s, false
	}
	account, err := w.System.Writer(library)
	switch {
	case err != nil:
		return fail(s, err), false
	case account != "":
		s.Text = message.LibraryOpenToAccount.With(account)
		return s, false
	}
	return s, true
}

// First returns the drivers of others that Windows asks before ours, or where
// ours are not entered yet, and that take some of the same cards.
func First(drivers []windows.Driver) (list []windows.Driver) {
	for _, c := range calais.Cards() {
		card := windows.Driver{ATR: c.ATR, Mask: c.Mask}
		for _, d := range drivers {
			if d.Ours() && d.Overlaps(card) {
				break
			}
			known := slices.ContainsFunc(list, func(other windows.Driver) bool { return other.Name == d.Name })
			if !d.Ours() && d.Overlaps(card) && !known {
				list = append(list, d)
			}
		}
	}
	return list
}

// Describe names a driver of cards: its library or provider, and who made it.
func Describe(system windows.System, d windows.Driver) message.Message {
	file := cmp.Or(d.Library[strings.LastIndexAny(d.Library, `\/`)+1:], d.KSP, d.CSP, "?")
	vendor := message.UnnamedVendor
	if name := system.Vendor(d.Library); name != "" {
		vendor = message.Verbatim(name)
	}
	return message.OtherDriver.With(d.Name, file, vendor)
}

// place64 is a key as people find it in the registry editor.
func place64(key string) string { return `HKLM\` + key }

// above is the key that holds a key.
func above(key string) string { return key[:strings.LastIndexByte(key, '\\')] }

// value is one to write, by its name.
type value struct {
	name string
	windows.Value
}

func (w *Windows) valuesOf(c calais.Card) []value {
	text := func(name, s string) value { return value{name, windows.Value{Text: s}} }
	list := []value{
		text(calais.ValueInstalledBy, writer), // first: whose the rest is, if this is cut short
		text(calais.ValueDLL, w.Minidriver),
		{calais.ValueATR, windows.Value{Binary: c.ATR}},
		{calais.ValueMask, windows.Value{Binary: c.Mask}},
		text(calais.ValueCSP, calais.CSP),
		text(calais.ValueKSP, calais.KSP),
	}
	for _, p := range calais.PINTexts() {
		list = append(list, text(p.Name, p.Text))
	}
	return list
}

func (w *Windows) registerCard(drivers []windows.Driver, c calais.Card) Step {
	key := calais.Key + `\` + c.Name
	s := Step{Place: place64(key), Outcome: Nothing}
	i := slices.IndexFunc(drivers, func(d windows.Driver) bool { return strings.EqualFold(d.Name, c.Name) })
	switch {
	case i >= 0 && drivers[i].InstalledBy == calais.InstalledBy:
		s.Text = message.EntryOfInstaller
		return s
	case i >= 0 && drivers[i].InstalledBy != writer:
		s.Outcome, s.Text = Failed, message.EntryOfOthers
		return s
	case i >= 0 && w.holds(key, w.valuesOf(c)):
		s.Text = message.RegisteredAlready
		return s
	case !w.Write:
		s.Outcome, s.Text = Planned, message.EntryWouldWrite.With(w.Minidriver)
		return s
	}
	if err := w.set(key, w.valuesOf(c)); err != nil {
		return fail(s, err)
	}
	s.Outcome, s.Text = Done, message.EntryWritten.With(w.Minidriver)
	return s
}

// holds reports whether a key has all these values.
func (w *Windows) holds(key string, values []value) bool {
	return !slices.ContainsFunc(values, func(v value) bool {
		got, err := w.System.Registry().Value(key, v.name)
		return err != nil || !got.Equal(v.Value)
	})
}

// set writes values into a key, which is made and noted where it is missing.
func (w *Windows) set(key string, values []value) error {
	if err := w.create(noteKey, ""); err != nil {
		return err
	}
	if err := w.create(key, noteKey); err != nil {
		return err
	}
	for _, v := range values {
		if err := w.System.Registry().Set(key, v.name, v.Value); err != nil {
			return err
		}
	}
	return nil
}

// create makes a key with those above it. Each that is made is noted, before
// where there is a note to write it in.
func (w *Windows) create(key, note string) error {
	r := w.System.Registry()
	parts := strings.Split(key, `\`)
	var made []string
	for i := range parts {
		path := strings.Join(parts[:i+1], `\`)
		if _, err := r.Names(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if note != "" {
			if err := w.noteMade(path); err != nil {
				return err
			}
		}
		if _, err := r.Create(path); err != nil {
			return err
		}
		made = append(made, path)
	}
	if note != "" || len(made) == 0 {
		return nil
	}
	return w.noteMade(made...)
}

func (w *Windows) noteMade(keys ...string) error {
	made, err := w.System.Registry().Value(noteKey, noteKeys)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, key := range keys {
		if !slices.Contains(made.List, key) {
			made.List = append(made.List, key)
		}
	}
	return w.System.Registry().Set(noteKey, noteKeys, made)
}

// PolicyOnWindows returns the library that Firefox's policy loads: ours under
// whatever name, or any under our name; "" without one.
func PolicyOnWindows(r windows.Registry) (library string) {
	// The older form has the names in SecurityDevices itself.
	for _, key := range []string{FirefoxPolicy, above(FirefoxPolicy)} {
		names, _ := r.Names(key)
		for _, name := range names {
			v, _ := r.Value(key, name)
			if name == ModuleName || strings.EqualFold(v.Text[strings.LastIndexAny(v.Text, `\/`)+1:], windowsModule) {
				return v.Text
			}
		}
	}
	return ""
}

// windowsModule is the module's file name on Windows.
const windowsModule = "tscns-pkcs11.dll"

func (w *Windows) registerPolicy() Step {
	s := Step{Place: place64(FirefoxPolicy), Outcome: Nothing}
	library := PolicyOnWindows(w.System.Registry())
	noted, _ := w.System.Registry().Value(noteKey, notePolicy)
	switch {
	case library == w.Module:
		s.Text = message.PolicyThere
		return s
	case library != "" && library != noted.Text:
		s.Outcome, s.Text = Failed, message.PolicyOfOthers
		return s
	case !w.Write:
		s.Outcome, s.Text = Planned, message.PolicyWouldWrite.With(w.Module)
		return s
	}
	err := w.set(noteKey, []value{{notePolicy, windows.Value{Text: w.Module}}})
	if err == nil {
		err = w.set(FirefoxPolicy, []value{{ModuleName, windows.Value{Text: w.Module}}})
	}
	if err != nil {
		return fail(s, err)
	}
	s.Outcome, s.Text = Done, message.PolicyWritten
	return s
}

// NeedsElevation reports whether steps that are planned want the rights of an
// administrator, and the process lacks them.
func (w *Windows) NeedsElevation(steps []Step) bool {
	return !w.System.Elevated() && slices.ContainsFunc(steps, func(s Step) bool { return s.Outcome == Planned })
}
