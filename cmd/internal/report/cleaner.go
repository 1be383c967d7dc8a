// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"tscns/cardos/iso7816"
)

// cleaner decides what of a recording is written. Nothing is, unless it was
// understood by the command that was sent: then what is personal is replaced, at
// the same length, and the rest kept. Of everything else the length is written
// alone, and no hash: that of a codice fiscale or of a number is found by trying
// all there are.
type cleaner struct {
	keys    keys
	secrets secrets
}

// clean fills in what is written of each exchange, and returns that of the
// answer to reset.
func (c *cleaner) clean(r *recording) (atr []byte) {
	list := questions(r.exchanges)
	images := imagesOf(list)
	for _, i := range images {
		c.learn(i)
	}
	for _, e := range r.exchanges {
		e.shown, e.open, e.clean = e.command[:min(len(e.command), 4)], e.secret || len(e.command) > 4, nil
		if p := parseCommand(e.command); p.valid && len(p.data) == 0 && !e.secret {
			e.shown, e.open = e.command, false
		}
	}
	for _, q := range list {
		c.command(q)
	}
	c.files(images)
	for _, q := range list {
		if len(q.answer()) > 0 && q.succeeded() && q.plainClass() {
			c.other(q)
		}
	}
	for _, e := range r.exchanges {
		if c.secrets.in(e.shown) {
			e.shown, e.open = e.shown[:4], true
		}
		if c.secrets.in(e.clean) {
			e.clean = nil
		}
	}
	return c.atr(r.atr)
}

// leak reports, as the last look before anything is shown, whether something of
// the card or its holder is in what is written: in a line, in the data of several
// in a row, or in the text itself.
func (c *cleaner) leak(r *recording, text []byte) bool {
	var all []byte
	for _, e := range r.exchanges {
		if c.secrets.in(e.shown) || c.secrets.in(e.clean) {
			return true
		}
		all = append(all, e.clean...)
	}
	return c.secrets.in(all) || c.secrets.inText(text)
}

// command has a command written whole where it carries no data, or such as hold
// nothing of a holder.
func (c *cleaner) command(q *question) {
	if !q.valid || len(q.data) > 0 && !c.harmless(q) {
		return
	}
	for _, e := range q.parts {
		if !e.secret {
			e.shown, e.open = e.command, false
		}
	}
}

// harmless reports whether the data of a command name a file, an object or a key
// of the card, or are the text that this package has signed.
func (c *cleaner) harmless(q *question) bool {
	if !q.plainClass() {
		return false
	}
	switch q.ins {
	case iso7816.InsSelect:
		if q.p1 == 0x04 {
			return isName(q.data)
		}
		return len(q.data)%2 == 0 && len(q.data) <= maxPath && plain(q.data)
	case insReadBinaryOdd:
		_, ok := oddOffset(q.data)
		return ok
	case insGetDataOdd, iso7816.InsManageSecurityEnv:
		return len(q.data) <= maxKept && plain(q.data)
	case iso7816.InsPerformSecurityOp, iso7816.InsInternalAuthenticate:
		return isOurText(q.data)
	}
	return false
}

// maxPath is the longest path of file identifiers, in bytes: of four levels.
const maxPath = 8

// other cleans an answer that is no content of a transparent file.
func (c *cleaner) other(q *question) {
	b := q.answer()
	switch q.ins {
	case iso7816.InsSelect:
		q.clean(objects(b, fileTags))
	case insReadRecord:
		if q.directory {
			q.clean(objects(b, directoryTags))
		}
	case insGetDataOdd:
		if t, rest, err := iso7816.ReadTLV(b); err == nil && t.Tag == 0x70 && len(rest) == 0 {
			q.clean(objects(b, statementTags))
		}
	case iso7816.InsGetData:
		if isModel(b) || isFreeMemory(b) {
			q.clean(b)
		}
	case iso7816.InsPerformSecurityOp, iso7816.InsInternalAuthenticate:
		q.clean(c.keys.signature(b))
	}
}

// models are the names that chips of TS-CNS answer to GET DATA 0180.
var models = []string{"JSign", "JSign2", "JSign3", "JSign4", "JSign5"}

