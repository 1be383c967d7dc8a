// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const top = "../.."

func pages(t *testing.T) []Page {
	t.Helper()
	list, err := Pages(top)
	require.NoError(t, err)
	require.Greater(t, len(list), 10)
	return list
}

var link = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)

// Every link that stays within the project leads to a file that is there, and
// to a heading of it where it names one.
func TestLinks(t *testing.T) {
	total := 0
	for _, p := range pages(t) {
		for _, target := range p.links() {
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			total++
			file, heading, named := strings.Cut(target, "#")
			path := filepath.Join(top, filepath.Dir(p.Name), file)
			if file == "" {
				path = filepath.Join(top, p.Name)
			}
			_, err := os.Stat(path)
			if !assert.NoError(t, err, "%s links to %s", p.Name, target) || !named {
				continue
			}
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Contains(t, anchors(strings.Split(string(text), "\n")), heading, "%s links to %s", p.Name, target)
		}
	}
	require.Greater(t, total, 20, "the links were found")
}

// A page that nothing links to is not found by anybody.
func TestEveryPageIsLinked(t *testing.T) {
	linked := map[string]bool{"README.md": true, "packaging/README.md": true}
	for _, p := range pages(t) {
		for _, target := range p.links() {
			file, _, _ := strings.Cut(target, "#")
			linked[filepath.ToSlash(filepath.Join(filepath.Dir(p.Name), file))] = true
		}
	}
	for _, p := range pages(t) {
		assert.True(t, linked[p.Name], "no page links to %s", p.Name)
	}
}

func (p Page) links() (list []string) {
	inside := false
	for _, line := range p.Lines {
		if fence.MatchString(line) {
			inside = !inside
		}
		if inside {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(span.ReplaceAllString(line, "``"), -1) {
			list = append(list, m[1])
		}
	}
	return list
}

// anchors are the names of headings, as GitHub and GitLab make them: small
// letters, blanks as hyphens, no other punctuation.
func anchors(lines []string) (list []string) {
	inside := false
	for _, line := range lines {
		if fence.MatchString(line) {
			inside = !inside
		}
		if inside || !strings.HasPrefix(line, "#") {
			continue
		}
		var b strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#"))) {
			switch {
			case r == ' ':
				b.WriteByte('-')
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				b.WriteRune(r)
			}
		}
		list = append(list, b.String())
	}
	return list
}

// Guides for people exist in both languages, with the same parts: as many
// headings, pictures and commands.
func TestTwins(t *testing.T) {
	byName := map[string]Page{}
	for _, p := range pages(t) {
		byName[p.Name] = p
	}
	for en, it := range twins {
		require.Contains(t, byName, en)
		require.Contains(t, byName, it)
		a, b := byName[en], byName[it]
		assert.Len(t, anchors(b.Lines), len(anchors(a.Lines)), "headings of %s and %s", en, it)
		assert.ElementsMatch(t, texts(a.Commands()), texts(b.Commands()), "commands of %s and %s", en, it)
		var pictures [2][]string
		for i, p := range []Page{a, b} {
			for _, target := range p.links() {
				if filepath.Ext(target) == ".png" {
					pictures[i] = append(pictures[i], filepath.Base(target))
				}
			}
		}
		assert.Equal(t, pictures[0], pictures[1], "pictures of %s and %s", en, it)
	}
}

var twins = map[string]string{
	"README.md":                         "README.it.md",
	"docs/browsers.md":                  "docs/it/browser.md",
	"docs/en/guide.md":                  "docs/it/guida.md",
	"docs/privacy.md":                   "docs/it/privacy.md",
	"docs/sandboxes.md":                 "docs/it/sandbox.md",
	"docs/security.md":                  "docs/it/sicurezza.md",
	"docs/troubleshooting.en.md":        "docs/troubleshooting.it.md",
	"docs/windows-administrators.en.md": "docs/windows-administrators.it.md",
	"docs/windows-trial.en.md":          "docs/windows-trial.it.md",
}

func texts(commands []Command) (list []string) {
	for _, c := range commands {
		list = append(list, c.Text)
	}
	return list
}
