// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
)

// TestDemoBrowser runs the demo with --browser as a person would: it opens
// Firefox with the profile that the demo made, the person confirms the
// certificate, types the PIN, sees the page and closes the browser.
//
// Firefox is started through a script in PATH that adds its remote control,
// and keeps back the address until the test watches.
func TestDemoBrowser(t *testing.T) {
	real, err := installedFirefox()
	skipMissing(t, err)
	home, err := NewHome(t.TempDir())
	require.NoError(t, err)
	display, err := StartDisplay(home)
	skipMissing(t, err)
	t.Cleanup(display.Stop)
	bin := home.Path("bin")
	require.NoError(t, os.MkdirAll(bin, 0o700))
	script := fmt.Sprintf("#!/bin/sh\necho 'user_pref(\"marionette.port\", 0);' >>\"$4/user.js\"\n"+
		"exec '%s' --marionette --remote-allow-system-access \"$1\" \"$2\" \"$3\" \"$4\"\n", real)
	require.NoError(t, os.WriteFile(filepath.Join(bin, "firefox"), []byte(script), 0o700))

	process, err := home.With("PATH="+bin+":"+os.Getenv("PATH")).start("demo", nil, kit.GoProgram(t, "./tests/demo"),
		"--module", kit.Module(t), "--sim-module", kit.SimModule(t), "--browser")
	require.NoError(t, err)
	t.Cleanup(process.Stop)
	f := &Firefox{home: home, process: process}
	require.NoError(t, until("the demo's profile", patience, func() (bool, error) {
		found, err := filepath.Glob(home.Path("tmp", "tscns-demo*", "home", "profile"))
		if len(found) == 1 {
			f.profile = found[0]
		}
		return len(found) == 1, firstError(err, ended(process))
	}))
	require.NoError(t, f.connect())
	t.Cleanup(f.Stop)
	seen, err := f.Observe()
	require.NoError(t, err)
	address := regexp.MustCompile(`firefox, .* (https://\S+)`).FindStringSubmatch(process.Log())
	require.NotNil(t, address, process.Log())
	pin := regexp.MustCompile(`PIN of the simulated card is\s+(\d+)`).FindStringSubmatch(process.Log())
	require.NotNil(t, pin, process.Log())

	mark, err := seen.Mark()
	require.NoError(t, err)
	require.NoError(t, f.Navigate(address[1]))
	chooser, err := seen.Choose(display, mark, func() {})
	require.NoError(t, err)
	require.Contains(t, chooser.Text, "PRV")
	_, err = seen.EnterPIN(display, mark, pin[1], func() {})
	require.NoError(t, err)
	require.NoError(t, seen.Wait("the page", mark, patience, func(s *Scene) bool {
		return strings.Contains(s.Page.Title, pageTitle) && !s.Page.Busy
	}))
	_, err = f.Quit()
	require.NoError(t, err, process.Log())
	require.Equal(t, 3, strings.Count(process.Log(), "the server saw"), process.Log())
	require.Contains(t, process.Log(), "every login happened as printed")
	left, err := os.ReadDir(home.Path("tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// ended returns an error once a process that should run does not.
func ended(p *Process) error {
	if p.Running() {
		return nil
	}
	return fmt.Errorf("ended; it printed:\n%s", p.Log())
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
