// SPDX-License-Identifier: Apache-2.0

package register

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"tscns/cmd/internal/userfile"
)

// found are the browsers of a home that no table of this package names. Nothing
// of them is trusted: whoever can write one folder of a home can make it look
// like a browser's.
type found struct {
	profiles     []Database     // of Mozilla programs outside of sandboxes
	chromiums    []chromiumData // outside of sandboxes
	applications []application  // of Flatpak, without what Flatpak knows of them
	snaps        []string       // names of browsers in a Snap
}

// chromiumData is the folder of a Chromium-like browser that holds its lock.
type chromiumData struct {
	name   string
	folder userfile.Folder
}

// Search keeps what a search of the home found, for a process that asks often
// and does not live long.
type Search struct {
	once  sync.Once
	found *found
}

// found returns the browsers that are in no table.
func (w *World) found() *found {
	if w.Search == nil {
		return w.search()
	}
	w.Search.once.Do(func() { w.Search.found = w.search() })
	return w.Search.found
}

// Bounds of a search: a home may have any number of folders.
const (
	maxFolders = 50000 // folders that are read, in one search
	maxEntries = 20000 // names that are read of one folder
)

// search looks through the home: a Mozilla program is a profiles.ini that leads
// to a cert9.db, a Chromium-like one a folder as isChromium describes it; one or
// two folders below the configuration, the home's hidden folders, and the
// folders that Flatpak and Snap give an application.
func (w *World) search() *found {
	s := &searcher{w: w, left: maxFolders, found: &found{}}
	s.configuration()
	s.flatpaks()
	s.snaps()
	s.hidden()
	return s.found
}

type searcher struct {
	w     *World
	left  int // folders that may still be read
	found *found
}

// read returns the names of the files and of the folders in a folder. A link is
// neither, but for a browser's lock. A name that cannot be printed is no
// browser's.
func (s *searcher) read(f userfile.Folder) (files, folders []string) {
	if s.left == 0 {
		return nil, nil
	}
	s.left--
	entries, _ := f.Entries(maxEntries) // what cannot be read is left out
	for _, e := range entries {
		switch name := e.Name(); {
		case !printable(name):
		case e.IsDir():
			folders = append(folders, name)
		case e.Type()&fs.ModeSymlink == 0 || name == chromiumLock:
			files = append(files, name)
		}
	}
	slices.Sort(folders)
	return files, folders
}

func printable(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) })
}

// seen is a folder that was read.
type seen struct {
	folder         userfile.Folder
	way            string // from where the search began
	files, folders []string
}

// visit reads the named folders of a folder, then those in them.
func (s *searcher) visit(in userfile.Folder, names []string, look func(seen)) {
	var first []seen
	for _, name := range names {
		f := in.In(name)
		files, folders := s.read(f)
		first = append(first, seen{f, name, files, folders})
		look(first[len(first)-1])
	}
	for _, above := range first {
		for _, name := range above.folders {
			f := above.folder.In(name)
			files, folders := s.read(f)
			look(seen{f, filepath.Join(above.way, name), files, folders})
		}
	}
}

// own returns a folder that was found below one of the person's, guarded by the
// first folder on the way to it: that one may be another program's to write.
func own(in userfile.Folder, way string) userfile.Folder {
	first, rest, _ := strings.Cut(way, string(filepath.Separator))
	return userfile.Guarded(in.In(first).Path()).In("./" + rest)
}

func (s *searcher) configuration() {
	config := userfile.Guarded(s.w.Home.Config)
	_, names := s.read(config)
	s.visit(config, names, func(f seen) {
		switch {
		case s.w.inTables(f.folder.Path()):
		case isMozilla(f):
			s.addProfiles(config, f)
		case isChromium(f):
			s.found.chromiums = append(s.found.chromiums, chromiumData{folderName(f.way), own(config, f.way)})
		}
	})
}

func (s *searcher) hidden() {
	home := userfile.Guarded(s.w.Home.Dir)
	_, names := s.read(home)
	elsewhere := []string{".var", ".pki", ".cache"} // not the settings of one program
	s.visit(home, slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasPrefix(name, ".") || slices.Contains(elsewhere, name) || home.In(name).Path() == s.w.Home.Config
	}), func(f seen) {
		if !s.w.inTables(f.folder.Path()) && isMozilla(f) {
			s.addProfiles(home, f)
		}
	})
}

