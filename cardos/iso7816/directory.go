// SPDX-License-Identifier: Apache-2.0

package iso7816

// Tags of EF.DIR (ISO 7816-4, 12.2.2.3).
const (
	tagApplication     = 0x61 // template of an application
	tagApplicationName = 0x4F
)

// Limits of the names of applications.
const (
	MinNameLength = 5  // bytes (ISO 7816-4, 12.2.3)
	MaxNameLength = 16 // bytes
	// MaxApplications is how many names of a directory are read.
	MaxApplications = 16
)

// ApplicationNames returns the names of the applications in the content of
// EF.DIR, each once: templates 61 with the name in 4F, or names alone, one after
// the other, as in the file or in one record of it. Damaged entries and what
// follows them are left out, and so are names of another length than 5 to 16
// bytes. The names point into b.
func ApplicationNames(b []byte) (names [][]byte) {
	seen := map[string]bool{}
	for len(b) > 0 && len(names) < MaxApplications {
		if b[0] == 0x00 || b[0] == 0xFF {
			b = b[1:]
			continue
		}
		entry, rest, err := ReadTLV(b)
		if err != nil {
			break
		}
		b = rest
		name := entry.Value
		if entry.Tag == tagApplication {
			inner, _ := ParseTLV(entry.Value)
			name, _ = Find(inner, tagApplicationName)
		} else if entry.Tag != tagApplicationName {
			continue
		}
		if len(name) >= MinNameLength && len(name) <= MaxNameLength && !seen[string(name)] {
			seen[string(name)] = true
			names = append(names, name)
		}
	}
	return names
}
