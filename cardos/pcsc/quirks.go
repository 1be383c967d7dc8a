// SPDX-License-Identifier: Apache-2.0

package pcsc

import "strings"

// Quirk is what must be done differently with a reader.
type Quirk struct {
	// NoPINPad: the reader announces a PIN pad that it does not have, and a
	// PIN entry asked of it fails.
	NoPINPad bool
}

// quirks lists readers by a part of their PC/SC name, one row each.
var quirks = []struct {
	name  string
	quirk Quirk
}{
	// USB 25dd:3111 (OpenSC issue 2313).
	{"miniLector-EVO", Quirk{NoPINPad: true}},
	{"miniLector EVO", Quirk{NoPINPad: true}},
}

// QuirkOf returns the quirks of a reader by its PC/SC name.
func QuirkOf(reader string) Quirk {
	for _, q := range quirks {
		if strings.Contains(strings.ToLower(reader), strings.ToLower(q.name)) {
			return q.quirk
		}
	}
	return Quirk{}
}
