// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"time"
)

// The summary of a database is a property set ([MS-OLEPS], section 2.21): a
// header, the format's GUID behind 28 bytes of it, and a section with a table of
// properties and where each stands.
var summaryFormat = []byte{0xE0, 0x85, 0x9F, 0xF2, 0xF9, 0x4F, 0x68, 0x10, 0xAB, 0x91, 0x08, 0x00, 0x2B, 0x27, 0xB3, 0xD9}

const (
	formatAt    = 28   // of the format's GUID
	sectionAt   = 44   // of where the section begins
	propertyNew = 12   // PIDSI_CREATE_DTM
	propertyNow = 13   // PIDSI_LASTSAVE_DTM
	typeTime    = 0x40 // VT_FILETIME
)

var errSummary = errors.New("the summary of the database is not where wixl puts it")

// seal writes a time into the summary of an installer, where msibuild leaves
// that of the build, by which alone two builds would differ. wixl keeps so small
// a stream in one piece; that what stands there are two times is checked.
func seal(path string, at time.Time) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	format := bytes.Index(file, summaryFormat)
	if format < formatAt || bytes.Contains(file[format+1:], summaryFormat) {
		return errSummary
	}
	set := file[format-formatAt:]
	word := func(at uint32) (uint32, bool) {
		if uint64(at)+4 > uint64(len(set)) {
			return 0, false
		}
		return binary.LittleEndian.Uint32(set[at:]), true
	}
	section, _ := word(sectionAt)
	count, ok := word(section + 4)
	if !ok || count > 64 {
		return errSummary
	}
	sealed := 0
	for i := range count {
		id, _ := word(section + 8 + 8*i)
		offset, _ := word(section + 12 + 8*i)
		if id != propertyNew && id != propertyNow {
			continue
		}
		if kind, ok := word(section + offset); !ok || kind != typeTime || uint64(section+offset)+12 > uint64(len(set)) {
			return errSummary
		}
		binary.LittleEndian.PutUint64(set[section+offset+4:], fileTime(at))
		sealed++
	}
	if sealed != 2 {
		return errSummary
	}
	return os.WriteFile(path, file, 0o644)
}

// fileTime is a time as Windows counts it: 100 ns since 1601.
func fileTime(t time.Time) uint64 {
	return uint64(t.Unix()+11644473600) * 10_000_000
}
