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
	// Search keeps what the first search of the home found; nil searches again
	// each time.
	Search *Search

	locked    bool // this run has the lock of what is remembered
	inSandbox bool // Module is a path inside of a sandbox: no program here can load it
}

// NewWorld returns the world of the person whose environment it reads, with the
// library at a path, or the one that is found where path is "".
func NewWorld(getenv func(string) string, root, path string) *World {
	w := &World{Home: HomeFrom(getenv), Root: root, Module: FindModule(path, root), Search: &Search{}}
	if w.Module == "" {
		w.Module = LibraryFile()
	}
	return w
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

	// guard is the folder that an application in a sandbox writes, or that was
	// found by what it holds: nothing below it is trusted. "" is a folder of the
	// person's own.
	guard string
}

// folder returns the folder of the database, to read and write it.
func (db Database) folder() userfile.Folder {
	if db.guard == "" {
		return userfile.At(db.Dir)
	}
	return userfile.Guarded(db.guard).In(db.Dir)
}

// Profiles lists the profiles of the Mozilla programs: Firefox, Thunderbird and
// those made of them, each profile once.
func (w *World) Profiles() (list []Database) {
	for _, m := range mozillas {
		for _, base := range []string{filepath.Join(w.Home.Dir, m.home), filepath.Join(w.Home.Config, m.config)} {
			dirs, _ := profilesOf(userfile.At(base)) // what cannot be read is no profile
			for _, dir := range dirs {
				list = append(list, Database{Program: m.name, Kind: Mozilla, Dir: dir.Path()})
			}
		}
	}
	for _, db := range w.found().profiles {
		if !slices.ContainsFunc(list, func(other Database) bool { return other.Dir == db.Dir }) {
			list = append(list, db)
		}
	}
	return list
}

// Used reports whether a database is there, or a part of it.
func (db Database) Used() bool { return slices.ContainsFunc(databaseFiles, db.folder().Has) }

// profileList is the file in which a Mozilla program lists its profiles.
const profileList = "profiles.ini"

// maxProfiles bounds the profiles that are read of one list.
const maxProfiles = 256

// profilesOf reads profiles.ini: sections with a Path, relative to the file's
// folder unless IsRelative says 0. Profiles whose folder is gone are left out.
// Those that are refused are in the error, and so is a file that is.
func profilesOf(base userfile.Folder) (dirs []userfile.Folder, refused error) {
	b, err := base.Read(profileList)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var path string
	relative, left := true, maxProfiles
	flush := func() {
		if path == "" || left == 0 {
			return
		}
		left--
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
	for _, c := range w.found().chromiums {
		if !slices.Contains(names, c.name) {
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

// mozillaLock is the file of a profile on which a Mozilla program holds a lock
// while it runs.
const mozillaLock = ".parentlock"

// Running reports whether a program that uses a database is running, and its name.
func (w *World) Running(db Database) (string, bool) {
	if db.Kind == Mozilla {
		return db.Program, db.folder().Locked(mozillaLock)
	}
	for _, c := range chromiums {
		if lockHeld(userfile.At(filepath.Join(w.Home.Config, c.config))) {
			return c.name, true
		}
	}
	for _, c := range w.found().chromiums {
		if lockHeld(c.folder) {
			return c.name, true
		}
	}
	return "", false
}

// lockHeld reports whether a Chromium-like browser that keeps its data in a
// folder is running on this computer. Its lock is a symbolic link to HOST-PID.
func lockHeld(data userfile.Folder) bool {
	target, err := data.Readlink(chromiumLock)
	if err != nil {
		return false
	}
	i := strings.LastIndexByte(target, '-')
	host, err := os.Hostname()
	return i >= 0 && err == nil && host == target[:i] && processAlive(target[i+1:])
}
