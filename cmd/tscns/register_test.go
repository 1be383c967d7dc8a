// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/tests/simreader"
)

// flatpakRun is a run for a person who has a browser of Flatpak and types a
// line.
func flatpakRun(t *testing.T, l message.Language, typed string) *testRun {
	t.Helper()
	for _, program := range []string{"flatpak", "p11-kit", "modutil"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s not installed", program)
		}
	}
	home, module := t.TempDir(), filepath.Join(t.TempDir(), register.LibraryFile())
	require.NoError(t, os.WriteFile(module, nil, 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(home, ".var/app/com.google.Chrome"), 0o700))
	t.Setenv("HOME", home)
	r := newRun(l, simreader.NewService())
	r.env["HOME"], r.env["MODULE"] = home, module
	r.In = bufio.NewReader(strings.NewReader(typed))
	return r
}

func overrideOf(t *testing.T, r *testRun) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.env["HOME"], ".local/share/flatpak/overrides/com.google.Chrome"))
	if err != nil {
		require.ErrorIs(t, err, os.ErrNotExist)
	}
	return string(b)
}

// What a sandbox would let in is shown first; only a yes lets it in.
func TestRegisterFlatpakAsks(t *testing.T) {
	for _, c := range []struct {
		l     message.Language
		typed string
		agree bool
		said  string
	}{
		{message.English, "n\n", false, "Nothing was changed."},
		{message.Italian, "", false, "Non è stato cambiato niente."},
		{message.English, "y\n", true, "done: flatpak override"},
		{message.Italian, "sì\n", true, "fatto: flatpak override"},
	} {
		r := flatpakRun(t, c.l, c.typed)
		code := r.run([]string{"register", "flatpak", "--module", r.env["MODULE"]})
		assert.Contains(t, r.text(), "com.google.Chrome: flatpak override --user --filesystem=xdg-run/p11-kit/pkcs11 com.google.Chrome")
		assert.Contains(t, r.text(), "systemctl --user enable --now tscns-p11-kit.socket")
		assert.Contains(t, r.text(), c.said)
		assert.Contains(t, r.errors(), map[message.Language]string{message.English: "[y/N]", message.Italian: "[s/N]"}[c.l])
		if !c.agree {
			assert.Equal(t, exit.OK, code)
			assert.Empty(t, overrideOf(t, r))
			continue
		}
		assert.Contains(t, overrideOf(t, r), "xdg-run/p11-kit/pkcs11")
	}
}

func TestRegisterFlatpakForPrograms(t *testing.T) {
	r := flatpakRun(t, message.English, "")
	args := []string{"register", "flatpak", "--json", "--module", r.env["MODULE"]}
	outcomes := func(r *testRun) (list []string) {
		var steps []struct{ Place, Outcome, Text string }
		require.NoError(t, json.Unmarshal(r.o.Bytes(), &steps))
		for _, s := range steps {
			list = append(list, s.Outcome)
		}
		return list
	}
	assert.Equal(t, exit.OK, r.run(args))
	assert.Equal(t, []string{"planned", "planned", "planned"}, outcomes(r))
	assert.Empty(t, overrideOf(t, r), "asked nobody, changed nothing")

	r.o.Reset()
	r.run(append(args, "--yes"))
	assert.Equal(t, []string{"done", "done"}, outcomes(r)[1:], "the first is the user manager, which this computer may not have")
	assert.Contains(t, overrideOf(t, r), "xdg-run/p11-kit/pkcs11")
	r.o.Reset()
	assert.Equal(t, exit.Usage, r.run([]string{"register", "flatpak", "--system", "--module", r.env["MODULE"]}))
	r.o.Reset()
	r.run([]string{"unregister", "flatpak", "--module", r.env["MODULE"]})
	assert.Empty(t, overrideOf(t, r))
}
