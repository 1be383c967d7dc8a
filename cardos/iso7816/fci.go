// SPDX-License-Identifier: Apache-2.0

package iso7816

import "strings"

// FCI is the file control information returned by SELECT (ISO 7816-4, 7.4.3).
type FCI struct {
	Size    int    // bytes of a transparent file; 0 where the card tells none
	ID      uint16 // file identifier, 0 where the card tells none
	Name    []byte // of an application (5 to 16 bytes), nil where the card tells none
	IsDF    bool   // a directory, or unknown kind of file
	HasSize bool
}

// Names reports whether the file control information names the last file of a
// path of identifiers, 2 bytes each.
func (f FCI) Names(path string) bool {
	return f.ID != 0 && strings.HasSuffix(path, string([]byte{byte(f.ID >> 8), byte(f.ID)}))
}

// ParseFCI parses the response to SELECT, a template 6F or 62. Cards leave parts
// of it out, and all of it without Le: what is missing stays zero, and only
// malformed TLV is an error.
func ParseFCI(b []byte) (FCI, error) {
	var f FCI
	outer, err := ParseTLV(b)
	if err != nil {
		return f, err
	}
	body, ok := Find(outer, 0x6F)
	if !ok {
		if body, ok = Find(outer, 0x62); !ok {
			return f, nil
		}
	}
	list, err := ParseTLV(body)
	if err != nil {
		return f, err
	}
	// Some cards put the control parameters (62) inside of 6F.
	if inner, ok := Find(list, 0x62); ok {
		parameters, err := ParseTLV(inner)
		if err != nil {
			return f, err
		}
		list = append(list, parameters...)
	}
	if v, ok := Find(list, 0x82); ok && len(v) > 0 {
		f.IsDF = v[0]&0x38 == 0x38
	}
	// Tag 80 is the number of data bytes of an EF. Some cards use 81 instead
	// (with structural information), which for a DF is the free space.
	v, ok := Find(list, 0x80)
	if !ok && !f.IsDF {
		v, ok = Find(list, 0x81)
	}
	if ok && len(v) > 0 && len(v) <= 4 && !f.IsDF {
		var n uint32
		for _, x := range v {
			n = n<<8 | uint32(x)
		}
		if n <= 1<<30 {
			f.Size, f.HasSize = int(n), true
		}
	}
	if v, ok := Find(list, 0x83); ok && len(v) == 2 {
		f.ID = uint16(v[0])<<8 | uint16(v[1])
	}
	f.Name, _ = Find(list, 0x84)
	return f, nil
}
