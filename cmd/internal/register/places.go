// SPDX-License-Identifier: Apache-2.0

// Package register makes the module known to programs and takes it away
// again: NSS databases of browsers, p11-kit, Firefox policies.
package register

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"tscns/cmd/internal/userfile"
)

// World is what registration sees of a computer. Home directories are real
// paths; paths of the system are looked up below Root.
type World struct {
	Home   Home
	Root   string // "" is /
	Module string // path of the library, as programs shall load it
	// LookPath finds a program; nil is exec.LookPath.
	LookPath func(string) (string, error)

	inSandbox bool // Module is a path inside of a sandbox: no program here can load it
}

// Triplets are Debian's names of architectures, as library folders have them,
// by Go's names. Flatpak's runtimes have the same folders.
var Triplets = map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "386": "i386-linux-gnu",
	"arm": "arm-linux-gnueabihf", "riscv64": "riscv64-linux-gnu", "ppc64le": "powerpc64le-linux-gnu", "s390x": "s390x-linux-gnu"}

// Home is where a person's programs keep their settings (XDG Base Directory
// Specification).
type Home struct {
	Dir, Config, Data, State string
	Runtime                  string // XDG_RUNTIME_DIR, "" where the session has none
	Flatpak                  string // the person's own installation of Flatpak
}

// HomeFrom reads the environment.
func HomeFrom(getenv func(string) string) Home {
	h := Home{Dir: getenv("HOME"), Config: getenv("XDG_CONFIG_HOME"), Data: getenv("XDG_DATA_HOME"), State: getenv("XDG_STATE_HOME"),
		Runtime: getenv("XDG_RUNTIME_DIR"), Flatpak: getenv("FLATPAK_USER_DIR")}
	// Relative paths are not valid there: they would be those of whoever wrote
	// the current folder.
	absolute := func(path *string, otherwise func() string) {
		if !filepath.IsAbs(*path) {
			*path = otherwise()
		}
	}
	absolute(&h.Dir, accountHome)
	absolute(&h.Config, func() string { return filepath.Join(h.Dir, ".config") })
	absolute(&h.Data, func() string { return filepath.Join(h.Dir, ".local", "share") })
	absolute(&h.State, func() string { return filepath.Join(h.Dir, ".local", "state") })
	absolute(&h.Flatpak, func() string { return filepath.Join(h.Data, "flatpak") })
	return h
}

// accountHome returns the home of the user's account, or a path where nothing is.
func accountHome() string {
	if u, err := user.Current(); err == nil && filepath.IsAbs(u.HomeDir) {
		return u.HomeDir
	}
	return filepath.Join(string(filepath.Separator), "nonexistent")
}

// Kind tells the owners of NSS databases apart.
type Kind int

// The kinds of NSS databases.
const (
	Mozilla  Kind = iota // a profile of its own
	Chromium             // one database for all browsers of a person
)

// Database is an NSS database that a program uses, or would use.
type Database struct {
	Program string // "Firefox", "Thunderbird", or the Chromium-like browsers that share it
	Kind    Kind
	Dir     string

	// guard is the folder that an application in a sandbox writes, where the
	// database is in one: nothing below it is trusted. "" is the person's own.
	guard string
}

// folder returns the folder of the database, to read and write it.
func (db Database) folder() userfile.Folder {
	if db.guard == "" {
		return userfile.At(db.Dir)
	}
	return userfile.Guarded(db.guard).In(db.Dir)
}

// mozillas are the programs with profiles, and where they keep profiles.ini:
// below the home, then below the configuration (Firefox from 147 on).
var mozillas = []struct {
	name   string
	home   string
	config string
}{
	{"Firefox", ".mozilla/firefox", "mozilla/firefox"},
	{"Thunderbird", ".thunderbird", "thunderbird"},
}

// chromiums are the browsers that share the person's database: the folder
// below the configuration, which holds the lock, and the programs.
var chromiums = []struct {
	name, config string
	programs     []string
}{
	{"Chromium", "chromium", []string{"chromium", "chromium-browser"}},
	{"Chrome", "google-chrome", []string{"google-chrome", "google-chrome-stable"}},
	{"Brave", "BraveSoftware/Brave-Browser", []string{"brave-browser", "brave"}},
	{"Edge", "microsoft-edge", []string{"microsoft-edge", "microsoft-edge-stable"}},
}

// Profiles lists the profiles of Firefox and Thunderbird.
func (w *World) Profiles() (list []Database) {
	for _, m := range mozillas {
		for _, base := range []string{filepath.Join(w.Home.Dir, m.home), filepath.Join(w.Home.Config, m.config)} {
			dirs, _ := profilesOf(userfile.At(base)) // what cannot be read is no profile
			for _, dir := range dirs {
				list = append(list, Database{Program: m.name, Kind: Mozilla, Dir: dir.Path()})
			}
		}
	}
	return list
}

