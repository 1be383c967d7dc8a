// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
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
func StartDisplay(h *Home) (*Display, error) {
	for _, name := range []string{"Xvfb", "openbox", "xdotool", "import"} {
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
	d.server, err = h.start("xvfb", []*os.File{write}, "Xvfb", "-displayfd", "3", "-nolisten", "tcp",
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
	if d.manager, err = h.start("openbox", nil, "openbox", "--sm-disable"); err != nil {
		d.Stop()
		return nil, err
	}
	// The window manager is there once it can be asked for the active window.
	err = until("a window manager", patience, func() (bool, error) {
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

// picture takes a picture of a window, "root" for the screen.
func (d *Display) picture(window string) ([]byte, error) {
	command := exec.Command("import", "-silent", "-window", window, "-depth", "8", "png:-")
	command.Env = d.home.env
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return out, nil
}

// Screenshot writes the screen to a PNG file.
func (d *Display) Screenshot(path string) error {
	picture, err := d.picture("root")
	if err != nil {
		return err
	}
	return os.WriteFile(path, picture, 0o644)
}

// pixels takes a picture of a window for comparisons.
func (d *Display) pixels(window string) (image.Image, error) {
	picture, err := d.picture(window)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(picture))
}

// same compares two pictures pixel by pixel.
func same(a, b image.Image) bool {
	if a == nil || b == nil || a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}
