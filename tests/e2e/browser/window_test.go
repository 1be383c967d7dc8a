// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/kit"
)

var windowAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/#\S+`)

// page is a person at the page of tscns window.
type page struct{ *user }

// startWindow starts tscns window and returns the address that it prints. Root
// is refused: in a user namespace root has another number, and stays root for the
// PC/SC service and the kernel's tables of connections.
func (d *fixture) startWindow() string {
	d.Helper()
	command := []string{kit.Command(d.T, "tscns"), "window", "--no-open"}
	if os.Geteuid() == 0 {
		command = append([]string{"unshare", "--user", "--map-user=1000", "--map-group=1000"}, command...)
	}
	p := d.home.start("window", nil, command...)
	var address string
	d.until("the address of the page", func() (bool, error) {
		address = windowAddress.FindString(p.Log())
		return address != "", p.Alive()
	})
	return address
}

// enter opens an address as a person or another program does: from a page it would
// come from another site, which is refused.
func (p page) enter(address string) {
	p.Helper()
	if c, ok := p.Browser.(*Chromium); ok {
		_, err := c.call(patience, "Page.navigate", map[string]any{"url": address})
		require.NoError(p, err)
		return
	}
	p.open(address)
}

// titled waits for a page whose title begins so, and for the focus to be on its
// heading.
func (p page) titled(title string) {
	p.Helper()
	p.sees(title, func(v View) bool { return strings.HasPrefix(v.Title, title) })
}

// follow follows a link by part of its address.
func (p page) follow(to string) {
	p.Helper()
	p.until("a link "+to, func() (bool, error) {
		found := false
		err := p.Page(&found, fmt.Sprintf(`(() => { const a = document.querySelector('a[href*=%q]'); if (a) setTimeout(() => a.click(), 0); return !!a })()`, to))
		return found, err
	})
}

// types fills the form in, from its first field.
func (p page) types(secrets ...string) {
	p.Helper()
	p.until("the fields", func() (bool, error) {
		ready := false
		err := p.Page(&ready, `document.getElementById("fields")?.style.height > ""`)
		return ready, err
	})
	_, err := p.home.display.xdotool("mousemove", "60", "600", "click", "1") // a blank place: the keyboard is the page's from now on
	require.NoError(p, err)
	require.NoError(p, p.Page(nil, `void document.getElementById("fields").focus()`))
	p.goesOn(secrets...)
}

// goesOn types as a person does who uses keys alone: Tab leads into the fields, and
// Enter from field to field; from the last it sends.
func (p page) goesOn(secrets ...string) {
	p.Helper()
	d := p.home.display
	require.NoError(p, d.key("Tab"))
	for _, s := range secrets {
		for _, digit := range s {
			require.NoError(p, d.key(string(digit)))
		}
		require.NoError(p, d.key("Return"))
	}
}

// A person sees the card, changes the PIN, mistypes it until it is blocked, which
// takes a confirmation, unblocks it, and takes the card out in front of a form.
// Each press costs the card one command with a PIN, none is sent by reload or
// Back.
func TestWindow(t *testing.T) {
	withEach(t, func(t *testing.T, k Kind) {
		d := newFixture(t, e2e.Options{})
		p := page{d.user(k, Options{})}
		p.enter(d.startWindow())
		p.titled("The certificate is valid")
		p.takeAs("card", k)
		p.changes()
		p.blocks(k)
		p.follow("action=unblock")
		p.titled("Unblock the PIN")
		p.types(d.PUK, "13579", "13579")
		p.titled("The PIN has been unblocked and set")
		require.Equal(t, 3, d.PINTries())

		p.follow("/card")
		p.titled("The certificate is valid")
		p.follow("action=verify")
		p.titled("Try the PIN")
		before := d.PINCommands()
		d.Remove()
		p.titled("The card was taken out")
		p.follow("/card")
		p.titled("Insert the card")
		d.Insert()
		p.titled("The certificate is valid")
		require.Equal(t, before, d.PINCommands())
		p.quit()
	})
}

// takeAs puts a picture of the screen where a person may look for it.
func (p page) takeAs(name string, k Kind) {
	p.Helper()
	p.take("window-" + name + "-" + k.Name + ".png")
}

// changes has the PIN changed, and looks at the result again and again.
func (p page) changes() {
	p.Helper()
	before := p.PINCommands()
	p.follow("action=change")
	p.titled("Change the PIN")
	p.types(p.PIN, "246810", "246810")
	p.titled("The PIN has been changed")
	for _, step := range []struct{ do, title string }{
		{"history.back()", "The certificate is valid"},
		{"history.forward()", "The PIN has been changed"},
		{"location.reload()", "The PIN has been changed"},
	} {
		require.NoError(p, p.Page(nil, "void setTimeout(() => "+step.do+", 0)"))
		p.titled(step.title)
	}
	require.Equal(p, before+1, p.PINCommands(), "by reload and Back nothing is sent")
}

