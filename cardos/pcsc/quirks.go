// SPDX-License-Identifier: Apache-2.0

package pcsc

import "strings"

// Quirk holds the deviations of a reader from PC/SC.
type Quirk struct {
	// NoPINPad reports whether the reader announces a PIN pad that it does not
	// have.
	NoPINPad bool
}

// quirks lists readers, one row each: by a part of the PC/SC name, or by the USB
// vendor and product that some readers report (PC/SC part 10, 2.6.14).
var quirks = []struct {
	name            string
	vendor, product uint16
	quirk           Quirk
}{
	// OpenSC issue 2313.
	{"miniLector-EVO", 0, 0, Quirk{NoPINPad: true}},
	{"miniLector EVO", 0, 0, Quirk{NoPINPad: true}},
	{"", 0x25DD, 0x3111, Quirk{NoPINPad: true}},
}

// QuirkOf returns the quirks of a reader by its PC/SC name, or by its USB vendor
// and product, both 0 if not known.
func QuirkOf(reader string, vendor, product uint16) Quirk {
	for _, q := range quirks {
		named := q.name != "" && strings.Contains(strings.ToLower(reader), strings.ToLower(q.name))
		if named || q.name == "" && q.vendor == vendor && q.product == product {
			return q.quirk
		}
	}
	return Quirk{}
}
