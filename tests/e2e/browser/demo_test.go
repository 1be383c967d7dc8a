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
	home := NewHome(t)
	real := firefoxProgram(home, Options{})
	StartDisplay(home)
	home.write("bin/firefox", fmt.Sprintf("#!/bin/sh\necho 'user_pref(\"marionette.port\", 0);' >>\"$4/user.js\"\n"+
		"exec '%s' --marionette --remote-allow-system-access \"$1\" \"$2\" \"$3\" \"$4\"\n", real))
	require.NoError(t, os.Chmod(home.Path("bin/firefox"), 0o700))
	process := home.With("PATH="+home.Path("bin")+":"+os.Getenv("PATH")).start("demo", nil, kit.GoProgram(t, "./tests/demo"),
		"--module", kit.Module(t), "--sim-module", kit.SimModule(t), "--browser")
	f := &Firefox{running: running{home: home, Process: process}}
	require.NoError(t, until("the demo's profile", func() (bool, error) {
		found, _ := filepath.Glob(home.Path("tmp", "tscns-demo*", "home", "profile"))
		f.profile = strings.Join(found, "")
		return len(found) == 1, process.Alive()
	}))
	f.connect()
	f.observe()
	address := regexp.MustCompile(`firefox, .* (https://\S+)`).FindStringSubmatch(process.Log())
	require.NotNil(t, address, process.Log())
	pin := regexp.MustCompile(`PIN of the simulated card is\s+(\d+)`).FindStringSubmatch(process.Log())
	require.NotNil(t, pin, process.Log())

	require.NoError(t, f.Navigate(address[1]))
	chooser, err := f.Choose(nil)
	require.NoError(t, err)
	require.Contains(t, chooser.Text, "PRV")
	require.NoError(t, f.EnterPIN(pin[1], nil))
	require.NoError(t, f.wait("the page", func(s *Scene) bool { return strings.Contains(s.Page.Title, pageTitle) && !s.Page.Busy }))
	_, err = f.Quit()
	require.NoError(t, err, process.Log())
	require.Equal(t, 3, strings.Count(process.Log(), "the server saw"), process.Log())
	require.Contains(t, process.Log(), "every login happened as printed")
	left, err := os.ReadDir(home.Path("tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}