// blocks mistypes the PIN three times. The last takes a confirmation.
func (p page) blocks(k Kind) {
	p.Helper()
	before := p.PINCommands()
	for range 2 {
		p.follow("/card")
		p.follow("action=verify")
		p.titled("Try the PIN")
		p.types("999999")
		p.titled("Wrong PIN")
	}
	p.takeAs("wrong", k)
	p.follow("/card")
	p.titled("Only one try is left")
	p.follow("action=verify")
	p.titled("Try the PIN")
	p.types("999999")
	p.until("the box to be ticked", func() (bool, error) {
		on := false
		err := p.Page(&on, `document.activeElement.id === "understood"`)
		return on, err
	})
	require.Equal(p, before+2, p.PINCommands(), "the last try takes a confirmation")
	p.takeAs("last", k)
	require.NoError(p, p.home.display.key("space"))
	p.goesOn("999999")
	p.titled("The PIN is blocked")
	p.WrongPINs(3)
	p.takeAs("blocked", k)
}

// fields is the document with the fields for a PIN.
const fields = "fields"

// axePackage is the accessibility checker of Deque, by npm.
const axePackage = "axe-core@4.14.1"

var axeScript = sync.OnceValues(func() (string, error) {
	dir, err := kit.TempDir()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--prefix", dir, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", axePackage)
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm cannot install %s: %w\n%s", axePackage, err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	return string(b), err
})

// accessible has axe look at the page that is shown, by the rules of WCAG 2.1 A
// and AA and its best practices, and at whether it fits a width of 320 pixels
// where the browser can be given one.
func (p page) accessible(screen string) {
	p.Helper()
	script, err := axeScript()
	require.NoError(p, err)
	rules := "{}"
	if screen == fields { // part of a page, which has the heading
		rules = `{rules: {"page-has-heading-one": {enabled: false}}}`
	}
	require.NoError(p, p.Page(nil, "(() => { "+script+` ; document.documentElement.dataset.axe = "";
		axe.run(document, `+rules+`).then(r => { document.documentElement.dataset.axe = JSON.stringify([String(r.passes.length), ...r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" "))]) },
			e => { document.documentElement.dataset.axe = JSON.stringify(["0", String(e)]) }) })()`))
	var found string
	p.until("axe on "+screen, func() (bool, error) {
		err := p.Page(&found, "document.documentElement.dataset.axe")
		return found != "", err
	})
	var list []string
	require.NoError(p, json.Unmarshal([]byte(found), &list))
	require.Empty(p, list[1:], screen)
	passed, err := strconv.Atoi(list[0])
	require.NoError(p, err)
	require.Greater(p, passed, 10, "rules that axe applied to %s", screen)
	p.Logf("%s: %d rules passed, 0 violations", screen, passed)
}

// axe finds nothing on any screen, nor on the document with the fields, which it
// does not enter from outside.
func TestWindowIsAccessible(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("SKIPPED: npm is not installed")
	}
	if _, err := axeScript(); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	withEach(t, func(t *testing.T, k Kind) {
		d := newFixture(t, e2e.Options{})
		p := page{d.user(k, Options{})}
		p.enter(d.startWindow())
		p.titled("The certificate is valid")
		p.accessible("card")
		var form, base string
		require.NoError(t, p.Page(&form, `document.querySelector('a[href*="action=change"]').href`))
		require.NoError(t, p.Page(&base, `location.origin + document.body.dataset.base`))
		for _, s := range []struct{ screen, address, title string }{
			{"form", form, "Change the PIN"},
			{fields, strings.Replace(form, "/pin?", "/pin/frame?", 1), "Fields for the PIN"},
			{"help", base + "help", "Help"},
			{"certificate", base + "certificate", "Save the certificate"},
		} {
			require.NoError(t, p.Page(nil, fmt.Sprintf("void setTimeout(() => { location.href = %q }, 0)", s.address)))
			p.titled(s.title)
			p.accessible(s.screen)
			if s.screen == fields { // of no origin: back by the browser
				require.NoError(t, p.Page(nil, "void setTimeout(() => history.back(), 0)"))
				p.titled("Change the PIN")
			}
		}
		if c, ok := p.Browser.(*Chromium); ok {
			_, err := c.call(patience, "Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": "dark"}}})
			require.NoError(t, err)
			p.accessible("certificate, dark")
			_, err = c.call(patience, "Emulation.setDeviceMetricsOverride", map[string]any{"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": false})
			require.NoError(t, err)
			p.follow("/card")
			p.titled("The certificate is valid")
			p.accessible("card, dark, 320 pixels wide")
			var wide int
			require.NoError(t, p.Page(&wide, "document.documentElement.scrollWidth"))
			require.LessOrEqual(t, wide, 320, "it does not scroll sideways")
		}
		d.Remove()
		p.follow("/card")
		p.titled("Insert the card")
		p.accessible("no card")
		p.quit()
	})
}
