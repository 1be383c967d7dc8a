// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
)

// installed makes the computer one on which the package is installed, with a
// Chromium.
func installed(t *testing.T, w *World) {
	t.Helper()
	tool(t, "modutil")
	write(t, filepath.Join(w.Root, autostart), "[Desktop Entry]\n")
	write(t, filepath.Join(w.Root, "usr/bin/chromium"), "")
}

// The start of a session registers once; who took it away keeps it away, at
// places that come later too, until they ask for it.
func TestRegisterOnce(t *testing.T) {
	w := world(t)
	installed(t, w)
	classic := filepath.Join(w.Home.Dir, ".pki/nssdb")
	thunderbird := profile(t, filepath.Join(w.Home.Dir, ".thunderbird"), "mail")

	assert.Equal(t, []Outcome{Done, Done}, outcomes(w.RegisterOnce(All)))
	assert.Contains(t, listed(t, classic), w.Module)
	assert.Contains(t, listed(t, thunderbird), w.Module)
	assert.Empty(t, w.RegisterOnce(All), "nothing is looked at again")
	_, _, user := w.p11kitDirs()
	assert.NoDirExists(t, user, "a session registers in databases alone")

	second := profile(t, filepath.Join(w.Home.Dir, ".thunderbird"), "other")
	assert.Equal(t, []Outcome{Done}, outcomes(w.RegisterOnce(All)), "a new profile")
	assert.Contains(t, listed(t, second), w.Module)

	w.Unregister(Chrome)
	assert.NoDirExists(t, classic)
	assert.Empty(t, w.RegisterOnce(All))
	assert.NoDirExists(t, classic, "taken away by the person, and not put back")
	require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Data, "pki", "nssdb"), 0o700))
	assert.Empty(t, w.RegisterOnce(All), "the newer place of the same database")

	w.Unregister(Firefox)
	third := profile(t, filepath.Join(w.Home.Dir, ".thunderbird"), "third")
	assert.Empty(t, w.RegisterOnce(All))
	assert.NotContains(t, listed(t, third), w.Module)

	w.Register(Firefox)
	assert.Contains(t, listed(t, third), w.Module, "asked for")
	fourth := profile(t, filepath.Join(w.Home.Dir, ".thunderbird"), "fourth")
	assert.Equal(t, []Outcome{Nothing, Done}, outcomes(w.RegisterOnce(Firefox)))
	assert.Contains(t, listed(t, fourth), w.Module)
}

// Whoever unregistered before the first session is not asked again either.
func TestUnregisteredBeforeTheFirstSession(t *testing.T) {
	w := world(t)
	installed(t, w)
	w.Unregister(All)
	assert.Empty(t, w.RegisterOnce(All))
	assert.NoDirExists(t, filepath.Join(w.Home.Dir, ".pki"))
}

// Without the package nothing has to be remembered.
func TestUnregisterForgetsWithoutThePackage(t *testing.T) {
	w := world(t)
	installed(t, w)
	before := tree(t, w.Home.Dir)
	require.Equal(t, []Outcome{Done}, outcomes(w.RegisterOnce(All)))
	require.NoError(t, os.Remove(filepath.Join(w.Root, autostart)))
	w.Unregister(All)
	assert.Equal(t, before, tree(t, w.Home.Dir))
}

// A browser that runs is left alone, and had at the next start.
func TestRegisterOnceWaitsForTheBrowser(t *testing.T) {
	w := world(t)
	installed(t, w)
	host, err := os.Hostname()
	require.NoError(t, err)
	lock := filepath.Join(w.Home.Config, "chromium", "SingletonLock")
	require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o700))
	require.NoError(t, os.Symlink(fmt.Sprintf("%s-%d", host, os.Getpid()), lock))
	before := tree(t, w.Home.Dir)
	assert.Equal(t, []Outcome{Refused}, outcomes(w.RegisterOnce(All)))
	assert.Equal(t, before, tree(t, w.Home.Dir))
	require.NoError(t, os.Remove(lock))
	assert.Equal(t, []Outcome{Done}, outcomes(w.RegisterOnce(All)))
}

