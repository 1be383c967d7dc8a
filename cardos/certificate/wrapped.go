// SPDX-License-Identifier: Apache-2.0

package certificate

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
)

// Compression is a format that a card's file may hold a certificate in. The
// zero value is none.
type Compression int

// The formats.
const (
	Uncompressed Compression = iota
	Zlib                     // RFC 1950
	Gzip                     // RFC 1952, one member
)

// maxWrapper is how many bytes may come before a certificate, or before its
// compressed form, in a card's file. Cards by the makers of the TS-CNS are known
// to write there: a length of 2 or 4 bytes; 01 00 and a length; the header of a
// data object, tag 70, or of an OCTET STRING, or of both. A data object in
// another one takes the most.
const maxWrapper = 8

// Candidate is a place in a card's file where a certificate may begin.
type Candidate struct {
	Offset      int // in bytes
	Length      int // of the certificate in bytes, header included; 0 if compressed
	Compression Compression
}

// Candidates returns the places where a certificate may begin in a file of
// which head is the beginning, the likeliest first: at the given offset of the
// file, behind it, before it. Which of them is one, [Parse] decides.
func Candidates(head []byte, offset int) []Candidate {
	var list []Candidate
	for i := offset; i <= offset+maxWrapper; i++ {
		list = appendCandidate(list, head, i)
	}
	for i := range offset {
		list = appendCandidate(list, head, i)
	}
	return list
}

func appendCandidate(list []Candidate, head []byte, at int) []Candidate {
	if at >= len(head) {
		return list
	}
	b := head[at:]
	if n, err := Length(b); err == nil {
		return append(list, Candidate{Offset: at, Length: n})
	}
	switch {
	case bytes.HasPrefix(b, []byte{0x1F, 0x8B, 0x08}):
		return append(list, Candidate{Offset: at, Compression: Gzip})
	case len(b) >= 2 && b[0]&0x8F == 0x08 && (int(b[0])<<8|int(b[1]))%31 == 0: // RFC 1950, 2.2
		return append(list, Candidate{Offset: at, Compression: Zlib})
	}
	return list
}

// Decompress decompresses what r reads, up to the end of the compressed data,
// whose checksum must be right. More than [MaxSize] bytes are an error. What
// came out before an error is returned with it.
func (c Compression) Decompress(r io.Reader) ([]byte, error) {
	var z io.Reader
	var err error
	switch c {
	case Zlib:
		z, err = zlib.NewReader(r)
	case Gzip:
		var member *gzip.Reader
		if member, err = gzip.NewReader(r); err == nil {
			member.Multistream(false)
			z = member
		}
	default:
		return nil, fmt.Errorf("%w: not compressed", ErrMalformed)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	b, err := io.ReadAll(io.LimitReader(z, MaxSize+1))
	if err != nil {
		return b, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrMalformed, MaxSize)
	}
	return b, nil
}

// Unwrap returns the certificate in what was decompressed, which may be wrapped
// once more.
func Unwrap(b []byte) (*Certificate, error) {
	err := fmt.Errorf("%w: no certificate in it", ErrMalformed)
	for _, c := range Candidates(b, 0) {
		if c.Compression != Uncompressed {
			continue
		}
		cert, parseErr := Parse(b[c.Offset:])
		if parseErr == nil {
			return cert, nil
		}
		err = parseErr
	}
	return nil, err
}

// minBeginning is how much of a certificate must be seen to know it again by
// its beginning, in bytes: its serial number is in that.
const minBeginning = 64

// Begins reports whether head, the beginning of a card's file, begins this
// certificate, wrapped or compressed as it may be there. offset is that of
// [Candidates].
func (c *Certificate) Begins(head []byte, offset int) bool {
	for _, place := range Candidates(head, offset) {
		b := head[place.Offset:]
		if place.Compression == Uncompressed {
			if c.beginsWith(b, place.Length) {
				return true
			}
			continue
		}
		// The rest of the file was not read, so there is an error as a rule.
		b, _ = place.Compression.Decompress(bytes.NewReader(b))
		for _, inner := range Candidates(b, 0) {
			if inner.Compression == Uncompressed && c.beginsWith(b[inner.Offset:], inner.Length) {
				return true
			}
		}
	}
	return false
}

func (c *Certificate) beginsWith(b []byte, length int) bool {
	b = b[:min(len(b), length)]
	return length == len(c.Raw) && len(b) >= min(length, minBeginning) && bytes.HasPrefix(c.Raw, b)
}
