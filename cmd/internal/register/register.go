// SPDX-License-Identifier: Apache-2.0

package register

import (
	"errors"
	"io/fs"
	"path/filepath"

	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
)

// Outcome is how a step ended.
type Outcome int

// The outcomes of a step.
const (
	Done    Outcome = iota // something was changed
	Nothing                // it was so already, or there is nothing to do
	Refused                // a program runs that would undo it
	Failed
	Planned // what would be done
)

// String returns the name of an outcome, as --json has it.
func (o Outcome) String() string {
	return [...]string{Done: "done", Nothing: "nothing", Refused: "refused", Failed: "failed", Planned: "planned"}[o]
}

// Step is what was done, or not, at one place.
type Step struct {
	Place   string // program and path
	Outcome Outcome
	Text    message.Message
}

// Targets of Register and Unregister.
const (
	Firefox = "firefox" // with Thunderbird
	Chrome  = "chrome"  // with Chromium, Brave, Edge
	P11Kit  = "p11-kit"
	OpenSSL = "openssl" // its engine and provider go through p11-kit
	All     = "all"
	// Flatpak is what Register does not do: PlanFlatpak and ApplyFlatpak.
	Flatpak = "flatpak"
)

// Targets lists them.
func Targets() []string { return []string{Firefox, Chrome, OpenSSL, P11Kit, All, Flatpak} }

// Register makes the module known to the programs of one person.
func (w *World) Register(target string) (steps []Step) {
	if w.OthersHome() {
		return w.refuseHome()
	}
	if target == P11Kit || target == OpenSSL || target == All {
		_, _, user := w.p11kitDirs()
		steps = append(steps, w.registerP11Kit(user))
	}
	if target == P11Kit || target == OpenSSL {
		// A database that has the proxy now has us twice if it had us before.
		for _, db := range append(w.Profiles(), w.Shared()...) {
			if w.ThroughProxy(db) && len(w.entries(db)) > 0 {
				steps = append(steps, w.registerDatabase(db))
			}
		}
		return steps
	}
	steps = append(steps, w.registerBrowsers(target)...)
	if err := w.accept(target); err != nil {
		steps = append(steps, fail(Step{Place: w.memoryPath()}, err))
	}
	if target == All {
		for _, a := range w.applications() {
			if !w.FlatpakRegistered(a.id) {
				steps = append(steps, Step{a.name, Nothing, message.SandboxOnlyAgreed})
			}
		}
	}
	return steps
}

// registerBrowsers enters the module in the databases of the browsers that a
// target names.
func (w *World) registerBrowsers(target string) (steps []Step) {
	if target == Firefox || target == All {
		profiles := w.Profiles()
		if len(profiles) == 0 && target == Firefox {
			steps = append(steps, Step{"Firefox", Nothing, message.FirefoxNoProfile})
		}
		for _, db := range profiles {
			steps = append(steps, w.registerDatabase(db))
		}
	}
	if target == Chrome || target == All && w.wantsShared() {
		for _, db := range w.Shared() {
			steps = append(steps, w.registerDatabase(db))
		}
	}
	return steps
}

// entries lists the entries of a database that are this module.
func (w *World) entries(db Database) (ours []Entry) {
	all, _ := Modules(db)
	for _, e := range all {
		if w.Ours(e) {
			ours = append(ours, e)
		}
	}
	return ours
}

// ThroughProxy reports whether a database gets this module through p11-kit.
func (w *World) ThroughProxy(db Database) bool {
	if w.P11Kit(w.libraryName()) == "" {
		return false
	}
	all, _ := Modules(db)
	for _, e := range all {
		if IsProxy(e.Library) {
			return true
		}
	}
	return w.SystemProxy() != ""
}

// Registered reports whether a database has this module as an entry of its own.
func (w *World) Registered(db Database) bool { return len(w.entries(db)) > 0 }

func (w *World) registerDatabase(db Database) Step {
	s := Step{Place: db.Program + " " + db.Dir}
	db.folder().Clean()
	ours := w.entries(db)
	proxy := w.ThroughProxy(db)
	file, policy := w.byPolicy()
	switch {
	case policy && db.Program == "Firefox" && len(ours) == 0:
		s.Outcome, s.Text = Nothing, message.ThereByPolicy.With(file)
		return s
	case proxy && len(ours) == 0:
		s.Outcome, s.Text = Nothing, message.ThereThroughP11Kit
		return s
	case !proxy && len(ours) == 1 && ours[0].Library == w.Module:
		s.Outcome, s.Text = Nothing, message.RegisteredAlready
		return s
	}
	if name, running := w.Running(db); running {
		return refuse(s, name)
	}
	// An older place, an entry too many: all go before one is added.
	for _, e := range ours {
		if err := w.deleteEntry(db, e); err != nil {
			return fail(s, err)
		}
	}
	if proxy {
		s.Text = message.EntryRemoved
		return s
	}
	if err := w.addTo(db); err != nil {
		return fail(s, err)
	}
	s.Text = message.Registered
	if _, err := w.lookPath("modutil"); err == nil {
		s.Text = message.RegisteredModutil
	}
	return s
}

