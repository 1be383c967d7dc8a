// SPDX-License-Identifier: Apache-2.0

package register

import (
	"bufio"
	"bytes"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
)

// A browser of Flatpak reaches the library through p11-kit: a socket of the
// person's session, an override that shows this socket to the application, and
// p11-kit's client module, which every runtime has, in its NSS database.
//
// The socket has to be the one where the client looks by itself. Flatpak takes
// P11_KIT_SERVER_ADDRESS out of an application's environment, also where an
// override sets it, on systems that have p11-kit (flatpak-run.c,
// add_monitor_path_args, read in versions 1.12.7 to 1.18).
const flatpakSocket = "p11-kit/pkcs11" // below the runtime directory

// clientInSandbox is p11-kit's client module as an application sees it.
func clientInSandbox() string {
	return "/usr/lib/" + Triplets[runtime.GOARCH] + "/pkcs11/p11-kit-client.so"
}

// application is a browser of Flatpak that this person has.
type application struct {
	name, id string
	data     string // the folder that is its home
	profiles []string
	about    metadata
}

// metadata is what Flatpak knows of an installed application; the zero value
// where it is not installed (any more).
type metadata struct {
	installation string
	runtime      string
	home         bool // it sees the whole home
	persistent   []string
}

// applications lists the browsers of Flatpak that were used or are installed.
func (w *World) applications() (list []application) {
	for _, s := range sandboxes {
		if id, flatpak := strings.CutPrefix(s.dir, flatpakData); flatpak {
			a := application{name: s.name, id: id, data: filepath.Join(w.Home.Dir, s.dir), profiles: s.profiles, about: w.metadataOf(id)}
			if userfile.Exists(a.data) || a.about.installation != "" {
				list = append(list, a)
			}
		}
	}
	for _, a := range w.found().applications {
		a.about = w.metadataOf(a.id)
		list = append(list, a)
	}
	return list
}

// metadataOf returns what Flatpak knows of an application, with what the person
// changed of it.
func (w *World) metadataOf(id string) (m metadata) {
	for _, installation := range []string{w.Home.Flatpak, filepath.Join(w.Root, "/var/lib/flatpak")} {
		if b, err := userfile.Read(filepath.Join(installation, "app", id, "current/active/metadata")); err == nil {
			m.installation = installation
			m.read(b)
			break
		}
	}
	if b, err := userfile.Read(w.overrideFile(id)); err == nil {
		m.read(b)
	}
	return m
}

// read takes over what a file says that flatpak-metadata(5) describes: an
// application's own, then a person's overrides of it.
func (m *metadata) read(b []byte) {
	group := ""
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			group = line
		}
		key, value, _ := strings.Cut(line, "=")
		items := strings.Split(value, ";")
		has := func(names ...string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(items, name) })
		}
		switch group + key {
		case "[Application]runtime":
			m.runtime = value
		case "[Context]filesystems":
			m.home = (m.home || has("home", "host")) && !has("!home", "!host")
		case "[Context]persistent":
			m.persistent = append(m.persistent, items...)
		}
	}
}

// databasesOf lists the NSS databases of an application; for one that has none
// yet, the one to make. All that the application writes may be a trap: what is
// refused of it is in the error.
func (w *World) databasesOf(a application) (list []Database, refused error) {
	own := userfile.Guarded(a.data)
	if a.profiles != nil {
		for _, p := range a.profiles {
			dirs, err := profilesOf(own.In(p))
			if isRefusal(err) {
				refused = errors.Join(refused, err)
			}
			for _, dir := range dirs {
				list = append(list, Database{a.name, Mozilla, dir.Path(), a.data})
			}
		}
		return list, refused
	}
	if a.about.home && !slices.Contains(a.about.persistent, ".pki") {
		return w.Shared(), nil // the person's own, which browsers of the system have too
	}
	classic, newer := own.In(".pki/nssdb"), own.In("data/pki/nssdb")
	for _, dir := range []userfile.Folder{classic, newer} {
		switch err := dir.Check(); {
		case err == nil:
			list = append(list, Database{a.name, Chromium, dir.Path(), a.data})
		case isRefusal(err):
			refused = errors.Join(refused, err)
		}
	}
	if list == nil && a.about.installation != "" && !slices.Contains(a.about.persistent, ".pki") {
		classic = newer // what it writes to .pki it forgets
	}
	if list == nil && refused == nil {
		list = []Database{{a.name, Chromium, classic.Path(), a.data}}
	}
	return list, refused
}

// sandboxDatabase returns a database by its folder: one below the folder of an
// application in a sandbox, or one of the person's own.
func (w *World) sandboxDatabase(dir string) Database {
	db := Database{Dir: dir}
	all := filepath.Join(w.Home.Dir, flatpakData)
	way, inside := strings.CutPrefix(dir, all+"/")
	if !inside {
		return db
	}
	id, _, _ := strings.Cut(way, "/")
	db.Program, db.guard = id+" (Flatpak)", all
	if isApplication(id) {
		db.guard = filepath.Join(all, id)
	}
	for _, s := range sandboxes {
		if s.dir == flatpakData+id {
			db.Program = s.name
		}
	}
	return db
}

// hasClient reports whether the runtime of an application has p11-kit's client;
// true where that cannot be seen from outside.
func (a application) hasClient() bool {
	files := filepath.Join(a.about.installation, "runtime", a.about.runtime, "active/files")
	if a.about.runtime == "" || !userfile.Exists(files) {
		return true
	}
	return userfile.Exists(filepath.Join(files, strings.TrimPrefix(clientInSandbox(), "/usr")))
}

