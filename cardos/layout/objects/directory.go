// SPDX-License-Identifier: Apache-2.0

package objects

import (
	"tscns/cardos"
	"tscns/cardos/layout/cns"
)

// A directory is 48 slots of 5 bytes: flag, object identifier, size. Unused
// slots come before used ones, so all are looked at.
const (
	directorySize = 240
	slotSize      = 5
	slotInUse     = 0xFF
)

// maxListed bounds how many certificates of a directory are read.
const maxListed = 8

// attributeOffset is added to an object's identifier to give the file of its
// attributes.
const attributeOffset = 0x0100

// Kinds of object: the first digit of the identifier.
const (
	kindCertificate = 0x2
	kindPrivateKey  = 0x3
)

func fileID(id uint16) cns.Path { return cns.Path([]byte{byte(id >> 8), byte(id)}) }

// listObjects returns the identifiers of one kind that a directory has in use.
func listObjects(directory []byte, kind byte) []uint16 {
	var ids []uint16
	for ; len(directory) >= slotSize; directory = directory[slotSize:] {
		if directory[0] == slotInUse && directory[1]>>4 == kind {
			ids = append(ids, uint16(directory[1])<<8|uint16(directory[2]))
		}
	}
	return ids
}

// listReferences lists the references of the private keys: the low byte of the
// private object's identifier.
func (c card) listReferences(t *cardos.Tx) (refs []cns.Reference, err error) {
	private, err := c.Read(t, privateDirectory, directorySize)
	if err != nil {
		return nil, err
	}
	for _, id := range listObjects(private, kindPrivateKey) {
		refs = append(refs, cns.Reference{Ref: byte(id), Attributes: privateObjects + fileID(id+attributeOffset)})
	}
	return refs, nil
}

// readDirectories lists the places of the certificates, and the references of
// the private keys. Which key belongs to which certificate the directories do
// not show, so where there is more than one it is found out at first use.
func (c card) readDirectories(t *cardos.Tx) (places []cns.Place, refs []cns.Reference, err error) {
	refs, err = c.listReferences(t)
	if err != nil || len(refs) == 0 {
		return nil, nil, err
	}
	public, err := c.Read(t, publicDirectory, directorySize)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range listObjects(public, kindCertificate) {
		if len(places) == maxListed {
			break
		}
		places = append(places, cns.Place{Purpose: cardos.Authentication, Certificate: publicObjects + fileID(id), Directory: privateObjects})
	}
	return places, refs, nil
}
