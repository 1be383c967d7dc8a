// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"encoding/binary"
)

// Writer appends numbers and byte strings to an encoding that [Reader] reads.
// The zero value is ready to use.
type Writer struct{ b []byte }

// Number appends a number that is not negative.
func (w *Writer) Number(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

// Bytes appends a byte string with its length.
func (w *Writer) Bytes(b []byte) {
	w.Number(len(b))
	w.b = append(w.b, b...)
}

// Encoded returns what was written.
func (w *Writer) Encoded() []byte { return w.b }

// Reader reads an encoding that is not trusted. After the first mistake every
// method returns zero, and [Reader.End] the error.
type Reader struct {
	rest []byte
	err  error
}

// NewReader returns a reader of an encoding.
func NewReader(b []byte) *Reader { return &Reader{rest: b} }

// Number reads a number of at most most.
func (d *Reader) Number(most int) int {
	n, size := binary.Uvarint(d.rest)
	if d.err != nil || size <= 0 || n > uint64(most) {
		d.err = ErrRecord
		return 0
	}
	d.rest = d.rest[size:]
	return int(n)
}

// Bytes reads a byte string, as a copy; most is its largest length in bytes.
func (d *Reader) Bytes(most int) []byte {
	n := d.Number(most)
	if n > len(d.rest) {
		d.err = ErrRecord
	}
	if d.err != nil {
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return bytes.Clone(b)
}

// End returns [ErrRecord] if there was a mistake or if something is left.
func (d *Reader) End() error {
	if len(d.rest) > 0 {
		d.err = ErrRecord
	}
	return d.err
}
