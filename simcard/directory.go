// SPDX-License-Identifier: Apache-2.0

package simcard

import "slices"

// addDirectory puts EF.DIR and EF.ATR (ISO/IEC 7816-4, 12.2.2) below f; root is
// the name in EF.ATR. Their short identifiers are P on other IAS-ECC cards.
func (f *file) addDirectory(kind string, apps []*file, root []byte) {
	if kind == DirectoryNone {
		return
	}
	var records [][]byte
	for _, app := range apps {
		records = append(records, tlv(0x61, tlv(0x4F, app.aid...)...))
	}
	directory := f.addFile(0x2F00, acFreeRead, nil)
	directory.ias(0xF0)
	if kind == DirectoryRecords {
		directory.record, directory.records = true, records
	} else {
		directory.data = slices.Concat(records...)
	}
	f.addFile(0x2F01, acFreeRead, atrFile(root)).ias(0xE8)
}

// atrFile is the content of EF.ATR (shape P on an IAS-ECC card, OpenSC pull
// request 2281): category, services,
// pre-issuing data, capabilities, name of the root, sizes of the buffers for
// commands and answers, with and without secure messaging, and the status.
func atrFile(root []byte) []byte {
	size := func(high, low byte) []byte { return tlv(0x02, high, low) }
	content := slices.Concat(tlv(0x80), tlv(0x43, 0xB8), tlv(0x46, 0x04, 0x04, 0xB8, 0x5B), tlv(0x47, 0x94, 0x01, 0x80))
	if root != nil {
		content = append(content, tlv(0x4F, root...)...)
	}
	return slices.Concat(content, tlv(0xE0, slices.Concat(size(0, 0xFF), size(0, 0xFF), size(1, 0), size(1, 0))...),
		tlv(0x82, 0x90, 0x00))
}

// hasShortIdentifiers reports whether a file of the directory has one.
func (f *file) hasShortIdentifiers() bool {
	return slices.ContainsFunc(f.children, func(c *file) bool { return c.sfi != 0 })
}

// shortIdentifier returns the file of the directory with a short identifier.
func (f *file) shortIdentifier(number byte) *file {
	for _, c := range f.children {
		if c.sfi>>3 == number && c.sfi != 0 {
			return c
		}
	}
	return nil
}

// setTemplate sets the template of the file control information of a tree.
func (f *file) setTemplate(template string) {
	f.template = template
	for _, c := range f.children {
		c.setTemplate(template)
	}
}
