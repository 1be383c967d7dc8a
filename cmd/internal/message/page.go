// SPDX-License-Identifier: Apache-2.0

package message

import (
	"os"
	"path/filepath"
)

// pages is where packages put docs/ (packaging/package.sh, function pages).
var pages = "/usr/share/doc/tscns"

// Page is a page for people, by its paths in the source: an argument of a
// message.
type Page [languages]string

// The pages that messages name.
var (
	PageSandboxes = Page{English: "docs/sandboxes.md", Italian: "docs/it/sandbox.md"}
	PageCards     = Page{English: "docs/cards.md", Italian: "docs/cards.md"}
)

// In returns the path of the page: in full where a package installed it. There
// are no pages in German; who has the card lives in Italy, so the Italian one is
// the nearest.
func (p Page) In(l Language) string {
	if p[l] == "" {
		l = Italian
	}
	installed := filepath.Join(pages, filepath.FromSlash(p[l]))
	if _, err := os.Stat(installed); err == nil {
		return installed
	}
	return p[l]
}
