// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// Size of the screen in pixels.
const screenWidth, screenHeight = 1200, 800

// Display is a screen in memory (Xvfb) with a window manager (openbox): without
// one, Chromium's dialogs get no keyboard focus.
type Display struct{ home *Home }

// StartDisplay starts both; programs started from home afterwards use them. It
// skips the test where one is not installed.
func StartDisplay(h *Home) { startDisplay(h, "openbox", "--sm-disable") }

// StartSession starts the session of a desktop on a screen: with what the
// system starts in every session (XDG autostart).
func StartSession(h *Home) { startDisplay(h, "openbox-session") }

func startDisplay(h *Home, manager ...string) {
	h.Helper()
	h.need("Xvfb", manager[0], "xdotool", "import")
	number, write, err := os.Pipe()
	require.NoError(h, err)
	defer number.Close()
	// Descriptor 3: the server picks a free number and writes it when it is ready.
	// Without -noreset it would start afresh, and throw out who is just coming,
	// whenever its last client leaves.
	server := h.start("xvfb", []*os.File{write}, "Xvfb", "-displayfd", "3", "-nolisten", "tcp", "-noreset",
		"-screen", "0", fmt.Sprintf("%dx%dx24", screenWidth, screenHeight))
	_ = write.Close()
	require.NoError(h, number.SetReadDeadline(time.Now().Add(patience)))
	line := make([]byte, 16)
	n, err := number.Read(line)
	require.NoError(h, err, server.Log())
	h.env = append(h.env, "DISPLAY=:"+strings.TrimSpace(string(line[:n])))
	windows := h.start("openbox", nil, manager...)
	h.display = &Display{h}
	// The window manager is there once it can be asked for the active window.
	require.NoError(h, until("a window manager", func() (bool, error) {
		_, err := h.display.xdotool("get_desktop")
		return err == nil, windows.Alive()
	}))
}

func (d *Display) xdotool(args ...string) (string, error) {
	out, err := d.home.try("xdotool", args...)
	return strings.TrimSpace(out), err
}

// windows returns the titles of the windows that a person can see, by id.
func (d *Display) windows() map[string]string {
	windows := map[string]string{}
	for _, id := range d.search(".") {
		if name, err := d.xdotool("getwindowname", id); err == nil && name != "" && name != "openbox" {
			windows[id] = name
		}
	}
	return windows
}

// window returns the id of a visible window whose title has a text, or "". It
// is asked again and again, and starts one program each time.
func (d *Display) window(title string) string {
	if found := d.search(regexp.QuoteMeta(title)); len(found) > 0 {
		return found[0]
	}
	return ""
}

// search returns the ids of the visible windows whose title matches.
func (d *Display) search(title string) []string {
	out, err := d.xdotool("search", "--onlyvisible", "--name", title)
	if err != nil {
		return nil // xdotool fails where nothing is found
	}
	return strings.Fields(out)
}

// waitWindow waits for such a window.
func (d *Display) waitWindow(title string) (id string, err error) {
	err = until(fmt.Sprintf("a window %q", title), func() (bool, error) {
		id = d.window(title)
		return id != "", nil
	})
	return id, err
}

// key presses a key, such as Return.
func (d *Display) key(key string) error {
	_, err := d.xdotool("key", "--clearmodifiers", key)
	return err
}

// active reports whether a window has the keyboard.
func (d *Display) active(id string) bool {
	for _, question := range []string{"getwindowfocus", "getactivewindow"} {
		if active, err := d.xdotool(question); err == nil && active == id {
			return true
		}
	}
	return false
}

// wholeScreen names the root window where a window is asked for.
const wholeScreen = "root"

// capture takes a picture of a window: "png", or "rgb" for comparisons, which is
// three bytes a pixel.
func (d *Display) capture(window, format string, options ...string) ([]byte, error) {
	command := exec.Command("import", append(append([]string{"-silent", "-window", window}, options...), "-depth", "8", format+":-")...)
	command.Env = d.home.env
	return command.Output()
}

// still returns the pixels of a window once three in a row are the same and
// not of one colour: what is drawn late is drawn by then.
func (d *Display) still(window string) ([]byte, error) {
	var picture []byte
	equal := 0
	err := until("a window that stands still", func() (bool, error) {
		next, err := d.capture(window, "rgb")
		if equal++; !bytes.Equal(next, picture) || len(next) < 3 || bytes.Equal(next[3:], next[:len(next)-3]) {
			equal = 0
		}
		picture = next
		return equal >= 2, err
	})
	return picture, err
}
