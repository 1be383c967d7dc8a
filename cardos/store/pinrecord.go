// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// PINRecord is what came of presenting PINs to a card of which nothing states
// the form of the command. It says nothing of the PINs: neither their digits
// nor how many there were.
type PINRecord struct {
	// Accepted is the form in which the card accepted a PIN, in an encoding of
	// the layout's own; nil for none.
	Accepted []byte
	// Refused are the forms in which it refused one before it accepted any,
	// the latest last; at most [MaxRefused].
	Refused []Refusal
}

// Refusal is a PIN that was refused, or whose answer never came.
type Refusal struct {
	Form    []byte // as in [PINRecord.Accepted]
	Counted bool   // the answer had the tries left
	Left    int    // tries left of the PIN that this form names, 0 to 15
}

// Limits of a record of PINs.
const (
	MaxRefused = 32
	maxForm    = 16 // bytes
	maxLeft    = 15
)

// pinMagic begins a record of PINs; its last byte is the version of the format.
const pinMagic = "tscns-pin\x01"

// PINRecordName returns the name that the record of a card is kept under, 64
// hexadecimal digits: a hash of its certificate, which is DER.
func PINRecordName(certificate []byte) string {
	sum := sha256.Sum256(append([]byte(pinMagic), certificate...))
	return hex.EncodeToString(sum[:])
}

// Encode returns the record followed by its SHA-256 checksum.
func (r *PINRecord) Encode() []byte {
	w := Writer{b: []byte(pinMagic)}
	w.Bytes(r.Accepted)
	w.Number(len(r.Refused))
	for _, x := range r.Refused {
		w.Bytes(x.Form)
		left := 0
		if x.Counted {
			left = x.Left + 1
		}
		w.Number(left)
	}
	sum := sha256.Sum256(w.b)
	return append(w.b, sum[:]...)
}

// DecodePINRecord returns the record in a blob, or [ErrRecord]. Whether a form
// is one of the layout's is the layout's to check.
func DecodePINRecord(b []byte) (*PINRecord, error) {
	if len(b) > MaxSize || len(b) < len(pinMagic)+sha256.Size || !bytes.HasPrefix(b, []byte(pinMagic)) {
		return nil, ErrRecord
	}
	body := b[:len(b)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(body):]) {
		return nil, ErrRecord
	}
	d := NewReader(body[len(pinMagic):])
	r := &PINRecord{}
	if form := d.Bytes(maxForm); len(form) > 0 {
		r.Accepted = form
	}
	for n := d.Number(MaxRefused); n > 0 && d.err == nil; n-- {
		x := Refusal{Form: d.Bytes(maxForm)}
		if left := d.Number(maxLeft + 1); left > 0 {
			x.Counted, x.Left = true, left-1
		}
		r.Refused = append(r.Refused, x)
	}
	if err := d.End(); err != nil {
		return nil, err
	}
	return r, nil
}
