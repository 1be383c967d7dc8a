// SPDX-License-Identifier: Apache-2.0

package iso7816

// FCI holds what a SELECT tells of a file (ISO 7816-4, 7.4.3).
type FCI struct {
	Size    int    // bytes of a transparent file; 0 where the card tells none
	ID      uint16 // file identifier, 0 where the card tells none
	IsDF    bool   // a directory, or unknown kind of file
	HasSize bool
}

// ParseFCI reads the file control information in the answer to SELECT: a
// template 6F or 62. Cards answer more or less of it, and nothing at all
// without Le, so whatever is missing stays zero; only broken TLV is an error.
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
	if v, ok := Find(list, 0x82); ok && len(v) > 0 {
		f.IsDF = v[0]&0x38 == 0x38
	}
	// 80 counts the bytes of an EF; some masks use 81 (with structural
	// information), which in a DF counts the free space instead.
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
	return f, nil
}
