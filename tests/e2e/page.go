// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
)

// What a page says of where a package puts its files.
const (
	installedModule  = "/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so"
	installedOpenSSL = "/usr/share/tscns/openssl/"
)

// block is a block of a page of docs/: commands ("sh") or a file ("text"). Its
// name follows its language; what shows a page ignores it.
type block struct{ language, name, text string }

var fence = regexp.MustCompile("(?s)(?:^|\n)```([^\n]*)\n(.*?)\n```")

// blocksOf returns every block of a page, none left out.
func blocksOf(t *testing.T, page string) (list []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(kit.Top(), page))
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, found := range fence.FindAllStringSubmatch(string(text), -1) {
		words := strings.Fields(found[1])
		require.Len(t, words, 2, "%s: a block that says neither its language nor its name:\n%s", page, found[2])
		require.Contains(t, []string{"sh", "text"}, words[0], page)
		require.False(t, seen[words[1]], "%s: two blocks named %s", page, words[1])
		seen[words[1]] = true
		list = append(list, block{words[0], words[1], found[2]})
	}
	require.Equal(t, 2*len(list), strings.Count(string(text), "```"), "%s: every block was found", page)
	return list
}

// sandboxPage is the page whose blocks the tests of routes, of Flatpak and of
// other machines run.
const sandboxPage = "docs/sandboxes.md"

// italianSandboxPage has the same blocks.
const italianSandboxPage = "docs/it/sandbox.md"

// sandboxBlocks are the names of its blocks; each is taken by fromPage.
var sandboxBlocks = []string{"register", "own-database", "by-hand", "other-machine"}

// fromPage returns a block of the page on sandboxes with its places replaced,
// in pairs.
func fromPage(t *testing.T, name string, places ...string) string {
	t.Helper()
	require.Contains(t, sandboxBlocks, name)
	for _, b := range blocksOf(t, sandboxPage) {
		if b.name == name {
			for i := 0; i < len(places); i += 2 {
				require.Contains(t, b.text, places[i], "%s, block %s", sandboxPage, name)
			}
			return strings.NewReplacer(places...).Replace(b.text)
		}
	}
	t.Fatalf("%s has no block %s", sandboxPage, name)
	return ""
}
