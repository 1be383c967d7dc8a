// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Size of the screen in pixels.
const screenWidth, screenHeight = 1200, 800

// Display is a screen in memory (Xvfb) with a window manager (openbox): without
// one, Chromium's dialogs get no keyboard focus.
type Display struct {
	home    *Home
	server  *Process
	manager *Process
}

// StartDisplay starts both; programs started from home afterwards use them.
func StartDisplay(h *Home) (*Display, error) { return startDisplay(h, "openbox", "--sm-disable") }

// StartSession starts the session of a desktop on a screen: with what the
// system starts in every session (XDG autostart).
func StartSession(h *Home) (*Display, error) { return startDisplay(h, "openbox-session") }

func startDisplay(h *Home, manager ...string) (*Display, error) {
	for _, name := range []string{"Xvfb", manager[0], "xdotool", "import"} {
		if _, err := lookPath(name); err != nil {
			return nil, err
		}
	}
	d := &Display{home: h}
	number, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer number.Close()
	// Descriptor 3: the server picks a free number and writes it when it is ready.
	// Without -noreset it would start afresh, and throw out who is just coming,
	// whenever its last client leaves.
	d.server, err = h.start("xvfb", []*os.File{write}, "Xvfb", "-displayfd", "3", "-nolisten", "tcp", "-noreset",
		"-screen", "0", fmt.Sprintf("%dx%dx24", screenWidth, screenHeight))
	_ = write.Close()
	if err != nil {
		return nil, err
	}
	if err := number.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	line := make([]byte, 16)
	n, err := number.Read(line)
	if err != nil {
		d.Stop()
		return nil, fmt.Errorf("browser: Xvfb: %w: %s", err, d.server.Log())
	}
	h.env = append(h.env, "DISPLAY=:"+strings.TrimSpace(string(line[:n])))
	if d.manager, err = h.start("openbox", nil, manager...); err != nil {
		d.Stop()
		return nil, err
	}
	// The window manager is there once it can be asked for the active window.
	err = until("a window manager", patience, func() (bool, error) {
		if !d.manager.Running() {
			return false, fmt.Errorf("openbox ended: %v\n%s", d.manager.command.ProcessState, d.manager.Log())
		}
		_, err := d.xdotool("get_desktop")
		return err == nil, nil
	})
	if err != nil {
		d.Stop()
		return nil, err
	}
	return d, nil
}

// Stop ends the screen.
func (d *Display) Stop() {
	for _, p := range []*Process{d.manager, d.server} {
		if p != nil {
			p.Stop()
		}
	}
}

func (d *Display) xdotool(args ...string) (string, error) {
	out, err := d.home.run("xdotool", args...)
	return strings.TrimSpace(out), err
}

// Windows returns the titles of the windows that a person can see, by id.
func (d *Display) Windows() map[string]string {
	windows := map[string]string{}
	out, err := d.xdotool("search", "--onlyvisible", "--name", ".")
	if err != nil {
		return windows // xdotool fails where nothing is found
	}
	for _, id := range strings.Fields(out) {
		if name, err := d.xdotool("getwindowname", id); err == nil && name != "" && name != "openbox" {
			windows[id] = name
		}
	}
	return windows
}

// WaitWindow waits for a visible window whose title has a text, and returns
// its id.
func (d *Display) WaitWindow(title string, timeout time.Duration) (string, error) {
	var id string
	err := until(fmt.Sprintf("a window %q", title), timeout, func() (bool, error) {
		for candidate, name := range d.Windows() {
			if strings.Contains(name, title) {
				id = candidate
				return true, nil
			}
		}
		return false, nil
	})
	return id, err
}

// Type types digits as a person would, into the window that has the focus.
func (d *Display) Type(digits string) error {
	_, err := d.xdotool("type", "--clearmodifiers", "--delay", "25", digits)
	return err
}

// Key presses a key, such as Return.
func (d *Display) Key(key string) error {
	_, err := d.xdotool("key", "--clearmodifiers", key)
	return err
}

// Active tells whether a window has the keyboard.
func (d *Display) Active(id string) bool {
	active, err := d.xdotool("getwindowfocus")
	if err == nil && active == id {
		return true
	}
	active, err = d.xdotool("getactivewindow")
	return err == nil && active == id
}

// picture takes a picture of a window, of wholeScreen too.
func (d *Display) picture(window string) ([]byte, error) { return d.capture(window, "png") }

// pixels takes a picture for comparisons: three bytes a pixel.
func (d *Display) pixels(window string) ([]byte, error) { return d.capture(window, "rgb") }

func (d *Display) capture(window, format string) ([]byte, error) {
	command := exec.Command("import", "-silent", "-window", window, "-depth", "8", format+":-")
	command.Env = d.home.env
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return out, nil
}

// Screenshot writes the screen to a PNG file.
func (d *Display) Screenshot(path string) error {
	picture, err := d.picture(wholeScreen)
	if err != nil {
		return err
	}
	return os.WriteFile(path, picture, 0o644)
}

// Still returns the pixels of a window once three in a row are the same and
// not of one colour: what is drawn late is drawn by then.
func (d *Display) Still(window string) ([]byte, error) {
	var picture []byte
	equal := 0
	err := until("a window that stands still", patience, func() (bool, error) {
		next, err := d.pixels(window)
		if err != nil {
			return false, err
		}
		if bytes.Equal(next, picture) && !blank(next) {
			equal++
		} else {
			equal = 0
		}
		picture = next
		return equal >= 2, nil
	})
	return picture, err
}

// wholeScreen names the root window where a window is asked for.
const wholeScreen = "root"

// blank tells whether pixels have one colour only.
func blank(pixels []byte) bool {
	for i := 3; i < len(pixels); i++ {
		if pixels[i] != pixels[i-3] {
			return false
		}
	}
	return true
}
