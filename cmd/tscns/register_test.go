// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/exit"
	"tscns/simcard"
)

// newFlatpakFixture has a person with a browser of Flatpak. HOME is that of the
// process too, for the programs that register runs: hence no script.
func newFlatpakFixture(t *testing.T) *fixture {
	t.Helper()
	for _, program := range []string{"flatpak", "p11-kit", "modutil"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s not installed", program)
		}
	}
	x := newFixture(t, t.TempDir(), simcard.FamilyB2)
	require.NoError(t, os.MkdirAll(filepath.Join(x.env["HOME"], ".var/app/com.google.Chrome"), 0o700))
	t.Setenv("HOME", x.env["HOME"])
	return x
}

// override is the file by which Flatpak lets the browser see the socket, ""
// where there is none.
func override(t *testing.T, x *fixture) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(x.env["HOME"], ".local/share/flatpak/overrides/com.google.Chrome"))
	if err != nil {
		require.ErrorIs(t, err, os.ErrNotExist)
	}
	return string(b)
}

// What a sandbox would let in is shown first; only a yes lets it in.
func TestRegisterFlatpakAsks(t *testing.T) {
	for _, c := range []struct {
		locale, typed, prompt, said string
		agrees                      bool
	}{
		{"C", "n\n", "[y/N]", "Nothing was changed.", false},
		{"it_IT.UTF-8", "", "[s/N]", "Non è stato cambiato niente.", false},
		{"C", "y\n", "[y/N]", "done: flatpak override", true},
		{"it_IT.UTF-8", "sì\n", "[s/N]", "fatto: flatpak override", true},
		{"de_IT.UTF-8", "j\n", "[j/N]", "erledigt: flatpak override", true},
	} {
		x := newFlatpakFixture(t)
		x.env["LC_ALL"], x.lines = c.locale, c.typed
		code, out, errs := x.run("register", "flatpak", "--module", x.module())
		assert.Contains(t, out, "com.google.Chrome: flatpak override --user --filesystem=xdg-run/p11-kit/pkcs11 com.google.Chrome")
		assert.Contains(t, out, "systemctl --user enable --now tscns-p11-kit.socket")
		assert.Contains(t, out, c.said)
		assert.Contains(t, errs, c.prompt)
		if !c.agrees {
			assert.Equal(t, exit.OK, code)
			assert.Empty(t, override(t, x))
		} else {
			assert.Contains(t, override(t, x), "xdg-run/p11-kit/pkcs11")
		}
	}
}

func TestRegisterFlatpakForPrograms(t *testing.T) {
	x := newFlatpakFixture(t)
	outcomes := func(args ...string) (code int, list []string) {
		code, out, _ := x.run(append([]string{"register", "flatpak", "--json", "--module", x.module()}, args...)...)
		var steps []struct{ Outcome string }
		require.NoError(t, json.Unmarshal([]byte(out), &steps))
		for _, s := range steps {
			list = append(list, s.Outcome)
		}
		return code, list
	}
	code, list := outcomes()
	assert.Equal(t, exit.OK, code)
	assert.Equal(t, []string{"planned", "planned", "planned"}, list)
	assert.Empty(t, override(t, x), "asked nobody, changed nothing")
	_, list = outcomes("--yes")
	assert.Equal(t, []string{"done", "done"}, list[1:], "the first is the user manager, which this computer may not have")
	assert.Contains(t, override(t, x), "xdg-run/p11-kit/pkcs11")
	_, _, _ = x.run("unregister", "flatpak", "--module", x.module())
	assert.Empty(t, override(t, x))
}
