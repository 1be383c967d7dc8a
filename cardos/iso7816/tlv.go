// SPDX-License-Identifier: Apache-2.0

package iso7816

import "fmt"

// TLV is one BER-TLV data object (ISO 7816-4, 5.2.2).
type TLV struct {
	Tag   uint32 // the tag bytes as a number: 0x6F, 0x7F49, ...
	Value []byte // points into the input
}

// Constructed reports whether the value consists of data objects.
func (t TLV) Constructed() bool {
	first := t.Tag
	for first > 0xFF {
		first >>= 8
	}
	return first&0x20 != 0
}

// maxObjects bounds the number of data objects of one level.
const maxObjects = 256

// ParseTLV parses the data objects of one level. Padding bytes 00 and FF between
// them are skipped, as ISO 7816-4, 5.2.2 allows.
func ParseTLV(b []byte) ([]TLV, error) {
	var list []TLV
	for len(b) > 0 {
		if b[0] == 0x00 || b[0] == 0xFF {
			b = b[1:]
			continue
		}
		if len(list) == maxObjects {
			return nil, fmt.Errorf("%w: more than %d data objects", ErrProtocol, maxObjects)
		}
		t, rest, err := ReadTLV(b)
		if err != nil {
			return nil, err
		}
		list, b = append(list, t), rest
	}
	return list, nil
}

// ReadTLV parses the first data object of b and returns it and the bytes that
// follow. Tags have at most 3 bytes, lengths at most 4.
func ReadTLV(b []byte) (t TLV, rest []byte, err error) {
	bad := func(what string) (TLV, []byte, error) {
		return TLV{}, nil, fmt.Errorf("%w: TLV %s", ErrProtocol, what)
	}
	if len(b) == 0 {
		return bad("empty")
	}
	t.Tag = uint32(b[0])
	i := 1
	if b[0]&0x1F == 0x1F {
		for more := true; more; i++ {
			if i >= len(b) || i > 2 {
				return bad("tag")
			}
			t.Tag = t.Tag<<8 | uint32(b[i])
			more = b[i]&0x80 != 0
		}
	}
	if i >= len(b) {
		return bad("without length")
	}
	n := int64(b[i])
	i++
	if n >= 0x80 {
		count := int(n & 0x7F)
		if count == 0 || count > 4 || i+count > len(b) {
			return bad("length")
		}
		n = 0
		for ; count > 0; count-- {
			n = n<<8 | int64(b[i])
			i++
		}
	}
	if n > int64(len(b)-i) {
		return bad("longer than its data")
	}
	end := i + int(n)
	t.Value = b[i:end:end]
	return t, b[end:], nil
}

// Find returns the value of the first object with a tag, and whether there is
// one.
func Find(list []TLV, tag uint32) ([]byte, bool) {
	for _, t := range list {
		if t.Tag == tag {
			return t.Value, true
		}
	}
	return nil, false
}
