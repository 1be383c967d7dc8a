// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// every lists the commands that help speaks of, in depth.
func every(c *cobra.Command) (list []*cobra.Command) {
	for _, sub := range visible(c) {
		list = append(append(list, sub), every(sub)...)
	}
	return list
}

func TestHelpOfEveryCommand(t *testing.T) {
	s := simreader.NewService()
	other := every(newRun(message.Italian, s).commands())
	for i, c := range every(newRun(message.English, s).commands()) {
		words := strings.Fields(c.CommandPath())[1:]
		for _, args := range [][]string{append(words, "--help"), append([]string{"help"}, words...)} {
			code, out, errs := tscns(message.English, s, args...)
			assert.Equal(t, exit.OK, code, "%s", errs)
			assert.Contains(t, out, "Usage:\n  "+c.UseLine())
			_, it, _ := tscns(message.Italian, s, args...)
			assert.Contains(t, it, "Uso:\n  "+other[i].UseLine())
			assert.NotEqual(t, out, it)
		}
		assert.NotEqual(t, c.Short, other[i].Short, c.Name())
		own := options(other[i])
		for j, f := range options(c) {
			assert.NotEqual(t, f.Usage, own[j].Usage, "%s --%s", c.CommandPath(), f.Name)
		}
	}
	_, out, _ := tscns(message.English, s, "help")
	for code := range 5 {
		assert.Contains(t, out, fmt.Sprintf("\n  %d  ", code), "exit codes are documented")
	}
}

func TestEveryReadCommandHasJSON(t *testing.T) {
	for _, c := range every(newRun(message.English, simreader.NewService()).commands()) {
		switch c.CommandPath() {
		case "tscns status", "tscns card", "tscns cert list", "tscns pin tries", "tscns doctor", "tscns register", "tscns unregister":
			assert.NotNil(t, c.Flags().Lookup("json"), c.CommandPath())
		}
	}
}

func TestColourOnlyOnATerminal(t *testing.T) {
	s, _, _ := reader(t, simcard.FamilyB2, nil)
	r := newRun(message.English, s)
	r.run([]string{"status"})
	assert.NotContains(t, r.text(), "\x1b")
	r = newRun(message.English, s)
	r.Colour, r.Live = true, true
	r.run([]string{"status"})
	assert.Contains(t, r.text(), "\x1b[32myes\x1b[0m")
	assert.Contains(t, r.errors(), "Reading the card")
	assert.True(t, strings.HasSuffix(r.errors(), "\x1b[K"), "progress leaves nothing behind")
}

// The shells themselves read the completion, and bash completes with it.
func TestCompletion(t *testing.T) {
	s := simreader.NewService(readerName)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, _ := tscns(message.English, s, "completion", shell)
		require.Equal(t, exit.OK, code)
		path := filepath.Join(t.TempDir(), "tscns."+shell)
		require.NoError(t, os.WriteFile(path, []byte(out), 0o600))
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("SKIPPED: %s not installed, its completion was generated and not parsed", shell)
			continue
		}
		b, err := exec.Command(shell, "-n", path).CombinedOutput()
		require.NoError(t, err, "%s", b)
	}
	complete := func(args ...string) string {
		_, out, _ := tscns(message.Italian, s, append([]string{"__complete"}, args...)...)
		return out
	}
	assert.Contains(t, complete("pin", ""), "unblock\t")
	assert.Contains(t, complete("register", ""), "firefox")
	assert.Contains(t, complete("card", "--reader", ""), readerName)
	assert.Contains(t, complete("status", "--"), "--show\tnomi e numeri")
}

var update = flag.Bool("update", false, "write the manual pages anew")

// The manual pages in docs/man say what the help says.
func TestManualPages(t *testing.T) {
	for l, name := range []string{"tscns.1", "it/tscns.1"} {
		path := filepath.Join("../../docs/man", name)
		want := manual(newRun(message.Language(l), simreader.NewService()).app)
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "write it anew: go test ./cmd/tscns -run TestManualPages -update")
	}
}

