// SPDX-License-Identifier: Apache-2.0

package register

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
	"tscns/cmd/internal/windows"
	"tscns/cmd/internal/windows/windowstest"
	"tscns/packaging/windows/calais"
)

// unshared is a computer where only administrators write, whatever its files say.
type unshared struct{ windows.System }

func (unshared) Writer(string) (string, error) { return "", nil }

// newWindows returns a registration of two files: on Windows in the registry of
// the computer, which tests/windows compares before and after, else in memory.
func newWindows(t *testing.T) *Windows {
	t.Helper()
	dir, err := os.MkdirTemp("", "tscns-register-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // wine has no call by which Go removes files
	module := filepath.Join(dir, windowsModule)
	for _, path := range []string{module, filepath.Join(dir, calais.DLL)} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	system := windows.Open()
	if system == nil {
		c := &windowstest.Computer{}
		c.Registered.Put(`SOFTWARE\Microsoft\Cryptography\Calais`, "Maker", windows.Value{Text: "another"})
		system = c
	}
	return NewWindows(unshared{system}, module)
}

// every reports whether all steps ended like this, and returns the first text.
func every(t *testing.T, steps []Step, want Outcome) message.Message {
	t.Helper()
	require.NotEmpty(t, steps)
	for _, s := range steps {
		require.Equal(t, want, s.Outcome, "%s: %s", s.Place, s.Text.In(message.English))
	}
	return steps[0].Text
}

// What is registered is first only said, then written, then there already; and
// is taken back so that nothing is left.
func TestWindowsRegister(t *testing.T) {
	w := newWindows(t)
	r := w.System.Registry()
	entry := calais.Key + `\` + calais.Cards()[0].Name
	for target, key := range map[string]string{Minidriver: entry, Firefox: FirefoxPolicy} {
		every(t, w.Register(target), Planned)
		_, err := r.Names(key)
		require.ErrorIs(t, err, fs.ErrNotExist)
		w.Write = true
		every(t, w.Register(target), Done)
		every(t, w.Register(target), Nothing)
		w.Write = false
	}
	require.Equal(t, w.Module, PolicyOnWindows(r))
	drivers, err := windows.Drivers(r)
	require.NoError(t, err)
	for _, c := range calais.Cards() {
		assert.Contains(t, drivers, windows.Driver{Name: c.Name, Library: w.Minidriver, CSP: calais.CSP, KSP: calais.KSP, InstalledBy: writer, ATR: c.ATR, Mask: c.Mask})
	}

	for _, p := range calais.PINTexts() {
		v, err := r.Value(entry, p.Name)
		require.NoError(t, err)
		assert.Equal(t, p.Text, v.Text, "what Windows shows above the field for the PIN")
	}

	// A value that changed is written again.
	require.NoError(t, r.Set(entry, calais.ValueKSP, windows.Value{Text: "none"}))
	require.Equal(t, Planned, w.Register(Minidriver)[0].Outcome)

	w.Write = true
	every(t, w.Unregister(Minidriver), Done)
	require.Equal(t, w.Module, PolicyOnWindows(r), "the other target stays")
	every(t, w.Unregister(Firefox), Done)
	every(t, w.Unregister(All), Nothing)
	_, err = r.Names(entry)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = r.Names(above(noteKey))
	require.ErrorIs(t, err, fs.ErrNotExist, "nothing is left of the note")
}

// What others wrote is left alone: entries and policies with our names, those
// of the installer, drivers that come first.
func TestWindowsLeavesOthersAlone(t *testing.T) {
	w := newWindows(t)
	c := &windowstest.Computer{}
	w.System = unshared{c}
	cards := calais.Cards()
	c.Enter(windows.Driver{Name: cards[0].Name, Library: "other.dll", ATR: cards[0].ATR, Mask: cards[0].Mask})
	c.Enter(windows.Driver{Name: cards[1].Name, Library: w.Minidriver, InstalledBy: calais.InstalledBy, ATR: cards[1].ATR, Mask: cards[1].Mask})
	c.Enter(windows.Driver{Name: "A Maker", Library: `C:\m\maker.dll`, ATR: cards[2].ATR, Mask: cards[2].Mask})
	c.Registered.Put(FirefoxPolicy, ModuleName, windows.Value{Text: `C:\elsewhere.dll`})
	c.Vendors = map[string]string{`C:\m\maker.dll`: "Maker S.p.A."}
	before := c.Registered.Content()

	w.Write = true
	steps := append(w.Register(Minidriver), w.Register(Firefox)...)
	told := map[string]message.Message{}
	for _, s := range steps {
		told[s.Place] = s.Text
	}
	assert.True(t, told[place64(calais.Key+`\`+cards[0].Name)].Is(message.EntryOfOthers))
	assert.True(t, told[place64(calais.Key+`\`+cards[1].Name)].Is(message.EntryOfInstaller))
	assert.True(t, told[place64(calais.Key+`\`+cards[2].Name)].Is(message.EntryWritten))
	assert.Contains(t, told[place64(calais.Key+`\A Maker`)].In(message.English), "A Maker (maker.dll, of Maker S.p.A.)")
	assert.True(t, told[place64(FirefoxPolicy)].Is(message.PolicyOfOthers))
	assert.NotEqual(t, Done, steps[0].Outcome)
	w.Unregister(All)
	require.Equal(t, before, c.Registered.Content())
}

// A run that may not write says so, and one that was cut short is taken back.
func TestWindowsHalfWay(t *testing.T) {
	w := newWindows(t)
	c := &windowstest.Computer{}
	c.Registered.Put(`SOFTWARE\Microsoft`, "", windows.Value{})
	w.System, w.Write = unshared{c}, true
	before := c.Registered.Content()
	c.Registered.Denied = fs.ErrPermission
	assert.True(t, every(t, w.Register(Minidriver), Failed).Is(message.NotPermitted))
	require.Equal(t, before, c.Registered.Content())
	assert.True(t, w.NeedsElevation([]Step{{Outcome: Planned}}))

	c.Registered.Denied = nil
	require.NoError(t, w.set(calais.Key+`\`+calais.Cards()[0].Name, w.valuesOf(calais.Cards()[0])[:1]))
	every(t, w.Unregister(Minidriver), Done)
	require.Equal(t, before, c.Registered.Content())
}

// A library that somebody else could exchange is not registered for everybody.
func TestWindowsRefusesOpenLibrary(t *testing.T) {
	w := newWindows(t)
	w.System = &windowstest.Computer{Writers: map[string]string{w.Minidriver: `PC\maria`}}
	w.Write = true
	steps := w.Register(Minidriver)
	require.Len(t, steps, 1)
	require.Equal(t, Failed, steps[0].Outcome)
	require.Contains(t, steps[0].Text.In(message.English), `PC\maria can change`)
	w.Minidriver = filepath.Join(filepath.Dir(w.Minidriver), "missing", calais.DLL)
	require.True(t, w.Register(Minidriver)[0].Text.Is(message.LibraryNotFoundOption))
}
