// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/userfile"
)

// Each Chromium-like browser is found by its settings or its program, shares
// the one database, and keeps it from being changed while it runs.
func TestChromiumLikeBrowsers(t *testing.T) {
	found := map[string]bool{}
	for _, c := range chromiums {
		found[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			none := func(string) (string, error) { return "", exec.ErrNotFound }
			home := t.TempDir()
			w := &World{Home: HomeFrom(func(k string) string { return map[string]string{"HOME": home}[k] }), Module: "/x/tscns-pkcs11.so", LookPath: none}
			assert.Empty(t, w.ChromiumNames())
			for _, p := range c.programs {
				w.LookPath = func(name string) (string, error) {
					if name == p {
						return "/usr/bin/" + p, nil
					}
					return none(name)
				}
				assert.Equal(t, []string{c.name}, w.ChromiumNames(), p)
				w.LookPath = func(name string) (string, error) { return "/snap/bin/" + name, nil }
				assert.Empty(t, w.ChromiumNames(), "one in a Snap does not count")
			}
			w.LookPath = none
			settings := filepath.Join(home, ".config", c.config)
			require.NoError(t, os.MkdirAll(settings, 0o700))
			assert.Equal(t, []string{c.name}, w.ChromiumNames())
			db := w.Shared()[0]
			assert.Equal(t, filepath.Join(home, ".pki/nssdb"), db.Dir)
			assert.Equal(t, c.name, db.Program)
			_, running := w.Running(db)
			assert.False(t, running)
			host, err := os.Hostname()
			require.NoError(t, err)
			lock := filepath.Join(settings, "SingletonLock")
			require.NoError(t, os.Symlink(fmt.Sprintf("%s-%d", host, os.Getpid()), lock))
			name, running := w.Running(db)
			assert.True(t, running)
			assert.Equal(t, c.name, name)
			require.NoError(t, os.Remove(lock))
			require.NoError(t, os.Symlink(host+"-999999999", lock))
			_, running = w.Running(db)
			assert.False(t, running, "a lock that a crash left behind")
		})
	}
	for _, name := range []string{"Chromium", "Chrome", "Brave", "Edge"} {
		assert.True(t, found[name], name)
	}
}

// userWorld is a person with an empty home, on a system without any browser.
func userWorld(t *testing.T) *World {
	t.Helper()
	home := t.TempDir()
	return &World{Home: HomeFrom(func(k string) string { return map[string]string{"HOME": home}[k] }), Root: t.TempDir(),
		Module: "/x/tscns-pkcs11.so", LookPath: without("modutil")}
}

const emptyModuleList = "library=\nname=NSS Internal PKCS #11 Module\n\n"

// used makes a folder of the home one in which a Mozilla program lists a
// profile, which has been used. It returns the profile.
func used(t *testing.T, w *World, base string) string {
	t.Helper()
	dir := filepath.Join(w.Home.Dir, base)
	write(t, filepath.Join(dir, "profiles.ini"), "[Profile0]\nIsRelative=1\nPath=a.default\n")
	write(t, filepath.Join(dir, "a.default/cert9.db"), "")
	write(t, filepath.Join(dir, "a.default/pkcs11.txt"), emptyModuleList)
	return filepath.Join(dir, "a.default")
}