// addProfiles adds the profiles of a program that have a database.
func (s *searcher) addProfiles(in userfile.Folder, f seen) {
	base := own(in, f.way)
	for _, dir := range usedProfiles(base) {
		first, _, _ := strings.Cut(f.way, string(filepath.Separator))
		s.found.profiles = append(s.found.profiles, Database{folderName(f.way), Mozilla, dir.Path(), in.In(first).Path()})
	}
}

// applicationID is the form of the name of an application of Flatpak.
var applicationID = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*){2,}$`)

// isApplication reports whether a text is the name of an application of
// Flatpak, and so of nothing else but a file of its name in its folder.
func isApplication(id string) bool { return len(id) <= 255 && applicationID.MatchString(id) }

func (s *searcher) flatpaks() {
	all := userfile.Guarded(filepath.Join(s.w.Home.Dir, flatpakData))
	_, names := s.read(all)
	for _, id := range names {
		if !isApplication(id) || s.w.inTables(all.In(id).Path()) {
			continue
		}
		a := application{name: id + " (Flatpak)", id: id, data: all.In(id).Path()}
		chromium := false
		s.application(userfile.Guarded(a.data), "config", func(f seen, way string) {
			switch {
			case isMozilla(f) && len(usedProfiles(f.folder)) > 0:
				a.profiles = append(a.profiles, way)
			case isChromium(f):
				chromium = true
			}
		})
		if chromium || a.profiles != nil {
			s.found.applications = append(s.found.applications, a)
		}
	}
}

// application looks through what an application in a sandbox writes: its hidden
// folders and its configuration. look has the way from data.
func (s *searcher) application(data userfile.Folder, config string, look func(f seen, way string)) {
	_, names := s.read(data)
	hidden := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, ".") || name == config })
	s.visit(data, hidden, func(f seen) { look(f, f.way) })
	if slices.Contains(names, config) {
		_, names = s.read(data.In(config))
		s.visit(data.In(config), names, func(f seen) { look(f, filepath.Join(config, f.way)) })
	}
}

// snaps names the browsers in a Snap: each revision has a folder, and common is
// that of all.
func (s *searcher) snaps() {
	all := userfile.Guarded(filepath.Join(s.w.Home.Dir, snapData))
	_, names := s.read(all)
	for _, snap := range names {
		if s.w.inTables(all.In(snap).Path()) {
			continue
		}
		browser := false
		_, revisions := s.read(all.In(snap))
		for _, revision := range revisions {
			look := func(f seen, _ string) {
				browser = browser || isChromium(f) || isMozilla(f) && len(usedProfiles(f.folder)) > 0
			}
			data := all.In(filepath.Join(snap, revision))
			s.application(data, ".config", look)
			_, plain := s.read(data)
			s.visit(data, slices.DeleteFunc(plain, func(name string) bool { return strings.HasPrefix(name, ".") }), func(f seen) { look(f, f.way) })
		}
		if browser {
			s.found.snaps = append(s.found.snaps, snap+" (Snap)")
		}
	}
}

// isMozilla reports whether a folder is one in which a Mozilla program lists
// its profiles.
func isMozilla(f seen) bool {
	first, _, _ := strings.Cut(strings.TrimLeft(f.way, "."), string(filepath.Separator))
	return slices.Contains(f.files, profileList) && !slices.Contains(notBrowsers, first)
}

// usedProfiles returns the profiles that a program has made a database in.
func usedProfiles(base userfile.Folder) []userfile.Folder {
	dirs, _ := profilesOf(base)
	return slices.DeleteFunc(dirs, func(dir userfile.Folder) bool { return !dir.Has("cert9.db") })
}

// chromiumLock is the link that a Chromium-like browser makes while it runs.
const chromiumLock = "SingletonLock"

// isChromium reports whether a folder holds the data of a Chromium-like
// browser: its mark of a first run, a profile of its own, or its lock. Programs
// made with Electron have the lock too, and the files of their only profile
// beside it.
func isChromium(f seen) bool {
	has := func(name string) bool { return slices.Contains(f.files, name) }
	switch {
	case has("First Run"):
		return true
	case slices.ContainsFunc([]string{"Default", "Profile 1"}, func(name string) bool {
		return slices.Contains(f.folders, name) && f.folder.In(name).Has("Preferences")
	}):
		return true
	}
	return has(chromiumLock) && !has("Preferences") && !slices.Contains(f.folders, "Local Storage")
}
