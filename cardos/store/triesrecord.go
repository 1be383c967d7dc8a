// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// TriesRecord is what a card reported last of the tries left of its PINs, where
// that is less than all. Nothing in it is derived from a PIN.
type TriesRecord struct {
	// PINs are in the order of the layout, at most [MaxPINs].
	PINs []PINTries
	// Differ: one PIN of the card refused what another one had accepted.
	Differ bool
}

// PINTries are the counters of a PIN and its PUK. The zero value is a PIN of
// which nothing speaks against all tries being left.
type PINTries struct{ PIN, PUK TriesLeft }

// TriesLeft is one counter.
type TriesLeft struct {
	Known bool // the card reported it
	Left  int  // 0 to 15; 0 is blocked
	// Refused is how often one was refused since it was accepted, or may have been,
	// 0 to [MaxRefused].
	Refused int
	// Reported is when, in seconds since 1970.
	Reported int64
}

// Limits of a record of tries.
const (
	MaxPINs     = maxPIN + 1
	maxReported = 1 << 48
)

// triesMagic begins a record of tries; its last byte is the version of the format.
const triesMagic = "tscns-tries\x01"

// TriesRecordName returns the name that the record of a card is kept under, 64
// hexadecimal digits: a hash of a certificate of the card, which is DER.
func TriesRecordName(certificate []byte) string {
	sum := sha256.Sum256(append([]byte(triesMagic), certificate...))
	return hex.EncodeToString(sum[:])
}

// Encode returns the record followed by its SHA-256 checksum.
func (r *TriesRecord) Encode() []byte {
	w := Writer{b: []byte(triesMagic)}
	w.flag(r.Differ)
	w.Number(len(r.PINs))
	for _, p := range r.PINs {
		for _, t := range []TriesLeft{p.PIN, p.PUK} {
			w.flag(t.Known)
			w.Number(t.Refused)
			w.Number(t.Left)
			w.Number(int(t.Reported))
		}
	}
	sum := sha256.Sum256(w.b)
	return append(w.b, sum[:]...)
}

func (w *Writer) flag(set bool) {
	n := 0
	if set {
		n = 1
	}
	w.Number(n)
}

// DecodeTriesRecord returns the record in a blob, or [ErrRecord].
func DecodeTriesRecord(b []byte) (*TriesRecord, error) {
	if len(b) > MaxSize || len(b) < len(triesMagic)+sha256.Size || !bytes.HasPrefix(b, []byte(triesMagic)) {
		return nil, ErrRecord
	}
	body := b[:len(b)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(body):]) {
		return nil, ErrRecord
	}
	d := NewReader(body[len(triesMagic):])
	r := &TriesRecord{Differ: d.Number(1) == 1}
	for n := d.Number(MaxPINs); n > 0 && d.err == nil; n-- {
		r.PINs = append(r.PINs, PINTries{PIN: d.triesLeft(), PUK: d.triesLeft()})
	}
	if err := d.End(); err != nil {
		return nil, err
	}
	return r, nil
}

func (d *Reader) triesLeft() TriesLeft {
	return TriesLeft{Known: d.Number(1) == 1, Refused: d.Number(MaxRefused), Left: d.Number(maxLeft), Reported: int64(d.Number(maxReported))}
}