// A Mozilla program is found by what it keeps, whatever its name: registered
// where it runs outside of a sandbox, asked about in a Flatpak, named in a Snap.
func TestMozillaFamily(t *testing.T) {
	for base, name := range map[string]string{
		".mozilla/firefox": "Firefox", ".config/mozilla/firefox": "Firefox", ".thunderbird": "Thunderbird",
		".librewolf": "LibreWolf", ".config/librewolf/librewolf": "LibreWolf", ".zen": "Zen", ".config/zen": "Zen",
		".waterfox": "Waterfox", ".floorp": "Floorp", ".betterbird": "Betterbird", ".mozilla/seamonkey": "SeaMonkey",
		".mozilla/icecat": "icecat", ".moonchild productions/pale moon": "pale moon",
		".newfox": "newfox", ".maker/newfox": "newfox", ".config/newfox": "newfox", ".config/maker/newfox": "newfox",
	} {
		t.Run(base, func(t *testing.T) {
			w := userWorld(t)
			dir := used(t, w, base)
			before := tree(t, w.Home.Dir)
			list := w.Profiles()
			require.Len(t, list, 1)
			assert.Equal(t, []any{name, Mozilla, dir}, []any{list[0].Program, list[0].Kind, list[0].Dir})
			require.Equal(t, []Outcome{Done}, outcomes(w.Register(Firefox)))
			assert.True(t, w.Registered(list[0]))
			require.Equal(t, []Outcome{Done}, outcomes(w.Unregister(Firefox)))
			assert.Equal(t, before, tree(t, w.Home.Dir))
			assert.Empty(t, w.Sandboxed())
		})
	}
	for base, name := range map[string]string{
		".var/app/org.mozilla.firefox/.mozilla/firefox":     "Firefox (Flatpak)",
		".var/app/eu.betterbird.Betterbird/.thunderbird":    "Betterbird (Flatpak)",
		".var/app/app.zen_browser.zen/.zen":                 "app.zen_browser.zen (Flatpak)",
		".var/app/io.gitlab.librewolf-community/.librewolf": "io.gitlab.librewolf-community (Flatpak)",
		".var/app/org.new.Fox/config/maker/newfox":          "org.new.Fox (Flatpak)",
		"snap/firefox/common/.mozilla/firefox":              "Firefox (Snap)",
		"snap/newfox/common/.newfox":                        "newfox (Snap)",
		"snap/newfox/x1/.config/maker/newfox":               "newfox (Snap)",
	} {
		t.Run(base, func(t *testing.T) {
			w := userWorld(t)
			dir := used(t, w, base)
			assert.Equal(t, []string{name}, w.Sandboxed())
			assert.Empty(t, w.Profiles(), "no program of the system")
			for _, a := range w.applications() {
				list, refused := w.databasesOf(a)
				require.NoError(t, refused)
				require.Len(t, list, 1)
				assert.Equal(t, dir, list[0].Dir)
				assert.Equal(t, a.data, w.sandboxDatabase(dir).guard)
			}
			if strings.HasPrefix(base, flatpakData) {
				assert.Len(t, w.applications(), 1)
			}
		})
	}
}

// A Chromium-like browser is found by what it keeps, and while it runs the
// database is left alone. Programs made with Electron run all day, and are none.
func TestChromiumFamily(t *testing.T) {
	host, err := os.Hostname()
	require.NoError(t, err)
	running := fmt.Sprintf("%s-%d", host, os.Getpid())
	for way, c := range map[string]struct {
		files []string
		name  string
	}{
		"newium":                              {[]string{"First Run", "Local State"}, "newium"},
		"maker/newium":                        {[]string{"Default/Preferences", "Local State"}, "newium"},
		"BraveSoftware/Brave-Browser-Nightly": {[]string{"First Run"}, "Brave-Browser-Nightly"},
		"google-chrome-beta":                  {[]string{"Profile 1/Preferences"}, "google-chrome-beta"},
		"just started":                        {nil, "just started"},
		"vivaldi":                             {[]string{"First Run"}, "Vivaldi"},
		"chat":                                {[]string{"Preferences", "Local State"}, ""},
		"maker/editor":                        {[]string{"Local Storage/leveldb/LOG"}, ""},
	} {
		t.Run(way, func(t *testing.T) {
			w := userWorld(t)
			data := filepath.Join(w.Home.Config, way)
			for _, name := range c.files {
				write(t, filepath.Join(data, name), "")
			}
			require.NoError(t, os.MkdirAll(data, 0o700))
			require.NoError(t, os.Symlink(running, filepath.Join(data, chromiumLock)))
			write(t, filepath.Join(w.Home.Dir, ".pki/nssdb", moduleList), emptyModuleList)
			db := w.Shared()[0]
			name, runs := w.Running(db)
			assert.Equal(t, c.name, name)
			assert.Equal(t, c.name != "", runs)
			if c.name == "" {
				assert.Empty(t, w.ChromiumNames())
				return
			}
			assert.Equal(t, []string{c.name}, w.ChromiumNames())
			assert.Equal(t, c.name, db.Program)
			assert.Equal(t, []Outcome{Refused}, outcomes(w.Register(Chrome)))
			require.NoError(t, os.Remove(filepath.Join(data, chromiumLock)))
			assert.Equal(t, []Outcome{Done}, outcomes(w.Register(Chrome)))
		})
	}
	for way, name := range map[string]string{".var/app/org.new.Ium/config/newium": "org.new.Ium (Flatpak)",
		"snap/newium/common/newium": "newium (Snap)", "snap/newium/12/.config/newium": "newium (Snap)"} {
		w := userWorld(t)
		write(t, filepath.Join(w.Home.Dir, way, "First Run"), "")
		assert.Equal(t, []string{name}, w.Sandboxed(), way)
		assert.Empty(t, w.ChromiumNames(), way)
	}
}