func isModel(b []byte) bool {
	return len(b) > 3 && bytes.HasPrefix(b, []byte{0x01, 0x80}) && int(b[2]) == len(b)-3 &&
		slices.Contains(models, string(bytes.TrimRight(b[3:], " \x00")))
}

// isFreeMemory: data object DF64, a number of bytes.
func isFreeMemory(b []byte) bool {
	return len(b) > 3 && len(b) <= 7 && bytes.HasPrefix(b, []byte{0xDF, 0x64}) && int(b[2]) == len(b)-3
}

// reportText is what the card signs: nothing that could be used elsewhere.
const reportText = "tscns report: a test signature, of no document"

// digestInfo is the DigestInfo of the text (RFC 8017, 9.2).
func digestInfo() []byte {
	digest := sha256.Sum256([]byte(reportText))
	return append([]byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
		0x05, 0x00, 0x04, 0x20}, digest[:]...)
}

// isOurText reports whether the data of a command are the hash of our text with
// what may come before it: a DigestInfo, padding (RFC 8017, 9.2), an indicator,
// the header of a data object.
func isOurText(b []byte) bool {
	info := digestInfo()
	before, ok := bytes.CutSuffix(b, info[len(info)-sha256.Size:])
	if !ok {
		return false
	}
	before = bytes.TrimSuffix(before, info[:len(info)-sha256.Size])
	return len(before) <= 2 || len(bytes.Trim(before, "\x00\x01\xFF")) == 0
}

// atr returns what is written of an answer to reset. Its historical bytes are
// those of the whole lot in the forms that are known; of others the values are
// blanked, as is the identifier of its own that a contactless card may have there
// (ISO 14443-3, PUPI).
func (c *cleaner) atr(raw []byte) []byte {
	a, err := iso7816.ParseATR(raw)
	if err != nil {
		return nil
	}
	h := a.Historical
	switch {
	case isLot(h):
	case len(h) == 12 && h[0] == 0x50:
		clear(h[1:5])
		if !plain(h[5:]) {
			clear(h[5:])
		}
	default:
		compact(h)
	}
	if c.secrets.in(h) {
		clear(h)
	}
	if a.HasTCK {
		last := len(a.Raw) - 1
		a.Raw[last] = 0
		for _, b := range a.Raw[1:last] {
			a.Raw[last] ^= b
		}
	}
	return a.Raw
}

// isLot reports whether historical bytes are those that the CNS prescribes, with
// pre-issuing data of chip, mask and system around "CNS", or those of a lot of
// IDEMIA cards over NFC.
func isLot(h []byte) bool {
	return len(h) == 15 && h[0] == 0x00 && h[1] == 0x6B && string(h[9:12]) == "CNS" ||
		len(h) == 11 && bytes.HasPrefix(h, []byte{0x00, 0x31, 0xC1, 0x64})
}

// compact blanks historical bytes but services, access and capabilities (ISO
// 7816-4, 8.1.1: COMPACT-TLV, tags 3, 4 and 7, and the status indicator), and
// "CNS", which tells what card it is.
func compact(h []byte) {
	if len(h) == 0 {
		return
	}
	rest := h[1:]
	if h[0] == 0x00 {
		rest = rest[:max(0, len(rest)-3)]
	} else if h[0] != 0x80 {
		rest = h
	}
	for len(rest) > 0 {
		tag, n := rest[0]>>4, int(rest[0]&0x0F)
		known := slices.Contains([]byte{3, 4, 7, 8}, tag) && n <= 3 && len(rest) > n && len(rest) != len(h)
		if !known && (len(rest) == len(h) || len(rest) <= n) {
			blankAround(rest, "CNS")
			return
		}
		if !known {
			blankAround(rest[1:1+n], "CNS")
		}
		rest = rest[1+n:]
	}
}

// blankAround blanks everything but a text.
func blankAround(b []byte, text string) {
	at := bytes.Index(b, []byte(text))
	clear(b)
	if at >= 0 {
		copy(b[at:], text)
	}
}
