// SPDX-License-Identifier: Apache-2.0

package simcard

import "encoding/binary"

// file is a directory or an elementary file of the card.
type file struct {
	fid      uint16
	parent   *file
	dir      bool
	record   bool // a record file
	records  [][]byte
	data     []byte // transparent files
	ac       access
	sm       []byte // secure-messaging conditions, nil = none
	free     uint16 // free bytes announced by a directory
	aid      []byte
	noSize   bool   // the FCI gives no size
	fciEnd   []byte // family H: the end of an FCI of the other manner
	template string // and the template around it
	sfi      byte   // short identifier, in bits 8 to 4 as in tag 88
	children []*file

	pins []*pin
	keys []*key
	ses  []byte // security environments that MSE RESTORE finds here
}

// access holds the nine access-condition bytes of the FCI (tag 86): 00 always,
// FF or 66 never, 01 to 1F that PIN verified (D).
//
// Order for elementary files: read, update, append, deactivate, activate,
// delete, admin, increase, decrease. For directories: life cycle, update,
// append, deactivate, activate, delete, admin, create, reserved.
type access [9]byte

var (
	acFreeRead = access{0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	acNever    = access{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
)

const (
	acRead   = 0
	acUpdate = 1
)

// addDir makes a directory below f.
func (f *file) addDir(fid uint16, ac access) *file {
	child := &file{fid: fid, parent: f, dir: true, ac: ac, free: 0x0400}
	f.children = append(f.children, child)
	return child
}

// addFile makes a transparent file below f.
func (f *file) addFile(fid uint16, ac access, data []byte) *file {
	child := &file{fid: fid, parent: f, ac: ac, data: data}
	f.children = append(f.children, child)
	return child
}

func (f *file) child(fid uint16) *file {
	for _, c := range f.children {
		if c.fid == fid {
			return c
		}
	}
	return nil
}

// walk follows a path of file identifiers from f.
func (f *file) walk(path []byte) *file {
	for ; f != nil && len(path) >= 2; path = path[2:] {
		f = f.child(binary.BigEndian.Uint16(path))
	}
	return f
}

// findPIN looks through the whole tree.
func (f *file) findPIN(ref byte) *pin {
	for _, p := range f.pins {
		if p.ref == ref {
			return p
		}
	}
	for _, c := range f.children {
		if p := c.findPIN(ref); p != nil {
			return p
		}
	}
	return nil
}

// fci is the file control information of a SELECT.
func (f *file) fci(lifeCycle bool) []byte {
	if f.fciEnd != nil {
		return f.fciIAS()
	}
	var body []byte
	tlv := func(tag byte, value ...byte) {
		body = append(append(body, tag, byte(len(value))), value...)
	}
	switch {
	case f.dir:
		tlv(0x81, byte(f.free>>8), byte(f.free))
		tlv(0x82, 0x38, 0x00, 0x00)
	case f.record:
		tlv(0x80, 0x00, 0x00)
		tlv(0x82, 0x02, 0x00, 0x00)
	default:
		if !f.noSize {
			tlv(0x80, byte(len(f.data)>>8), byte(len(f.data)))
		}
		tlv(0x82, 0x01, 0x00, 0x00)
	}
	if f.aid != nil {
		tlv(0x84, f.aid...)
	}
	tlv(0x83, byte(f.fid>>8), byte(f.fid))
	tlv(0x85, 0x01)
	tlv(0x86, f.ac[:]...)
	if lifeCycle {
		tlv(0x8A, 0x05)
	}
	sm := make([]byte, 24)
	for i := range sm {
		sm[i] = 0xFF
	}
	copy(sm, f.sm)
	tlv(0xCB, sm...)
	return append([]byte{0x6F, byte(len(body))}, body...)
}

// allowed tells whether an access condition is met.
func (c *Card) allowed(condition byte) bool {
	switch {
	case condition == 0x00:
		return true
	case condition > 0x1F:
		return false
	}
	for p, verified := range c.state.verified {
		if verified && p.ref == condition {
			return true
		}
	}
	return false
}
