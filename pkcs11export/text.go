// SPDX-License-Identifier: Apache-2.0

package pkcs11export

import (
	"strings"
	"unicode/utf8"
)

// pad fills dst with s as the standard's text fields want it: valid UTF-8, cut
// at a character border, padded with blanks, without a zero byte.
func pad(dst []byte, s string) {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", " "), "?")
	if len(s) > len(dst) {
		cut := len(dst)
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
	}
	for i := copy(dst, s); i < len(dst); i++ {
		dst[i] = ' '
	}
}