// Change is a step that was not made yet, or says why it will not be.
type Change struct {
	Step
	apply func() error // nil where there is nothing to do
}

// PlanFlatpak says what would let the browsers of Flatpak use the card. It
// changes nothing.
func (w *World) PlanFlatpak() []Change {
	if w.OthersHome() {
		return []Change{{Step: w.refuseHome()[0]}}
	}
	applications := w.applications()
	if len(applications) == 0 {
		return []Change{{Step: Step{"Flatpak", Nothing, message.FlatpakNoBrowser}}}
	}
	if _, err := w.lookPath("flatpak"); err != nil {
		return []Change{{Step: Step{"Flatpak", Failed, message.FlatpakMissing}}}
	}
	if _, err := w.lookPath("p11-kit"); err != nil {
		return []Change{{Step: Step{"p11-kit", Failed, message.P11KitMissing}}}
	}
	var changes []Change
	running := w.runningFlatpaks()
	needed := false
	for _, a := range applications {
		steps, served := w.planApplication(a, slices.Contains(running, a.id))
		changes = append(changes, steps...)
		needed = needed || served
	}
	if needed {
		changes = slices.Insert(changes, 0, w.planSocket())
	}
	return changes
}

// planApplication also reports whether the application needs the socket. One that
// cannot be registered is not let see it: that would open its sandbox in vain.
func (w *World) planApplication(a application, running bool) (changes []Change, served bool) {
	place := a.name + " " + a.id
	if !a.hasClient() {
		return []Change{{Step: Step{place, Failed, message.FlatpakNoClient.With(a.about.runtime)}}}, false
	}
	databases, refused := w.databasesOf(a)
	if refused != nil {
		changes = append(changes, Change{Step: fail(Step{Place: place}, refused)})
	}
	if len(databases) == 0 && refused == nil {
		return []Change{{Step: Step{place, Nothing, message.FlatpakNoProfile}}}, false
	}
	for _, db := range databases {
		c := w.planDatabase(db, place, running)
		changes = append(changes, c)
		served = served || c.Outcome == Planned || c.Outcome == Nothing
	}
	if served {
		changes = slices.Insert(changes, 0, w.planOverride(a, place))
	}
	return changes, served
}

// client is the world of an application, with the module that it can load.
func (w *World) client() *World {
	inside := *w
	inside.Module, inside.inSandbox = clientInSandbox(), true
	return &inside
}

func (w *World) planDatabase(db Database, place string, running bool) Change {
	c := Change{Step: Step{Place: place + " " + db.Dir, Outcome: Nothing}}
	inside := w.client()
	own := !slices.ContainsFunc(w.Shared(), func(shared Database) bool { return shared.Dir == db.Dir })
	switch {
	case inside.Registered(db):
		c.Text = message.RegisteredAlready
	case !own && (w.Registered(db) || len(w.ChromiumNames()) > 0):
		c.Outcome, c.Text = Failed, message.FlatpakSharedDatabase.
			With(message.PageSandboxes)
	case running || db.Kind == Mozilla && db.folder().Locked(mozillaLock):
		c.Step = refuse(c.Step, db.Program)
	default:
		c.Outcome, c.Text = Planned, message.FlatpakAddModule.With(ModuleName, inside.Module)
		c.apply = func() error {
			return w.noting(func(n *flatpakState) { n.addDatabase(db.Dir) }, func() error { return inside.addTo(db) })
		}
	}
	return c
}

// ApplyFlatpak makes the changes of a plan, and says what came of each.
func (w *World) ApplyFlatpak(plan []Change) (steps []Step) {
	for _, c := range plan {
		if c.apply != nil {
			c.Outcome = Done
			if err := c.apply(); err != nil {
				c.Step = fail(c.Step, err)
			} else {
				c.Text = message.FlatpakDone.With(c.Text)
			}
		}
		steps = append(steps, c.Step)
	}
	return steps
}

// FlatpakRegistered reports whether an application was given the card.
func (w *World) FlatpakRegistered(id string) bool {
	return slices.ContainsFunc(w.applications(), func(a application) bool { return a.id == id && w.served(a) })
}

// served reports whether an application was given the card.
func (w *World) served(a application) bool {
	state, err := w.readState()
	if err != nil || state.Overrides[a.id] == nil {
		return false
	}
	databases, _ := w.databasesOf(a)
	return slices.ContainsFunc(databases, w.client().Registered)
}

// Sandboxed lists the browsers in a Snap or Flatpak that this person has and
// that the library has not been passed in to.
func (w *World) Sandboxed() (names []string) {
	for _, s := range sandboxes {
		id, flatpak := strings.CutPrefix(s.dir, flatpakData)
		if userfile.Exists(filepath.Join(w.Home.Dir, s.dir)) && !(flatpak && w.FlatpakRegistered(id)) {
			names = append(names, s.name)
		}
	}
	names = append(names, w.found().snaps...)
	for _, a := range w.found().applications {
		if !w.FlatpakRegistered(a.id) {
			names = append(names, a.name)
		}
	}
	return names
}

// SandboxedServed lists those that it has been passed in to.
func (w *World) SandboxedServed() (names []string) {
	for _, a := range w.applications() {
		if w.served(a) {
			names = append(names, a.name)
		}
	}
	return names
}
