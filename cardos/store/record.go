// SPDX-License-Identifier: Apache-2.0

// Package store encodes what is kept of a card seen before, so that it can be
// recognised again without reading it in full. A record that is read back is
// not trusted: it may be damaged, old, another card's, or planted.
package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// Record describes a card whose certificates were read. It holds what cards
// show to everybody, no data file but the card's number, and no PIN. The
// certificates name the holder.
type Record struct {
	ATR     []byte // answer to reset, at most 33 bytes
	Profile string // name of the profile that drove the card
	// Number is the card's number, at most [MaxNumber] bytes, "" if it has none;
	// NumberSource is where it was read, in an encoding of the caller's, at
	// most 15.
	Number       string
	NumberSource int
	// Place is where the layout found the first certificate, in an encoding of
	// the layout's own. Records of one profile and place are compared with a
	// card in one reading.
	Place []byte
	Keys  []Key // at least one
}

// Key is a certificate with what the layout needs to use its private key.
type Key struct {
	PIN         int    // index of the PIN that protects the key
	Access      []byte // encoding of the layout's own
	Certificate []byte // DER
}

// Limits of a record. A larger blob is no record.
const (
	MaxSize   = 64 << 10 // bytes of the whole record
	MaxNumber = 16       // bytes
	MaxKeys   = 16
	maxATR    = 33
	maxName   = 255
	maxPIN    = 15
	maxSource = 15
)

// magic begins a record; its last byte is the version of the format.
const magic = "tscns-card\x03"

// ErrRecord means that a blob is not a record.
var ErrRecord = errors.New("store: not a record of a card")

// Name returns the name that a record is kept under, 64 hexadecimal digits.
// The card's number does not show in it.
func (r *Record) Name() string {
	key := []byte(r.Number)
	if r.Number == "" {
		key = r.Keys[0].Certificate
	}
	sum := sha256.Sum256(append([]byte(magic), key...))
	return hex.EncodeToString(sum[:])
}

// Encode returns the record followed by its SHA-256 checksum.
func (r *Record) Encode() []byte {
	w := Writer{b: []byte(magic)}
	w.Bytes(r.ATR)
	w.Bytes([]byte(r.Profile))
	w.Bytes([]byte(r.Number))
	w.Number(r.NumberSource)
	w.Bytes(r.Place)
	w.Number(len(r.Keys))
	for _, k := range r.Keys {
		w.Number(k.PIN)
		w.Bytes(k.Access)
		w.Bytes(k.Certificate)
	}
	sum := sha256.Sum256(w.b)
	return append(w.b, sum[:]...)
}

// Decode returns the record in a blob, or [ErrRecord]. It checks form, limits
// and checksum; what the layout wrote is the layout's to check, and whether
// the certificates are any the caller's.
func Decode(b []byte) (*Record, error) {
	if len(b) > MaxSize || len(b) < len(magic)+sha256.Size || !bytes.HasPrefix(b, []byte(magic)) {
		return nil, ErrRecord
	}
	body := b[:len(b)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(body):]) {
		return nil, ErrRecord
	}
	d := NewReader(body[len(magic):])
	r := &Record{
		ATR:          d.Bytes(maxATR),
		Profile:      string(d.Bytes(maxName)),
		Number:       string(d.Bytes(MaxNumber)),
		NumberSource: d.Number(maxSource),
		Place:        d.Bytes(MaxSize),
	}
	for n := d.Number(MaxKeys); n > 0 && d.err == nil; n-- {
		r.Keys = append(r.Keys, Key{PIN: d.Number(maxPIN), Access: d.Bytes(MaxSize), Certificate: d.Bytes(MaxSize)})
	}
	if d.End() != nil || len(r.Keys) == 0 {
		return nil, ErrRecord
	}
	return r, nil
}