// Firefox that has the module by the computer's policy needs no entry.
func TestRegisterOnceBesideThePolicy(t *testing.T) {
	w := world(t)
	dir := profile(t, filepath.Join(w.Home.Dir, ".mozilla/firefox"), "p")
	before := listed(t, dir)
	require.Equal(t, []Outcome{Done}, outcomes(w.RegisterSystem(Firefox)))
	assert.Equal(t, []Outcome{Nothing}, outcomes(w.RegisterOnce(All)))
	assert.Equal(t, []Outcome{Nothing}, outcomes(w.Register(Firefox)))
	assert.Equal(t, before, listed(t, dir))
	steps := w.Unregister(Firefox)
	assert.Contains(t, steps[len(steps)-1].Text.In(message.English), "unregister --system", "says what stays")
}

// The session and the start of Chromium may come at once.
func TestRegisterOnceTwiceAtOnce(t *testing.T) {
	w := world(t)
	installed(t, w)
	var group sync.WaitGroup
	results := make([][]Step, 4)
	for i := range results {
		group.Add(1)
		go func() {
			defer group.Done()
			results[i] = w.RegisterOnce(Chrome)
		}()
	}
	group.Wait()
	done := 0
	for _, steps := range results {
		done += len(steps)
	}
	assert.Equal(t, 1, done, "%v", results)
	entries, err := Modules(Database{Dir: filepath.Join(w.Home.Dir, ".pki/nssdb")})
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

// What several runs note at the same moment is all there afterwards, and so is
// nothing where it is taken back.
func TestNotesOfManyAtOnce(t *testing.T) {
	w := world(t)
	const runs = 8
	all := func(change func(*memory, string)) {
		var group sync.WaitGroup
		for i := range runs {
			own := *w
			group.Add(1)
			go func() {
				defer group.Done()
				assert.NoError(t, own.updateMemory(func(m *memory) { change(m, fmt.Sprint(i)) }))
			}()
		}
		group.Wait()
	}
	all(func(m *memory, dir string) { m.created(dir, created{Folders: 1}) })
	assert.Len(t, w.recall().Created, runs)
	all(func(m *memory, dir string) { delete(m.Created, dir) })
	assert.NoDirExists(t, filepath.Dir(w.memoryPath()))
}

// A package's next session registers what it has not seen yet; nothing is
// promised where it would not.
func TestAwaits(t *testing.T) {
	const start = "etc/chromium.d/tscns"
	for name, c := range map[string]struct {
		prepare                       func(w *World)
		thunderbird, newfox, chromium Awaited
	}{
		"a package":              {func(*World) {}, AtSession, AtSession, AtSession},
		"a package and Debian's": {func(w *World) { write(t, filepath.Join(w.Root, start), "") }, AtSession, AtSession, AtStart},
		"Chromium's start alone": {func(w *World) {
			write(t, filepath.Join(w.Root, start), "")
			require.NoError(t, os.Remove(filepath.Join(w.Root, autostart)))
		}, Never, Never, AtStart},
		"no package":         {func(w *World) { require.NoError(t, os.Remove(filepath.Join(w.Root, autostart))) }, Never, Never, Never},
		"a removed package":  {func(w *World) { require.NoError(t, os.Remove(filepath.Join(w.Root, command))) }, Never, Never, Never},
		"nothing to make it": {func(w *World) { w.LookPath = without("modutil") }, AtSession, AtSession, Never},
		"unregistered":       {func(w *World) { w.Unregister(Firefox) }, Never, Never, AtSession},
		"seen before": {func(w *World) {
			require.NoError(t, w.remember(memory{Places: []string{sharedPlace, filepath.Join(w.Home.Dir, ".newfox/a.default")}}))
		}, AtSession, Never, Never},
		"a list that is a link": {func(w *World) {
			list := filepath.Join(w.Home.Dir, ".thunderbird/a.default", moduleList)
			require.NoError(t, os.Rename(list, list+"2"))
			require.NoError(t, os.Symlink(list+"2", list))
		}, Never, AtSession, AtSession},
	} {
		t.Run(name, func(t *testing.T) {
			w := userWorld(t)
			w.LookPath = func(string) (string, error) { return "/usr/bin/modutil", nil }
			for _, path := range []string{autostart, command, "usr/bin/chromium"} {
				write(t, filepath.Join(w.Root, path), "")
			}
			used(t, w, ".thunderbird")
			used(t, w, ".newfox")
			c.prepare(w)
			list := append(w.Profiles(), w.Shared()...)
			require.Len(t, list, 3)
			assert.Equal(t, []Awaited{c.thunderbird, c.newfox, c.chromium}, []Awaited{w.Awaits(list[0]), w.Awaits(list[1]), w.Awaits(list[2])})
		})
	}
}
