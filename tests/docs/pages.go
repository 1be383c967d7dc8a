// SPDX-License-Identifier: Apache-2.0

// Package docs tests the pages: the commands that they show, their links, the
// tests, files and Go names that they mention, their words, and that pages in
// two languages have the same parts.
//
// A command is a line of a fenced block without a language (or sh), and a span
// of code in the text that begins with the name of a program. Each needs a row
// in rows_test.go that says how it is run: as it stands, with a simulated card
// and a home of its own; at a terminal, with what a person types; or by a named
// test elsewhere, where it takes long or needs a desktop; or compared with what
// apt or tscns doctor knows, where it would change the system. A command without a
// row fails the test; so does a row that nothing shows any more.
//
//	go test ./tests/docs -run TestCommands/status
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Page is a document: a Markdown file of the project.
type Page struct {
	Name  string // path below the top, with slashes
	Lines []string
}

// ownRunner are pages whose commands are run by tests of their own, and those.
var ownRunner = map[string]struct{ pkg, test string }{
	"docs/recipes.md":    {"tests/e2e", "TestRecipes"},
	"docs/it/ricette.md": {"tests/e2e", "TestRecipes"},
	"docs/sandboxes.md":  {"tests/e2e", "TestFlatpak"},
	"docs/it/sandbox.md": {"tests/e2e", "TestFlatpak"},
}

// Pages reads every Markdown file below root that is for people.
func Pages(root string) (pages []Page, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "dist" || d.Name() == "node_modules" || d.Name() == "artifacts") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		pages = append(pages, Page{filepath.ToSlash(name), strings.Split(string(text), "\n")})
		return err
	})
	return pages, err
}

// Command is what a page tells a person to type.
type Command struct {
	Page string
	Line int    // from 1
	Text string // of one line, or of a whole block with its lines joined by newlines
	// Block is the block that a line is from, "" for a span in the text.
	Block string
}

// programs are the first words by which a span of code is a command.
var programs = []string{"tscns", "simcard", "./build.sh", "./tests/run.sh", "sudo", "apt", "dnf", "pacman", "systemctl", "journalctl",
	"modutil", "certutil", "ssh", "ssh-keygen", "ssh-add", "keytool", "curl", "openssl", "p11-kit", "p11tool", "pkcs11-tool",
	"opensc-tool", "pcsc_scan", "gpgconf", "go", "git", "man", "flatpak", "snap", "docker", "wine", "firefox", "chromium"}

var (
	span      = regexp.MustCompile("`([^`]+)`")
	fence     = regexp.MustCompile("^ *```([a-z]*)")
	setting   = regexp.MustCompile(`^[a-z]+ = [a-z]+$`)                  // a line of a configuration file
	goMention = regexp.MustCompile(`^go (list|build|vet)( -[a-z=-]+)?$`) // a mode of go, not a command to type
)

// Commands lists the commands of a page, in order.
func (p Page) Commands() (list []Command) {
	if _, ok := ownRunner[p.Name]; ok {
		return nil
	}
	var block []Command // of the open fence
	inside, commands := false, false
	for i, line := range p.Lines {
		if m := fence.FindStringSubmatch(line); m != nil {
			if inside {
				list = append(list, whole(block)...)
			}
			inside, commands, block = !inside, m[1] == "" || m[1] == "sh", nil
			continue
		}
		switch {
		case inside && commands:
			if text := withoutComment(line); text != "" && !setting.MatchString(text) {
				block = append(block, Command{Page: p.Name, Line: i + 1, Text: normal(text)})
			}
		case !inside:
			for _, m := range span.FindAllStringSubmatch(line, -1) {
				if text := normal(m[1]); isCommand(text) {
					list = append(list, Command{Page: p.Name, Line: i + 1, Text: text})
				}
			}
		}
	}
	return list
}

// whole gives the lines of a block the text of it all.
func whole(block []Command) []Command {
	var lines []string
	for _, c := range block {
		lines = append(lines, c.Text)
	}
	for i := range block {
		block[i].Block = strings.Join(lines, "\n")
	}
	return block
}

// withoutComment cuts a shell comment that follows blanks, or is all there is.
func withoutComment(line string) string {
	if i := strings.Index(line, " # "); i >= 0 {
		line = line[:i]
	}
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") {
		return ""
	}
	return line
}

// normal writes a command as the rows do: programs that were built by their
// names alone, the placeholder for a path in English.
func normal(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, built := range []string{"tscns", "simcard"} {
		if rest, ok := strings.CutPrefix(text, "dist/"+built+" "); ok {
			text = built + " " + rest
		}
	}
	return strings.ReplaceAll(text, "/percorso/", "/path/to/")
}

// isCommand says whether a span of code is to be typed: a program and at least
// one word more. build.sh does something by itself.
func isCommand(text string) bool {
	first, rest, _ := strings.Cut(text, " ")
	if !slices.Contains(programs, first) || goMention.MatchString(text) {
		return false
	}
	return rest != "" || first == "./build.sh"
}