// What only looks like a browser's folder is none: whoever writes a folder of
// the home leads nobody out of it.
func TestFoundByNothingBut(t *testing.T) {
	for name, plant := range map[string]func(t *testing.T, w *World){
		"a profile that was never used": func(t *testing.T, w *World) {
			require.NoError(t, os.Remove(filepath.Join(used(t, w, ".newfox"), "cert9.db")))
		},
		"a library of articles": func(t *testing.T, w *World) {
			used(t, w, ".zotero/zotero")
			used(t, w, ".var/app/org.zotero.Zotero/.zotero/zotero")
		},
		"too deep":         func(t *testing.T, w *World) { used(t, w, ".a/b/c"); used(t, w, ".config/a/b/c") },
		"no hidden folder": func(t *testing.T, w *World) { used(t, w, "backup/newfox") },
		"a name that cannot be printed": func(t *testing.T, w *World) {
			used(t, w, ".new\nfox")
			used(t, w, ".config/new\x1b[2Jfox")
			used(t, w, ".config/new\xfffox")
			used(t, w, "snap/a\nb/common/.newfox")
		},
		"no name of an application": func(t *testing.T, w *World) { used(t, w, ".var/app/newfox/.newfox") },
		"a link to a folder": func(t *testing.T, w *World) {
			used(t, w, "outside")
			require.NoError(t, os.Symlink(filepath.Join(w.Home.Dir, "outside"), filepath.Join(w.Home.Dir, ".newfox")))
			require.NoError(t, os.MkdirAll(w.Home.Config, 0o700))
			require.NoError(t, os.Symlink("../outside", filepath.Join(w.Home.Config, "newfox")))
		},
		"a list that is a link": func(t *testing.T, w *World) {
			used(t, w, "outside")
			require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Config, "newfox"), 0o700))
			require.NoError(t, os.Symlink(filepath.Join(w.Home.Dir, "outside/profiles.ini"), filepath.Join(w.Home.Config, "newfox/profiles.ini")))
		},
		"a profile elsewhere": func(t *testing.T, w *World) {
			dir := used(t, w, "outside")
			for i, path := range []string{"IsRelative=0\nPath=" + dir, "IsRelative=1\nPath=../../outside/a.default", "Path=a.default"} {
				base := filepath.Join(w.Home.Config, fmt.Sprint("fox", i))
				write(t, filepath.Join(base, "profiles.ini"), "[Profile0]\n"+path+"\n")
				require.NoError(t, os.Symlink(dir, filepath.Join(base, "a.default")))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := userWorld(t)
			plant(t, w)
			before := tree(t, w.Home.Dir)
			assert.Empty(t, w.Profiles())
			assert.Empty(t, w.Sandboxed())
			assert.Empty(t, w.applications())
			w.RegisterOnce(All)
			assert.Equal(t, before, tree(t, w.Home.Dir))
		})
	}
	// A trap in the profile is refused when it is met.
	w := userWorld(t)
	list := filepath.Join(used(t, w, ".config/newfox"), moduleList)
	write(t, filepath.Join(w.Home.Dir, "outside"), emptyModuleList)
	require.NoError(t, os.Remove(list))
	require.NoError(t, os.Symlink(filepath.Join(w.Home.Dir, "outside"), list))
	before := tree(t, w.Home.Dir)
	assert.Equal(t, []Outcome{Failed}, outcomes(w.Register(Firefox)))
	assert.Equal(t, before, tree(t, w.Home.Dir))
}

// A home with any number of folders is searched to a bound, and the browsers of
// the tables are found in it all the same.
func TestSearchIsBounded(t *testing.T) {
	w := userWorld(t)
	for i := range 500 {
		require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Dir, fmt.Sprintf(".a%05d/b", i)), 0o700))
	}
	for i := range 50 {
		loop := filepath.Join(w.Home.Config, fmt.Sprint("loop", i))
		require.NoError(t, os.MkdirAll(loop, 0o700))
		require.NoError(t, os.Symlink("..", filepath.Join(loop, "up")))
	}
	used(t, w, ".zen")
	used(t, w, ".z-newfox")
	used(t, w, ".config/newfox")
	s := &searcher{w: w, left: maxFolders, found: &found{}}
	s.configuration()
	s.hidden()
	assert.Len(t, s.found.profiles, 2)
	assert.Positive(t, s.left)
	few := &searcher{w: w, left: 7, found: &found{}}
	few.configuration()
	few.hidden()
	assert.Zero(t, few.left)
	assert.Len(t, w.Profiles(), 3)

	// Nor does a list of profiles lead far.
	var text strings.Builder
	for i := range 100000 {
		fmt.Fprintf(&text, "[Profile%d]\nPath=../%d\n", i, i)
	}
	write(t, filepath.Join(w.Home.Config, "newfox", profileList), text.String())
	_, refused := profilesOf(userfile.Guarded(filepath.Join(w.Home.Config, "newfox")))
	assert.Len(t, strings.Split(refused.Error(), "\n"), maxProfiles)
}
