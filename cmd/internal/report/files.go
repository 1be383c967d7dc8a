// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"slices"

	"tscns/cardos/iso7816"
)

// image is the content of a file, put together from the reads of one selection.
type image struct {
	path  []byte // of the SELECT command, or the short identifier
	reads []read
	data  []byte // from offset 0, zeros where nothing was read
	have  []bool // what was read
	clean []byte // nil where it was not understood
}

// read is one READ BINARY.
type read struct {
	q      *question
	header int // bytes of the answer before the content: of the data object of the odd instruction
	offset int // in the file
	length int
}

// content is what was read.
func (r read) content() []byte { return r.q.answer()[r.header : r.header+r.length] }

// imagesOf puts the reads of each selection together, and notes which records
// are of EF.DIR and EF.ATR.
func imagesOf(list []*question) (images []*image) {
	var current *image
	for _, q := range list {
		if q.first {
			current = nil
		}
		if !q.plainClass() || !q.succeeded() || !q.valid {
			continue
		}
		switch q.ins {
		case iso7816.InsSelect:
			current = &image{path: q.data}
			images = append(images, current)
		case insReadRecord:
			sfi := q.p2 >> 3
			q.directory = sfi == sfiDirectory || sfi == 0 && current != nil && isDirectory(current.path)
		case iso7816.InsReadBinary, insReadBinaryOdd:
			r, file, ok := readOf(q)
			if !ok || r.length == 0 {
				continue
			}
			if file != nil || current == nil || !current.fits(r) {
				current = &image{path: file}
				images = append(images, current)
			}
			current.add(r)
		}
	}
	return slices.DeleteFunc(images, func(i *image) bool { return len(i.reads) == 0 })
}

// sfiDirectory is the short identifier of EF.DIR (ISO 7816-4, 8.2.1.1).
const sfiDirectory = 0x1E

// isDirectory reports whether a path ends in EF.DIR or EF.ATR.
func isDirectory(path []byte) bool {
	return bytes.HasSuffix(path, []byte{0x2F, 0x00}) || bytes.HasSuffix(path, []byte{0x2F, 0x01})
}

// readOf decodes a READ BINARY (ISO 7816-4, 11.3.3). file is what it selects by
// itself, nil for the current file.
func readOf(q *question) (r read, file []byte, ok bool) {
	b := q.answer()
	r = read{q: q, length: len(b)}
	if q.ins == iso7816.InsReadBinary {
		switch {
		case len(q.data) > 0:
			return r, nil, false
		case q.p1 < 0x80:
			r.offset = int(q.p1)<<8 | int(q.p2)
			return r, nil, true
		case q.p1&0x60 != 0:
			return r, nil, false
		}
		r.offset = int(q.p2)
		if q.p1&0x1F != 0 {
			file = []byte{q.p1}
		}
		return r, file, true
	}
	t, rest, err := iso7816.ReadTLV(b)
	if err != nil || len(rest) != 0 || t.Tag != 0x53 && t.Tag != 0x73 {
		return r, nil, false
	}
	r.header, r.length = len(b)-len(t.Value), len(t.Value)
	if q.p1 != 0 || q.p2 != 0 {
		file = []byte{q.p1, q.p2}
	}
	r.offset, ok = oddOffset(q.data)
	return r, file, ok
}

// oddOffset is the offset in the data of a READ BINARY of the odd instruction,
// data object 54.
func oddOffset(b []byte) (n int, ok bool) {
	t, rest, err := iso7816.ReadTLV(b)
	if err != nil || t.Tag != 0x54 || len(rest) != 0 || len(t.Value) == 0 || len(t.Value) > 2 {
		return 0, false
	}
	for _, x := range t.Value {
		n = n<<8 | int(x)
	}
	return n, true
}

// fits reports whether a read agrees with those before: if not it is of another
// file, that a reset has left selected.
func (i *image) fits(r read) bool {
	for at, x := range r.content() {
		if at += r.offset; at < len(i.have) && i.have[at] && i.data[at] != x {
			return false
		}
	}
	return true
}

func (i *image) add(r read) {
	if more := r.offset + r.length - len(i.data); more > 0 {
		i.data, i.have = append(i.data, make([]byte, more)...), append(i.have, make([]bool, more)...)
	}
	copy(i.data[r.offset:], r.content())
	for at := range r.length {
		i.have[r.offset+at] = true
	}
	i.reads = append(i.reads, r)
}

// from is where the bytes that were read begin; ok is false where some are
// missing between them.
func (i *image) from() (at int, ok bool) {
	at = slices.Index(i.have, true)
	return at, at >= 0 && !slices.Contains(i.have[at:], false)
}

// files cleans the content of files. What is not understood by itself, since it
// is a part alone, is written as it was cleaned in another reading of the file.
func (c *cleaner) files(images []*image) {
	for _, i := range images {
		i.clean = c.file(i)
	}
	for _, i := range images {
		for _, r := range i.reads {
			clean := i.part(r)
			for _, other := range images {
				if clean == nil && bytes.Equal(other.path, i.path) && other.covers(r) {
					clean = other.part(r)
				}
			}
			if clean != nil {
				r.q.clean(slices.Concat(r.q.answer()[:r.header], clean))
			}
		}
	}
}

// part is what is written of a read.
func (i *image) part(r read) []byte {
	if i.clean == nil {
		return nil
	}
	return i.clean[r.offset : r.offset+r.length]
}

// covers reports whether the file holds what was read there.
func (i *image) covers(r read) bool {
	return r.offset+r.length <= len(i.data) && bytes.Equal(i.data[r.offset:r.offset+r.length], r.content())
}

// file returns what is written of a file, as long as it is, or nil.
func (c *cleaner) file(i *image) []byte {
	from, ok := i.from()
	if !ok {
		return nil
	}
	last := ""
	if len(i.path) >= 2 {
		last = string(i.path[len(i.path)-2:])
	}
	if from > 0 {
		if last == "\xD0\x03" && from == 2 { // the value alone
			return append([]byte{0, 0}, packedNumber(i.data[2:])...)
		}
		return nil
	}
	if isBlank(i.data) {
		return i.data
	}
	for _, kind := range []func([]byte) []byte{c.holder, c.certificateFile} {
		if clean := kind(i.data); clean != nil {
			return clean
		}
	}
	objectsPath := bytes.HasPrefix(i.path, []byte{0x14, 0x00})
	switch {
	case last == "\x10\x03":
		return number(i.data)
	case last == "\x2F\x02", last == "\xD0\x03", len(i.path) == 1:
		return numberObject(i.data)
	case isDirectory(i.path):
		return objects(i.data, directoryTags)
	case objectsPath && (last == "\x40\x00" || last == "\x50\x00"):
		return slots(i.data)
	case objectsPath && last == "\x10\x00":
		return tokenInfo(i.data)
	case objectsPath && len(i.path) == 6:
		return c.attributes(i.data)
	}
	return nil
}

// isBlank reports whether a file was never written.
func isBlank(b []byte) bool {
	return len(bytes.Trim(b, "\x00")) == 0 || len(bytes.Trim(b, "\xFF")) == 0
}
