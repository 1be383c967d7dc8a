// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/console"
	"tscns/cmd/internal/message"
	"tscns/simcard"
)

// every lists the commands that help speaks of, in depth.
func every(c *cobra.Command) (list []*cobra.Command) {
	for _, sub := range visible(c) {
		list = append(append(list, sub), every(sub)...)
	}
	return list
}

// inLanguage is a run of the command that only tells of itself.
func inLanguage(l message.Language) *app { return &app{Console: console.Console{Language: l}} }

func TestHelpOfEveryCommand(t *testing.T) {
	x := newFixture(t, t.TempDir(), simcard.FamilyB2)
	in := func(locale string, args ...string) string {
		x.env["LC_ALL"] = locale
		return x.ok(args...)
	}
	italian, german := every(inLanguage(message.Italian).commands()), every(inLanguage(message.German).commands())
	for i, c := range every(inLanguage(message.English).commands()) {
		path := strings.Fields(c.CommandPath())[1:]
		for _, args := range [][]string{append(path, "--help"), append([]string{"help"}, path...)} {
			out, it, de := in("C", args...), in("it_IT.UTF-8", args...), in("de_IT.UTF-8", args...)
			assert.Contains(t, out, "Usage:\n  "+c.UseLine())
			assert.Contains(t, it, "Uso:\n  "+italian[i].UseLine())
			assert.Contains(t, de, "Aufruf:\n  "+german[i].UseLine())
		}
		for _, other := range []*cobra.Command{italian[i], german[i]} {
			assert.NotEqual(t, c.Short, other.Short, c.Name())
			own := options(other)
			for j, f := range options(c) {
				assert.NotEqual(t, f.Usage, own[j].Usage, "%s --%s", c.CommandPath(), f.Name)
			}
		}
		if slices.Contains([]string{"tscns status", "tscns card", "tscns cert list", "tscns pin tries", "tscns doctor", "tscns register", "tscns unregister"}, c.CommandPath()) {
			assert.NotNil(t, c.Flags().Lookup("json"), c.CommandPath())
		}
	}
	for code := range 5 {
		assert.Contains(t, in("C", "help"), fmt.Sprintf("\n  %d  ", code), "exit codes are documented")
	}
}

var update = flag.Bool("update", false, "rewrite the manual pages")

// The manual pages in docs/man say what the help says.
func TestManualPages(t *testing.T) {
	for l, name := range []string{"tscns.1", "it/tscns.1"} {
		path := filepath.Join("../../docs/man", name)
		want := manual(inLanguage(message.Language(l)))
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "rewrite it: go test ./cmd/tscns -run TestManualPages -update")
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
	fmt.Fprintf(&b, ".TP\n.B LANGUAGE, LC_ALL, LC_MESSAGES, LANG\n%s\n", [2]string{"the language, as gettext chooses it; English where none of them fits", "la lingua, come la sceglie gettext; inglese se nessuna corrisponde"}[a.Language])
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
