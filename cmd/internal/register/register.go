// SPDX-License-Identifier: Apache-2.0

package register

import (
	"errors"
	"os"
	"path/filepath"

	"tscns/cmd/internal/words"
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

// Step is what was done, or not, at one place.
type Step struct {
	Place   string // program and path
	Outcome Outcome
	Text    words.Text
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
	if target == Firefox || target == All {
		profiles := w.Profiles()
		if len(profiles) == 0 && target == Firefox {
			steps = append(steps, Step{"Firefox", Nothing, words.Text{"no profile yet: start Firefox once, then register again", "nessun profilo: avvia Firefox una volta, poi registra di nuovo"}})
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
	if err := w.accept(target); err != nil {
		steps = append(steps, fail(Step{Place: w.memoryPath()}, err))
	}
	if target == All {
		for _, a := range w.applications() {
			if !w.FlatpakRegistered(a.id) {
				steps = append(steps, Step{a.name, Nothing, words.Text{"it is in a sandbox; only with your agreement: tscns register flatpak", "è in una sandbox; solo con il tuo accordo: tscns register flatpak"}})
			}
		}
	}
	return steps
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// entries lists the entries of a database that are this module.
func (w *World) entries(db Database) (ours []Entry) {
	all, _ := Modules(db.Dir)
	for _, e := range all {
		if w.Ours(e) {
			ours = append(ours, e)
		}
	}
	return ours
}

// ThroughProxy says whether a database gets this module through p11-kit.
func (w *World) ThroughProxy(db Database) bool {
	if w.P11Kit(w.libraryName()) == "" {
		return false
	}
	all, _ := Modules(db.Dir)
	for _, e := range all {
		if IsProxy(e.Library) {
			return true
		}
	}
	return w.SystemProxy() != ""
}

// Registered says whether a database has this module as an entry of its own.
func (w *World) Registered(db Database) bool { return len(w.entries(db)) > 0 }

func (w *World) registerDatabase(db Database) Step {
	s := Step{Place: db.Program + " " + db.Dir}
	ours := w.entries(db)
	proxy := w.ThroughProxy(db)
	file, policy := w.byPolicy()
	switch {
	case policy && db.Program == "Firefox" && len(ours) == 0:
		s.Outcome, s.Text = Nothing, words.Text{"there already, by the policy %s", "c'è già, per la policy %s"}.With(file)
		return s
	case proxy && len(ours) == 0:
		s.Outcome, s.Text = Nothing, words.Text{"there already, through p11-kit", "c'è già, attraverso p11-kit"}
		return s
	case !proxy && len(ours) == 1 && ours[0].Library == w.Module:
		s.Outcome, s.Text = Nothing, words.Text{"registered already", "già registrato"}
		return s
	}
	if name, running := w.Running(db); running {
		return refuse(s, name)
	}
	// An older place, an entry too many: all go before one is added.
	for _, e := range ours {
		if err := w.deleteEntry(db.Dir, e); err != nil {
			return fail(s, err)
		}
	}
	if proxy {
		s.Text = words.Text{"entry removed: it is there through p11-kit, twice would show the card twice", "voce tolta: c'è attraverso p11-kit, due volte mostrerebbe la tessera due volte"}
		return s
	}
	if err := w.addTo(db.Dir); err != nil {
		return fail(s, err)
	}
	s.Text = words.Text{"registered", "registrato"}
	if _, err := w.lookPath("modutil"); err == nil {
		s.Text = words.Text{"registered (with modutil)", "registrato (con modutil)"}
	}
	return s
}

// addTo adds the module to a database, made where it is missing.
func (w *World) addTo(dir string) error {
	others, err := Modules(dir)
	if errors.Is(err, os.ErrNotExist) {
		err = w.create(dir)
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
	if err := w.addEntry(dir, name); err != nil {
		return errors.Join(err, removeCreated(dir))
	}
	return nil
}

func fail(s Step, err error) Step {
	s.Outcome = Failed
	switch {
	case errors.Is(err, errNoDatabase):
		s.Text = words.Text{"no database yet, and no modutil to make one: install it (package libnss3-tools or nss-tools)", "nessun database, e manca modutil per crearlo: installalo (pacchetto libnss3-tools o nss-tools)"}
	case errors.Is(err, errNoManager):
		s.Text = words.Text{"no systemd answers in this session: %s says how to start the server by hand", "in questa sessione non risponde nessun systemd: %s dice come avviare il server a mano"}.
			With(words.Page("docs/sandboxes.md", "docs/it/sandbox.md"))
	case errors.Is(err, os.ErrPermission):
		s.Text = words.Text{"not permitted: run it as administrator, with sudo", "non permesso: eseguilo da amministratore, con sudo"}
	default:
		s.Text = words.Text{"failed: %v", "non riuscito: %v"}.With(err)
	}
	return s
}

func refuse(s Step, name string) Step {
	s.Outcome = Refused
	s.Text = words.Text{"%s is running and would undo it: close it, then try again", "%s è aperto e annullerebbe la modifica: chiudilo, poi riprova"}.With(name)
	return s
}

// Unregister takes the module away again from the programs of one person.
func (w *World) Unregister(target string) (steps []Step) {
	var dbs []Database
	if target == Firefox || target == All {
		dbs = append(dbs, w.Profiles()...)
	}
	if target == Chrome || target == All {
		dbs = append(dbs, w.Shared()...)
	}
	for _, db := range dbs {
		if exists(filepath.Join(db.Dir, moduleList)) {
			steps = append(steps, w.unregisterDatabase(db))
		}
	}
	if target == P11Kit || target == OpenSSL || target == All {
		_, _, user := w.p11kitDirs()
		steps = append(steps, unregisterP11Kit(user))
	}
	if target == Flatpak || target == All && exists(w.flatpakNote()) {
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
	s := Step{Place: db.Program + " " + db.Dir, Outcome: Nothing, Text: words.Text{"not registered", "non registrato"}}
	ours := w.entries(db)
	if len(ours) > 0 {
		if name, running := w.Running(db); running {
			return refuse(s, name)
		}
		s.Outcome, s.Text = Done, words.Text{"removed", "tolto"}
	}
	for _, e := range ours {
		if err := w.deleteEntry(db.Dir, e); err != nil {
			return fail(s, err)
		}
	}
	if err := removeCreated(db.Dir); err != nil {
		return fail(s, err)
	}
	return s
}

func (w *World) registerP11Kit(dir string) Step {
	s := Step{Place: "p11-kit"}
	if file := w.P11Kit(w.libraryName()); file != "" && (file != filepath.Join(dir, moduleFile) || sameModule(file, w.Module)) {
		s.Outcome, s.Text = Nothing, words.Text{"there already: %s", "c'è già: %s"}.With(file)
		return s
	}
	file, err := w.writeModuleFile(dir)
	if err != nil {
		return fail(s, err)
	}
	s.Text = words.Text{"written: %s", "scritto: %s"}.With(file)
	return s
}

func unregisterP11Kit(dir string) Step {
	s := Step{Place: "p11-kit", Text: words.Text{"removed", "tolto"}}
	switch err := removeModuleFile(filepath.Join(dir, moduleFile)); {
	case errors.Is(err, os.ErrNotExist):
		s.Outcome, s.Text = Nothing, words.Text{"not registered", "non registrato"}
	case errors.Is(err, errNotOurs):
		s.Outcome, s.Text = Nothing, words.Text{"left alone: %s was not written by tscns register", "lasciato: %s non è stato scritto da tscns register"}.With(filepath.Join(dir, moduleFile))
	case err != nil:
		return fail(s, err)
	}
	return s
}

// RegisterSystem makes the module known to everybody on this computer: Firefox
// by its policies, the rest by p11-kit.
func (w *World) RegisterSystem(target string) (steps []Step) {
	if target == P11Kit || target == OpenSSL || target == All {
		_, system, _ := w.p11kitDirs()
		steps = append(steps, w.registerP11Kit(system))
	}
	if target == Firefox || target == All {
		steps = append(steps, w.registerPolicy())
	}
	return append(steps, noSystemChrome(target)...)
}

// UnregisterSystem undoes RegisterSystem.
func (w *World) UnregisterSystem(target string) (steps []Step) {
	if target == Firefox || target == All {
		steps = append(steps, w.unregisterPolicy())
	}
	if target == P11Kit || target == OpenSSL || target == All {
		_, system, _ := w.p11kitDirs()
		steps = append(steps, unregisterP11Kit(system))
	}
	return append(steps, noSystemChrome(target)...)
}

func noSystemChrome(target string) []Step {
	if target != Chrome {
		return nil
	}
	return []Step{{"Chrome", Failed, words.Text{"Chromium-like browsers have no setting for the whole system: each person runs tscns register chrome", "i browser di tipo Chromium non hanno un'impostazione per tutto il sistema: ogni persona esegue tscns register chrome"}}}
}
