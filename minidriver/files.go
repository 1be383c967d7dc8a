// SPDX-License-Identifier: Apache-2.0

package minidriver

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// The access conditions of CARD_FILE_ACCESS_CONDITION that the files have. None
// of them can be written.
const (
	everyoneReadUserWrite  = 1
	everyoneReadAdminWrite = 3
)

// applications is the directory of the cryptographic files, and the only one
// below the root.
const applications = "mscp"

// file is a virtual file: nothing of it is on the card as it is.
type file struct {
	content []byte
	access  uint32
}

// filesOf returns the files that the specification wants of a card ("File System
// Requirements"), but for msroots, which would make Windows trust what is in it.
func filesOf(serial string, containers []container) map[string]map[string]file {
	var certificates [][]byte
	mscp := map[string]file{"cmapfile": {containerMap(containers), everyoneReadUserWrite}}
	for i := range containers {
		c := &containers[i]
		kind := "kxc"
		if c.spec == Signature {
			kind = "ksc"
		}
		mscp[fmt.Sprintf("%s%02d", kind, i)] = file{c.key.Certificate.Raw, everyoneReadUserWrite}
		certificates = append(certificates, c.key.Certificate.Raw)
	}
	return map[string]map[string]file{
		"": {
			"cardid":   {cardID(serial), everyoneReadAdminWrite},
			"cardcf":   {cacheFile(certificates), everyoneReadUserWrite},
			"cardapps": {[]byte(applications + "\x00\x00\x00\x00"), everyoneReadAdminWrite},
		},
		applications: mscp,
	}
}

// cardID returns what tells the card from all others, without telling its number.
func cardID(serial string) []byte {
	sum := sha256.Sum256([]byte("tscns minidriver card identifier\x00" + serial))
	return sum[:16]
}

// cacheFile returns the CARD_CACHE_FILE_FORMAT: what Windows keeps of the card
// holds as long as these numbers, so they follow what is on the card.
func cacheFile(certificates [][]byte) []byte {
	sum := sha256.Sum256(bytes.Join(certificates, nil))
	b := []byte{0, 0} // bVersion, bPinsFreshness
	for i := range 2 {
		word := binary.BigEndian.Uint16(sum[2*i:])
		b = binary.LittleEndian.AppendUint16(b, max(word, 1))
	}
	return b
}

// Members of CONTAINER_MAP_RECORD.
const (
	nameUnits        = 40 // wszGuid, in UTF-16 code units
	validContainer   = 1  // bFlags
	defaultContainer = 2
)

// containerMap returns a CONTAINER_MAP_RECORD for each container, 86 bytes.
func containerMap(containers []container) []byte {
	var b []byte
	for i := range containers {
		c := &containers[i]
		name := make([]uint16, nameUnits)
		copy(name[:nameUnits-1], utf16.Encode([]rune(c.name)))
		for _, unit := range name {
			b = binary.LittleEndian.AppendUint16(b, unit)
		}
		flags := byte(validContainer)
		if i == 0 {
			flags |= defaultContainer
		}
		b = append(b, flags, 0)
		exchange, signature := uint16(c.key.Bits), uint16(0)
		if c.spec == Signature {
			exchange, signature = signature, exchange
		}
		b = binary.LittleEndian.AppendUint16(b, signature)
		b = binary.LittleEndian.AppendUint16(b, exchange)
	}
	return b
}

// FileInfo is what CARD_FILE_INFO holds.
type FileInfo struct {
	Size   uint32 // in bytes
	Access uint32 // CARD_FILE_ACCESS_CONDITION
}

// ReadFile returns a virtual file, from memory. Names are not case-sensitive; ""
// is the root directory. Errors: [DirNotFound], [FileNotFound].
func (c *Context) ReadFile(dir, name string) ([]byte, error) {
	f, err := c.file(dir, name)
	return bytes.Clone(f.content), err
}

// FileInfo describes what ReadFile returns. Errors are those of ReadFile.
func (c *Context) FileInfo(dir, name string) (FileInfo, error) {
	f, err := c.file(dir, name)
	return FileInfo{Size: uint32(len(f.content)), Access: f.access}, err
}

// file finds a file; they never change.
func (c *Context) file(dir, name string) (file, error) {
	d, ok := c.files[lower(dir)]
	if !ok {
		return file{}, DirNotFound
	}
	f, ok := d[lower(name)]
	if !ok {
		return file{}, FileNotFound
	}
	return f, nil
}

// lower returns an ASCII name in small letters; other letters have none here.
func lower(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// EnumFiles returns the names of a directory, each ended by a zero, with one
// more zero at the end.
func (c *Context) EnumFiles(dir string) ([]byte, error) {
	d, ok := c.files[lower(dir)]
	if !ok {
		return nil, DirNotFound
	}
	var names []string
	for name := range d {
		names = append(names, name+"\x00")
	}
	slices.Sort(names)
	return []byte(strings.Join(names, "") + "\x00"), nil
}
