// SPDX-License-Identifier: Apache-2.0

package message

import (
	"embed"
	"sync"

	"github.com/leonelquinteros/gotext"
)

// files are the catalogues. po/tscns.pot is the template that translators and
// msgmerge(1) begin with; [TestTemplate] writes it.
//
//go:embed po/*.po
var files embed.FS

// catalogues reads the catalogue of a language when the first message needs it.
var catalogues = [languages]func() *gotext.Po{Italian: sync.OnceValue(Italian.read), German: sync.OnceValue(German.read)}

// read reads the catalogue of a language.
func (l Language) read() *gotext.Po {
	text, err := files.ReadFile("po/" + l.Tag() + ".po")
	if err != nil {
		panic(err) // not with files that were embedded
	}
	po := gotext.NewPo()
	po.Parse(text)
	return po
}

// format returns the text of a row in a language, in the form for n things.
func (r *row) format(l Language, n int) string {
	switch {
	case r.key != "" && catalogues[l] != nil && r.plural == "":
		return catalogues[l]().GetC(r.text, r.key)
	case r.key != "" && catalogues[l] != nil:
		return catalogues[l]().GetNC(r.text, r.plural, n, r.key)
	case r.plural != "" && n != 1:
		return r.plural
	}
	return r.text
}
