// SPDX-License-Identifier: Apache-2.0

package module

import (
	"encoding/binary"
	"time"

	"tscns/module/ck"
)

// ulong encodes a CK_ULONG in the byte order of the machine.
func (e encoder) ulong(v uint) []byte {
	if e.ulongSize == 4 {
		return binary.NativeEndian.AppendUint32(nil, uint32(v))
	}
	return binary.NativeEndian.AppendUint64(nil, uint64(v))
}

// parseULong decodes a CK_ULONG of a template.
func (e encoder) parseULong(b []byte) (uint, bool) {
	switch {
	case len(b) != e.ulongSize:
		return 0, false
	case len(b) == 4:
		return uint(binary.NativeEndian.Uint32(b)), true
	}
	return uint(binary.NativeEndian.Uint64(b)), true
}

// boolean encodes a CK_BBOOL.
func (e encoder) boolean(v bool) []byte {
	if v {
		return []byte{1}
	}
	return []byte{0}
}

// date encodes a CK_DATE: YYYYMMDD in ASCII, empty where not known.
func (e encoder) date(t time.Time) []byte {
	if t.IsZero() {
		return []byte{}
	}
	return []byte(t.UTC().Format("20060102"))
}

// mechanisms encodes an array of CK_MECHANISM_TYPE.
func (e encoder) mechanisms(list []ck.MechanismType) []byte {
	b := make([]byte, 0, len(list)*e.ulongSize)
	for _, m := range list {
		b = append(b, e.ulong(uint(m))...)
	}
	return b
}
