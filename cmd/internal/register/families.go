// SPDX-License-Identifier: Apache-2.0

package register

import (
	"path/filepath"
	"slices"
	"strings"
)

// The tables of this file give browsers their names and say where they are
// looked for without a search. A browser that is in none of them is found by
// what its folders hold ([World.search]) and has the name of its folder.

// mozillas are the programs with profiles, and where they keep profiles.ini:
// below the home, then below the configuration (Firefox from 147 on).
var mozillas = []struct {
	name   string
	home   string
	config string
}{
	{"Firefox", ".mozilla/firefox", "mozilla/firefox"},
	{"Thunderbird", ".thunderbird", "thunderbird"},
	{"LibreWolf", ".librewolf", "librewolf/librewolf"},
	{"Zen", ".zen", "zen"},
	{"Waterfox", ".waterfox", "waterfox"},
	{"Floorp", ".floorp", "floorp"},
	{"Betterbird", ".betterbird", "betterbird"},
	{"SeaMonkey", ".mozilla/seamonkey", "mozilla/seamonkey"},
}

// notBrowsers are folders, hidden or not, of programs that have a profile as
// Firefox has, and log in nowhere with a card.
var notBrowsers = []string{"zotero", "jurism"}

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
	{"Vivaldi", "vivaldi", []string{"vivaldi", "vivaldi-stable"}},
	{"Opera", "opera", []string{"opera", "opera-stable"}},
	{"ungoogled-chromium", "ungoogled-chromium", []string{"ungoogled-chromium"}},
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
	{"Betterbird (Flatpak)", flatpakData + "eu.betterbird.Betterbird", []string{".thunderbird", ".betterbird", "config/thunderbird", "config/betterbird"}},
	{"Chromium (Flatpak)", flatpakData + "org.chromium.Chromium", nil},
	{"ungoogled-chromium (Flatpak)", flatpakData + "io.github.ungoogled_software.ungoogled_chromium", nil},
	{"Chrome (Flatpak)", flatpakData + "com.google.Chrome", nil},
	{"Brave (Flatpak)", flatpakData + "com.brave.Browser", nil},
	{"Edge (Flatpak)", flatpakData + "com.microsoft.Edge", nil},
	{"Vivaldi (Flatpak)", flatpakData + "com.vivaldi.Vivaldi", nil},
}

// The folders of a home in which sandboxes keep what applications write.
const (
	flatpakData = ".var/app/"
	snapData    = "snap/"
)

// folderName names a program after its folder.
func folderName(way string) string { return strings.TrimLeft(filepath.Base(way), ".") }

// inTables reports whether a path is a folder that is looked at without a
// search: those of the person may be links, which a search does not follow.
func (w *World) inTables(path string) bool {
	for _, m := range mozillas {
		if path == filepath.Join(w.Home.Dir, m.home) || path == filepath.Join(w.Home.Config, m.config) {
			return true
		}
	}
	for _, c := range chromiums {
		if path == filepath.Join(w.Home.Config, c.config) {
			return true
		}
	}
	return slices.ContainsFunc(sandboxes, func(s sandbox) bool { return path == filepath.Join(w.Home.Dir, s.dir) })
}
