// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/crosshost"
	"tscns/tests/kit"
)

// onConsole starts a program of Windows on a console, which wine draws on a
// pseudo-terminal. Keys are those of a Unix terminal: Enter is \r and the
// backspace key \x7f. Wine turns the echo of the terminal off when the program
// first reads from its console; what shows from then on is the console's.
func (d *fixture) onConsole(t *testing.T, program string, args ...string) *kit.Terminal {
	t.Helper()
	cmd := exec.Command(d.wine, append([]string{program}, args...)...)
	cmd.Dir, cmd.Env = d.programs, with(d.env, "TERM=xterm")
	return kit.OnTerminal(t, cmd)
}

// drawing is what wine writes to move and hide the cursor and to clear a line.
var drawing = regexp.MustCompile(`\x1b\[[?0-9]*[A-Za-z]`)

// since returns the text that a console shows after its first n bytes.
func since(x *kit.Terminal, n int) string {
	return strings.TrimSpace(drawing.ReplaceAllString(x.Shown()[n:], ""))
}

// answers returns how the card answered each VERIFY and CHANGE REFERENCE DATA
// with a PIN in it.
func (d *fixture) answers() (list []uint16) {
	for _, e := range d.card.Log() {
		if (e.Header[1] == 0x20 || e.Header[1] == 0x24) && e.Lc > 0 {
			list = append(list, e.SW)
		}
	}
	return list
}

// TestConsole: tscns pin at a console of Windows. From the prompt on nothing is
// shown but the outcome. Each PIN reaches the card once; Ctrl-C, and an input
// that is no console, send nothing.
func TestConsole(t *testing.T) {
	const (
		next    = "24681357"
		prompt  = "PIN (5 to 8 digits):"
		present = "Present " + prompt
		rub     = "\x7f"
	)
	d := newFixture(t)
	d.reader.Insert(d.card.Card)

	// What a program has echoed is seen.
	x := d.onConsole(t, "cmd", "/c", "set /p X=ask: ")
	x.Answer("ask:", "13579\r")
	require.Zero(t, x.ExitCode(), x.Shown())
	require.Contains(t, since(x, 0), "13579")

	for _, c := range []struct {
		what          string
		command       string
		prompt, typed []string
		code          int
		shown         string
		answers       []uint16 // of the card, so far
	}{
		{"Ctrl-C", "verify", []string{prompt}, []string{crosshost.PIN + "\x03"}, 130, "", nil},
		{"right, after backspaces", "verify", []string{prompt}, []string{"99" + rub + rub + crosshost.PIN + "0" + rub + "\r"}, 0,
			"The card accepted the PIN.", []uint16{0x9000}},
		{"wrong", "verify", []string{prompt}, []string{crosshost.WrongPIN + "\r"}, 3,
			"tscns: wrong PIN; 2 tries left. It is not tried again", []uint16{0x9000, 0x63C2}},
		{"changed", "change", []string{present, "New " + prompt, "New PIN, once more:"}, []string{crosshost.PIN + "\r", next + "\r", next + "\r"}, 0,
			"The PIN is changed.", []uint16{0x9000, 0x63C2, 0x9000}},
		{"the new one", "verify", []string{prompt}, []string{next + "\r"}, 0,
			"The card accepted the PIN.", []uint16{0x9000, 0x63C2, 0x9000, 0x9000}},
	} {
		x := d.onConsole(t, d.path("tscns.exe"), "pin", c.command)
		var from int
		for i, prompt := range c.prompt {
			x.Answer(prompt, c.typed[i])
			_, before, _ := strings.Cut(x.Shown(), c.prompt[0])
			from = len(x.Shown()) - len(before)
		}
		require.Equal(t, c.code, x.ExitCode(), "%s: %q", c.what, x.Shown())
		shown := since(x, from)
		for _, prompt := range c.prompt[1:] {
			before, after, found := strings.Cut(shown, prompt)
			require.True(t, found, "%s: %q", c.what, shown)
			require.Empty(t, strings.TrimSpace(before), "%s: %q", c.what, x.Shown())
			shown = strings.TrimSpace(after)
		}
		first, _, _ := strings.Cut(shown, "\r")
		require.Equal(t, c.shown, first, "%s: %q", c.what, x.Shown())
		require.Equal(t, c.answers, d.answers(), c.what)
	}

	// A pipe, where there is a console that could be read.
	x = d.onConsole(t, "cmd", "/c", "echo "+next+"| .\\tscns.exe pin verify")
	require.Equal(t, crosshost.ExitNotGood, x.ExitCode(), x.Shown())
	require.Contains(t, since(x, 0), "a PIN is typed at a terminal only")
	require.NotContains(t, since(x, 0), prompt)
	require.Len(t, d.answers(), 4)
	tries, _ := d.card.Tries()
	require.Equal(t, 3, tries)
}

// TestReport: tscns report shows and writes its file, without the data of the
// person on the card.
func TestReport(t *testing.T) {
	d := newFixture(t)
	d.reader.Insert(d.card.Card)
	file := d.path("written.apdu")
	t.Cleanup(func() { _ = os.Remove(file) })
	x := d.onConsole(t, d.path("tscns.exe"), "report", "--output", "written.apdu")
	x.Answer("[y/N]", "y\r")
	require.Zero(t, x.ExitCode(), x.Shown())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "# Identification and reading\n> 00 A4 ")
	personal, serial := string(d.card.Options.Personal), d.card.Options.Serial
	require.Greater(t, len(personal), 64)
	require.Contains(t, string(text), fmt.Sprintf("\n< % X ", personal[:6]), "the file of personal data is there, its length as it was")
	for name, own := range map[string]string{"personal data": personal[24:56], "serial number": serial} {
		require.NotContains(t, string(text), fmt.Sprintf("% X", own), name)
	}
}

// TestConsoleSequences runs the test of package console on what a console does
// with colours and progress.
func TestConsoleSequences(t *testing.T) {
	d := newFixture(t)
	cmd := exec.Command("go", "test", "-c", "-o", d.path("console.test.exe"), "./cmd/internal/console")
	cmd.Dir = kit.Top()
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
	x := d.onConsole(t, d.path("console.test.exe"), "-test.v", "-test.run", "^TestWindows")
	require.Zero(t, x.ExitCode(), x.Shown())
	require.Contains(t, since(x, 0), "--- PASS: TestWindowsSequences")
}