// addTo adds the module to a database, made where it is missing.
func (w *World) addTo(db Database) error {
	others, err := Modules(db)
	if errors.Is(err, fs.ErrNotExist) {
		err = w.create(db)
	}
	if err != nil {
		return err
	}
	name := ModuleName
	for _, e := range others {
		if e.Name == name {
			name = ModuleName + " (tscns)" // somebody else's module has our name
		}
	}
	if err := w.addEntry(db, name); err != nil {
		return errors.Join(err, w.removeCreated(db))
	}
	return nil
}

func refuse(s Step, name string) Step {
	s.Outcome = Refused
	s.Text = message.ProgramRuns.With(name)
	return s
}

// Unregister takes the module away again from the programs of one person.
func (w *World) Unregister(target string) (steps []Step) {
	if w.OthersHome() {
		return w.refuseHome()
	}
	var dbs []Database
	if target == Firefox || target == All {
		dbs = append(dbs, w.Profiles()...)
	}
	if target == Chrome || target == All {
		dbs = append(dbs, w.Shared()...)
	}
	for _, db := range dbs {
		if db.folder().Has(moduleList) {
			steps = append(steps, w.unregisterDatabase(db))
		}
	}
	if target == P11Kit || target == OpenSSL || target == All {
		_, _, user := w.p11kitDirs()
		steps = append(steps, unregisterP11Kit(user))
	}
	if target == Flatpak || target == All && userfile.Exists(w.flatpakNote()) {
		steps = append(steps, w.unregisterFlatpak()...)
	}
	if target == Firefox || target == All {
		steps = append(steps, w.policyNotice()...)
	}
	if err := w.decline(target); err != nil {
		steps = append(steps, fail(Step{Place: w.memoryPath()}, err))
	}
	return steps
}

func (w *World) unregisterDatabase(db Database) Step {
	s := Step{Place: db.Program + " " + db.Dir, Outcome: Nothing, Text: message.NotRegistered}
	db.folder().Clean()
	ours := w.entries(db)
	if len(ours) > 0 {
		if name, running := w.Running(db); running {
			return refuse(s, name)
		}
		s.Outcome, s.Text = Done, message.Removed
	}
	for _, e := range ours {
		if err := w.deleteEntry(db, e); err != nil {
			return fail(s, err)
		}
	}
	if err := w.removeCreated(db); err != nil {
		return fail(s, err)
	}
	return s
}

func (w *World) registerP11Kit(dir string) Step {
	s := Step{Place: "p11-kit"}
	if file := w.P11Kit(w.libraryName()); file != "" && (file != filepath.Join(dir, moduleFile) || sameModule(file, w.Module)) {
		s.Outcome, s.Text = Nothing, message.ThereAlready.With(file)
		return s
	}
	file, err := w.writeModuleFile(dir)
	if err != nil {
		return fail(s, err)
	}
	s.Text = message.P11KitWritten.With(file)
	return s
}

func unregisterP11Kit(dir string) Step {
	s := Step{Place: "p11-kit", Text: message.Removed}
	switch err := removeModuleFile(filepath.Join(dir, moduleFile)); {
	case errors.Is(err, fs.ErrNotExist):
		s.Outcome, s.Text = Nothing, message.NotRegistered
	case errors.Is(err, errNotOurs):
		s.Outcome, s.Text = Nothing, message.P11KitLeftAlone.With(filepath.Join(dir, moduleFile))
	case err != nil:
		return fail(s, err)
	}
	return s
}

// RegisterSystem makes the module known to everybody on this computer: Firefox
// by its policies, the rest by p11-kit.
func (w *World) RegisterSystem(target string) (steps []Step) {
	if err := w.checkSystem(w.Module); err != nil {
		return []Step{{w.Module, Failed, message.LibraryOpenToOthers.With(finding.Why(err)).Because(err)}}
	}
	if target == P11Kit || target == OpenSSL || target == All {
		_, system, _ := w.p11kitDirs()
		steps = append(steps, w.inSystem(system, func() Step { return w.registerP11Kit(system) }))
	}
	if target == Firefox || target == All {
		steps = append(steps, w.inSystem(filepath.Dir(w.policyFile()), w.registerPolicy))
	}
	return append(steps, noSystemChrome(target)...)
}

// UnregisterSystem undoes RegisterSystem.
func (w *World) UnregisterSystem(target string) (steps []Step) {
	if target == Firefox || target == All {
		steps = append(steps, w.inSystem(filepath.Dir(w.policyFile()), w.unregisterPolicy))
	}
	if target == P11Kit || target == OpenSSL || target == All {
		_, system, _ := w.p11kitDirs()
		steps = append(steps, w.inSystem(system, func() Step { return unregisterP11Kit(system) }))
	}
	return append(steps, noSystemChrome(target)...)
}

func noSystemChrome(target string) []Step {
	if target != Chrome {
		return nil
	}
	return []Step{{"Chrome", Failed, message.NoSystemChrome}}
}
