// SPDX-License-Identifier: Apache-2.0

package words

import (
	"os"
	"path/filepath"
)

// pages is where packages put docs/ (packaging/package.sh, function pages).
var pages = "/usr/share/doc/tscns"

// Page names a page for people, by its paths in the source in English and
// Italian: in full where a package installed it.
func Page(english, italian string) Text {
	var t Text
	t[English], t[Italian] = english, italian
	for l, path := range t {
		if installed := filepath.Join(pages, filepath.FromSlash(path)); exists(installed) {
			t[l] = installed
		}
	}
	return t
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