func TestManualPagesAreFormatted(t *testing.T) {
	man, err := exec.LookPath("man")
	if err != nil {
		t.Skip("SKIPPED: man not installed (package man-db), the pages were not formatted")
	}
	for _, name := range []string{"tscns.1", "it/tscns.1", "tscns-pkcs11.8"} {
		out, err := exec.Command(man, "--warnings", "-E", "UTF-8", "-l", filepath.Join("../../docs/man", name)).CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.NotContains(t, string(out), "warning:", name)
		assert.Contains(t, string(out), "TSCNS", name)
	}
}

// manual writes the page in man(7).
func manual(a *app) string {
	root := a.commands()
	var b strings.Builder
	head := func(t [2]string) { fmt.Fprintf(&b, ".SH %s\n", strings.ToUpper(t[a.Language])) }
	b.WriteString(".\\\" SPDX-License-Identifier: Apache-2.0\n.\\\" Made from the help of the command: go test ./cmd/tscns -run TestManualPages -update\n")
	fmt.Fprintf(&b, ".TH TSCNS 1 \"\" tscns \"%s\"\n", [2]string{"User Commands", "Comandi utente"}[a.Language])
	head([2]string{"Name", "Nome"})
	fmt.Fprintf(&b, "tscns \\- %s\n", roff(root.Short))
	head([2]string{"Synopsis", "Sintassi"})
	fmt.Fprintf(&b, ".B tscns\n%s\n", roff(strings.TrimPrefix(root.UseLine(), "tscns ")))
	head([2]string{"Description", "Descrizione"})
	fmt.Fprintln(&b, roff(root.Long))
	head([2]string{"Commands", "Comandi"})
	for _, c := range every(root) {
		if c.Name() == "help" || c.HasSubCommands() {
			continue
		}
		fmt.Fprintf(&b, ".SS \"%s\"\n", roff(strings.TrimPrefix(c.UseLine(), "tscns ")))
		about := c.Long
		if about == "" {
			about = c.Short + "."
		}
		fmt.Fprintln(&b, roff(about))
		for _, f := range options(c) {
			name, usage := pflag.UnquoteUsage(f)
			if f.Name == "help" {
				continue
			}
			fmt.Fprintf(&b, ".TP\n.B \\-\\-%s", roff(f.Name))
			if name != "" {
				fmt.Fprintf(&b, " %s", strings.ToUpper(name))
			}
			fmt.Fprintf(&b, "\n%s\n", roff(usage))
		}
	}
	head([2]string{"Exit status", "Codici di uscita"})
	for _, line := range strings.Split(strings.TrimSpace(a.Text(message.HelpExitCodeTable)), "\n") {
		number, meaning, _ := strings.Cut(strings.TrimSpace(line), "  ")
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", number, roff(meaning))
	}
	head([2]string{"Environment", "Ambiente"})
	fmt.Fprintf(&b, ".TP\n.B LC_ALL, LC_MESSAGES, LANG\n%s\n", [2]string{"the language: Italian where they begin with it, otherwise English", "la lingua: italiano se cominciano per it, altrimenti inglese"}[a.Language])
	fmt.Fprintf(&b, ".TP\n.B NO_COLOR\n%s\n", [2]string{"no colour on a terminal either", "niente colori nemmeno su un terminale"}[a.Language])
	head([2]string{"See also", "Vedi anche"})
	b.WriteString(".BR tscns\\-pkcs11 (8),\n.BR pcscd (8),\n.BR modutil (1),\n.BR pkcs11.conf (5)\n")
	return b.String()
}

// roff escapes a text: backslashes, hyphens of options, and lines that would be
// requests. Indented lines stay as they are.
func roff(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), `\`, `\e`)
	s = strings.ReplaceAll(s, "-", `\-`)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
		if strings.HasPrefix(line, " ") {
			lines[i] = ".br\n" + strings.TrimLeft(line, " ")
		}
	}
	return strings.Join(lines, "\n")
}
