// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tscns/cmd/internal/message"
)

func TestCharsetOf(t *testing.T) {
	for locale, want := range map[string]charset{
		"it_IT.UTF-8": unicodeText, "de_IT.utf8": unicodeText, "de_DE.UTF-8@euro": unicodeText, "C": unicodeText, "POSIX": unicodeText, "": unicodeText, "C.UTF-8": unicodeText,
		"it_IT.ISO-8859-1": latin1, "it_IT.iso88591": latin1, "de_DE.ISO-8859-15@euro": latin1, "it_IT@euro": latin1,
		"it_IT": ascii, "pl_PL.ISO-8859-2": ascii, "ru_RU.KOI8-R": ascii,
	} {
		assert.Equal(t, want, charsetOf(func(k string) string { return map[string]string{"LC_CTYPE": locale, "LANG": ""}[k] }), locale)
	}
	env := map[string]string{"LC_ALL": "it_IT.UTF-8", "LC_CTYPE": "it_IT.ISO-8859-1", "LANG": "it_IT"}
	assert.Equal(t, unicodeText, charsetOf(func(k string) string { return env[k] }))
}

func TestEncode(t *testing.T) {
	for _, c := range []struct{ text, latin1, ascii string }{
		{"✓ la tessera è già lì → tscns", "+ la tessera \xe8 gi\xe0 l\xec -> tscns", "+ la tessera e' gia' li' -> tscns"},
		{"✗ Schlüssel größer", "x Schl\xfcssel gr\xf6\xdfer", "x Schluessel groesser"},
		{"P•••• …", "P**** ...", "P**** ..."},
		{"Ž", "?", "?"},
	} {
		assert.Equal(t, c.text, unicodeText.encode(c.text))
		assert.Equal(t, c.latin1, latin1.encode(c.text))
		assert.Equal(t, c.ascii, ascii.encode(c.text))
	}
}

func TestUnicode(t *testing.T) {
	var out bytes.Buffer
	fmt.Fprint(Unicode(printable{&out, latin1}), "è\x1b")
	assert.Equal(t, "è\uFFFD", out.String())
}

// On a terminal of another set than Unicode every message is in characters of
// that set, and none of them is lost.
func TestMessagesOfOtherTerminals(t *testing.T) {
	for _, l := range message.Languages() {
		for _, m := range message.All() {
			for _, set := range []charset{latin1, ascii} {
				var out bytes.Buffer
				c := Console{Language: l, Out: printable{&out, set}}
				c.Say(m)
				assert.Equal(t, strings.Count(m.In(l), "?"), strings.Count(out.String(), "?"), "%s in %s", m.Key(), l.Tag())
				if set == ascii {
					assert.Regexp(t, `^[\n\t -~]*$`, out.String())
				}
			}
		}
	}
}

func TestReadLine(t *testing.T) {
	for typed, agrees := range map[string]bool{"sì\n": true, "s\xec\n": true, "ja\n": true, "J\n": true, "y\n": true, "\n": false, "nein\n": false} {
		c := Console{In: bufio.NewReader(strings.NewReader(typed))}
		assert.Equal(t, agrees, c.Agrees(), "%q", typed)
	}
}
