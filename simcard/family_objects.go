// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"slices"
)

// Layout T: objects are listed in two directories, below 1400 (P on family T;
// that family E has them is I).
const (
	dirPublic  = 0x4000
	dirPrivate = 0x5000
	slots      = 48
)

// object ids: first digit 1 public key, 2 certificate, 3 private key; the
// attributes of an object are in the file with the id + 0100 (P).
type objectIDs struct{ public, certificate, private uint16 }

var (
	idsT = []objectIDs{{0x1004, 0x2002, 0x300E}, {0x1005, 0x2003, 0x300F}}
	// On E the certificate is 2002 (P) and the key 02 (D).
	idsE = []objectIDs{{0x1002, 0x2002, 0x3002}, {0x1003, 0x2003, 0x3003}}
)

var (
	acPublicObject  = access{0x00, 0x10, 0x10, 0xFF, 0xFF, 0x10, 0xFF, 0xFF, 0xFF}
	acPrivateObject = access{0x10, 0x10, 0x10, 0xFF, 0xFF, 0x10, 0xFF, 0xFF, 0xFF}
	acPrivateKeys   = access{0xFF, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0xFF}
	acPublicKeys    = access{0xFF, 0x00, 0x00, 0xFF, 0xFF, 0x00, 0xFF, 0x00, 0xFF}
	acDirPublic     = access{0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF}
	acDirPrivate    = access{0x00, 0x10, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF}
	acTokenInfo     = access{0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0x11, 0xFF, 0xFF}
	acUnknown       = access{0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0xFF}
)

// buildObjects makes layout T.
func (c *Card) buildObjects() {
	ids, label := idsT, "TokenME"
	if c.options.Family == FamilyE {
		ids, label = idsE, "Carta Nazionale dei Servizi"
	}
	ids = slices.Clone(ids)
	for i := range ids {
		ids[i].public += c.options.Objects
		ids[i].certificate += c.options.Objects
		ids[i].private += c.options.Objects + c.options.PrivateObjects
	}
	c.mf.aid = []byte{0xA0, 0x00, 0x00, 0x00, 0x77, 0x01, 0x03, 0x00, 0x06, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02}
	c.apps = append(c.apps, c.mf)
	c.objects[0xDF64] = []byte{0xDF, 0x64, 0x02, 0x4C, 0x5E} // free memory

	ds := c.mf.addDir(0x1400, acNever)
	info := make([]byte, 36)
	copy(info, slices.Repeat([]byte{' '}, 32))
	copy(info, label)
	// RNG, LOGIN_REQUIRED, USER_PIN_INITIALIZED, TOKEN_INITIALIZED
	binary.BigEndian.PutUint32(info[32:], 0x040D)
	ds.addFile(0x1000, acTokenInfo, info)
	public, private := ds.addDir(0x9001, acPublicKeys), ds.addDir(0x9002, acPrivateKeys)
	private.free = 0x007F
	private.sm = []byte{0xFF, 0xFF, 0x03, 0x04, 0x03, 0x04}
	unknown := make([]byte, 256)
	for i := range 128 {
		unknown[1], unknown[2+i] = 0x80, byte(i)
	}
	public.addFile(0x11CE, acUnknown, unknown)

	// Slots that were never used and slots of deleted objects come first (P).
	deleted := []byte{0x00, 0xFA, 0xFE, 0x00, 0x00}
	directoryPublic := slices.Concat(make([]byte, 15), deleted, deleted)
	directoryPrivate := slices.Concat(make([]byte, 5), deleted, deleted)
	credentials := append([]Credential{c.options.Authentication}, c.options.More...)
	for i, credential := range credentials[:min(len(credentials), len(ids))] {
		if credential.Key == nil {
			continue
		}
		content, size := credential.Certificate, len(credential.Certificate)
		if i == 0 {
			content = c.certificateFile(c.objectCertificateSize())
		}
		directoryPublic = append(directoryPublic, entry(ids[i].public, credential.Key.N.BitLen())...)
		directoryPublic = append(directoryPublic, entry(ids[i].certificate, size)...)
		directoryPrivate = append(directoryPrivate, entry(ids[i].private, credential.Key.N.BitLen())...)
		if content != nil {
			public.addFile(ids[i].certificate, acPublicObject, content)
		}
		c.addAttributes(public, private, ids[i], credential)
		private.keys = append(private.keys, &key{ref: byte(ids[i].private), private: credential.Key, pin: pinUser})
	}
	ds.addFile(dirPublic, acDirPublic, append(directoryPublic, make([]byte, 5*slots-len(directoryPublic))...))
	ds.addFile(dirPrivate, acDirPrivate, append(directoryPrivate, make([]byte, 5*slots-len(directoryPrivate))...))
}

// objectCertificateSize: exact on T, 2048 bytes on E (P both).
func (c *Card) objectCertificateSize() int {
	if c.options.Family == FamilyE {
		return 2048
	}
	return 0
}

// entry is a slot in use: flag, id, and size in bytes, of a key in bits.
func entry(id uint16, size int) []byte {
	slot := binary.BigEndian.AppendUint16([]byte{0xFF}, id)
	return binary.BigEndian.AppendUint16(slot, uint16(size))
}

// addAttributes makes the attribute files: first word, label, id, and what
// belongs to the kind of object (P for the bytes).
func (c *Card) addAttributes(public, private *file, ids objectIDs, credential Credential) {
	container := []byte("te-00000000-0000-4000-8000-" + c.options.Serial[4:])
	named := func(word uint16) []byte {
		out := binary.BigEndian.AppendUint16(nil, word)
		for range 2 { // label, id
			out = append(binary.BigEndian.AppendUint16(out, uint16(len(container))), container...)
		}
		return out
	}
	serial := certificateSerial(credential.Certificate)
	certificate := append(named(0x0001), 0, 0, 0, 0, 0, byte(len(serial)))
	public.addFile(ids.certificate+0x0100, acPublicObject, append(certificate, serial...))

	modulus := credential.Key.N.Bytes()
	exponent := big.NewInt(int64(credential.Key.E)).Bytes()
	blank := make([]byte, 18) // an empty subject and two empty dates (I)
	public.addFile(ids.public+0x0100, acPublicObject, slices.Concat(named(0x004D), blank,
		binary.BigEndian.AppendUint16(nil, uint16(len(modulus))), modulus,
		[]byte{0, byte(len(exponent))}, exponent))
	private.addFile(ids.private+0x0100, acPrivateObject, slices.Concat(named(0x0035), blank,
		modulus, []byte{byte(len(exponent))}, exponent))
}

// certificateSerial returns the content bytes of the serial number of a
// certificate, or nothing where it cannot be read.
func certificateSerial(der []byte) []byte {
	outer := asn1.RawValue{}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil
	}
	tbs := asn1.RawValue{}
	if _, err := asn1.Unmarshal(outer.Bytes, &tbs); err != nil {
		return nil
	}
	var version int
	rest, err := asn1.UnmarshalWithParams(tbs.Bytes, &version, "explicit,tag:0,optional")
	if err != nil {
		return nil
	}
	serial := asn1.RawValue{}
	if _, err := asn1.Unmarshal(rest, &serial); err != nil {
		return nil
	}
	return serial.Bytes
}
