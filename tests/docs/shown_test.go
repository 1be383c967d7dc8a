// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// shown is what a page says that a command prints.
type shown struct {
	command Command
	lines   []string
}

// Shown lists the blocks of output: those marked text that directly follow a
// block with one command.
func (p Page) shown() (list []shown) {
	var last Command // of the block that just ended
	inside, text := false, false
	var block []string
	var ended int
	for i, line := range p.Lines {
		m := fence.FindStringSubmatch(line)
		switch {
		case m == nil:
			if inside {
				block = append(block, line)
			}
			continue
		case !inside:
			inside, text, block = true, m[1] == "text" && ended == i, nil
			continue
		case text:
			list = append(list, shown{last, block})
		case len(block) == 1:
			last = Command{Page: p.Name, Line: i, Text: normal(withoutComment(block[0]))}
		}
		inside, ended = false, i+1
	}
	return list
}

// changing is what differs from day to day, from home to home and from version
// to version.
var changing = regexp.MustCompile(`\d{4}-\d{2}-\d{2}|\b\d+ (days left|giorni)|restano \d+|\d+ ms|\(/[^)]*\)|version[ei]? [0-9.]+`)

// What the pages say that a command prints, it prints: these lines, in this
// order, on the card that the tests have, in the language of the page.
func TestShownOutput(t *testing.T) {
	rig := e2e.Start(t, e2e.Options{})
	total := 0
	for _, p := range pages(t) {
		for _, s := range p.shown() {
			total++
			rig.Run(s.command.Page+" "+s.command.Text, func(t *testing.T, rig *e2e.Rig) {
				w := newFixture(t, rig)
				if strings.HasPrefix(p.Name, "docs/it/") || strings.HasSuffix(p.Name, ".it.md") {
					w.Env = append(w.Env, "LC_ALL=it_IT.UTF-8")
				}
				// Somebody who has used Chromium, and no other of its kind.
				require.NoError(t, os.MkdirAll(filepath.Join(w.Home, ".config/chromium"), 0o700))
				r := w.shell(s.command.Text, "")
				printed := strings.Split(changing.ReplaceAllString(r.Out, "?"), "\n")
				for _, line := range s.lines {
					want := changing.ReplaceAllString(line, "?")
					i := 0
					for i < len(printed) && printed[i] != want {
						i++
					}
					require.Less(t, i, len(printed), "%s is not printed, or not at that place, of:\n%s", line, r.Out)
					printed = printed[i+1:]
				}
			})
		}
	}
	require.Positive(t, total, "the blocks were found")
}