// profilesOf reads profiles.ini: sections with a Path, relative to the file's
// folder unless IsRelative says 0. Profiles whose folder is gone are left out.
// Those that are refused are in the error, and so is a file that is.
func profilesOf(base userfile.Folder) (dirs []userfile.Folder, refused error) {
	b, err := base.Read("profiles.ini")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var path string
	relative := true
	flush := func() {
		if path == "" {
			return
		}
		if relative {
			path = "./" + path // also one that begins with a slash
		}
		dir := base.In(filepath.FromSlash(path))
		switch err := dir.Check(); {
		case err == nil && !slices.Contains(dirs, dir):
			dirs = append(dirs, dir)
		case isRefusal(err):
			refused = errors.Join(refused, err)
		}
		path, relative = "", true
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		key, value, _ := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "["):
			flush()
		case key == "Path":
			path = value
		case key == "IsRelative":
			relative = value != "0"
		}
	}
	flush()
	return dirs, refused
}

// Shared lists the databases that Chromium-like browsers share: those that are
// there, or else the one to make. Browsers take the classic place where it
// exists and the newer one only otherwise.
func (w *World) Shared() (list []Database) {
	name := strings.Join(w.ChromiumNames(), ", ")
	if name == "" {
		name = "Chromium"
	}
	classic := filepath.Join(w.Home.Dir, ".pki", "nssdb")
	for _, dir := range []string{classic, filepath.Join(w.Home.Data, "pki", "nssdb")} {
		if userfile.IsDir(dir) {
			list = append(list, Database{Program: name, Kind: Chromium, Dir: dir})
		}
	}
	if list == nil {
		list = []Database{{Program: name, Kind: Chromium, Dir: classic}}
	}
	return list
}

// ChromiumNames lists the Chromium-like browsers that this person has.
func (w *World) ChromiumNames() (names []string) {
	for _, c := range chromiums {
		found := userfile.Exists(filepath.Join(w.Home.Config, c.config)) || slices.ContainsFunc(c.programs, w.installed)
		if found {
			names = append(names, c.name)
		}
	}
	return names
}

// installed looks for a browser on the system; one in a Snap does not count.
func (w *World) installed(program string) bool {
	if w.Root != "" {
		return userfile.Exists(filepath.Join(w.Root, "usr/bin", program))
	}
	path, err := w.lookPath(program)
	return err == nil && !strings.HasPrefix(path, "/snap/")
}

func (w *World) lookPath(program string) (string, error) {
	if w.LookPath != nil {
		return w.LookPath(program)
	}
	return exec.LookPath(program)
}

// sandbox is a browser in a sandbox, by the folder that its use leaves in a
// home. profiles are where a Mozilla program keeps profiles.ini below it.
type sandbox struct {
	name, dir string
	profiles  []string
}

// sandboxes are browsers that cannot load a library of the system. Those of
// Flatpak have the id of the application as the folder's name.
var sandboxes = []sandbox{
	{"Firefox (Snap)", "snap/firefox", nil},
	{"Chromium (Snap)", "snap/chromium", nil},
	{"Thunderbird (Snap)", "snap/thunderbird", nil},
	{"Firefox (Flatpak)", flatpakData + "org.mozilla.firefox", []string{".mozilla/firefox", "config/mozilla/firefox"}},
	{"Thunderbird (Flatpak)", flatpakData + "org.mozilla.Thunderbird", []string{".thunderbird", "config/thunderbird"}},
	{"Thunderbird (Flatpak)", flatpakData + "net.thunderbird.Thunderbird", []string{".thunderbird", "config/thunderbird"}},
	{"Chromium (Flatpak)", flatpakData + "org.chromium.Chromium", nil},
	{"ungoogled-chromium (Flatpak)", flatpakData + "io.github.ungoogled_software.ungoogled_chromium", nil},
	{"Chrome (Flatpak)", flatpakData + "com.google.Chrome", nil},
	{"Brave (Flatpak)", flatpakData + "com.brave.Browser", nil},
	{"Edge (Flatpak)", flatpakData + "com.microsoft.Edge", nil},
}

// flatpakData is where Flatpak keeps what applications write.
const flatpakData = ".var/app/"

// Sandboxed lists the browsers in a Snap or Flatpak that this person has and
// that the library has not been passed in to.
func (w *World) Sandboxed() (names []string) {
	for _, s := range sandboxes {
		id, _ := strings.CutPrefix(s.dir, flatpakData)
		if userfile.Exists(filepath.Join(w.Home.Dir, s.dir)) && !w.FlatpakRegistered(id) {
			names = append(names, s.name)
		}
	}
	return names
}

// SandboxedServed lists those that it has been passed in to.
func (w *World) SandboxedServed() (names []string) {
	for _, a := range w.applications() {
		if w.FlatpakRegistered(a.id) {
			names = append(names, a.name)
		}
	}
	return names
}

// mozillaLock is the file of a profile on which a Mozilla program holds a lock
// while it runs.
const mozillaLock = ".parentlock"

// Running reports whether a program that uses a database is running, and its name.
func (w *World) Running(db Database) (string, bool) {
	if db.Kind == Mozilla {
		return db.Program, db.folder().Locked(mozillaLock)
	}
	for _, c := range chromiums {
		// The lock is a symbolic link to HOST-PID.
		target, err := userfile.At(filepath.Join(w.Home.Config, c.config)).Readlink("SingletonLock")
		if err != nil {
			continue
		}
		i := strings.LastIndexByte(target, '-')
		if host, err := os.Hostname(); i >= 0 && err == nil && host == target[:i] && processAlive(target[i+1:]) {
			return c.name, true
		}
	}
	return "", false
}
