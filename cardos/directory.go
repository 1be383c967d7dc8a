// SPDX-License-Identifier: Apache-2.0

package cardos

// A directory of layout T is 48 slots of 5 bytes: flag, object identifier,
// size. Unused slots come before used ones, so all are looked at.
const (
	directorySize = 240
	directorySlot = 5
	slotInUse     = 0xFF
)

// keyRef is a key reference for MSE SET, with the file of the key's attributes
// where the layout has one: it holds the modulus and needs the PIN.
type keyRef struct {
	ref        byte
	attributes path
}

func fileID(id uint16) path { return path([]byte{byte(id >> 8), byte(id)}) }

// maxListed bounds how many certificates of a directory are read.
const maxListed = 8

// attributeOffset is added to an object's identifier to give the file of its
// attributes.
const attributeOffset = 0x0100

// Kinds of object: the first digit of the identifier.
const (
	objectCertificate = 0x2
	objectPrivateKey  = 0x3
)

// listObjects returns the identifiers of one kind that a directory has in use.
func listObjects(directory []byte, kind byte) []uint16 {
	var ids []uint16
	for ; len(directory) >= directorySlot; directory = directory[directorySlot:] {
		if directory[0] == slotInUse && directory[1]>>4 == kind {
			ids = append(ids, uint16(directory[1])<<8|uint16(directory[2]))
		}
	}
	return ids
}

// readDirectories lists the certificates of layout T, and the references of
// the private keys. The reference is the low byte of the private object's
// identifier; which key belongs to which certificate the directories do not
// tell, so where there is more than one it is found out at first use.
func readDirectories(t *tx) (certificates []keySpec, refs []keyRef, err error) {
	private, err := readSelected(t, pathPrivateDirectory, directorySize)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range listObjects(private, objectPrivateKey) {
		refs = append(refs, keyRef{ref: byte(id), attributes: pathPrivateObjects + fileID(id+attributeOffset)})
	}
	if len(refs) == 0 {
		return nil, nil, nil
	}
	public, err := readSelected(t, pathPublicDirectory, directorySize)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range listObjects(public, objectCertificate) {
		if len(certificates) == maxListed {
			break
		}
		certificates = append(certificates, keySpec{purpose: Authentication,
			certificate: pathPublicObjects + fileID(id), dir: pathPrivateObjects})
	}
	return certificates, refs, nil
}

// readSelected selects a file and reads it, at most limit bytes. It returns
// nothing where the card refuses.
func readSelected(t *tx, file path, limit int) ([]byte, error) {
	fci, ok, err := t.selectFile(file)
	if err != nil {
		return nil, unlessRefused(err)
	}
	if !ok {
		return nil, nil
	}
	if fci.HasSize {
		limit = min(limit, fci.Size)
	}
	b, err := t.readTo(nil, limit)
	if err != nil {
		return nil, unlessRefused(err)
	}
	return b, nil
}
