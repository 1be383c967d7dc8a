// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"encoding/binary"
	"slices"
)

// The files of ISO/IEC 7816-15 (PKCS #15) that describe the objects of an
// IAS-ECC application (IAS.PKCS15). Their identifiers but those of EF.OD and
// EF.CIAInfo are made up.
const (
	efCertificates = 0x7003
	efKeys         = 0x7001
	efPINs         = 0x7004
	efOD           = 0x5031
	efCIAInfo      = 0x5032
)

// Tags of ASN.1.
const (
	asnInteger     = 0x02
	asnBits        = 0x03
	asnOctets      = 0x04
	asnNull        = 0x05
	asnEnumerated  = 0x0A
	asnUTF8        = 0x0C
	asnSequence    = 0x30
	asnContext     = 0x80
	asnConstructed = 0xA0
)

// sequence encodes a SEQUENCE.
func sequence(parts ...[]byte) []byte { return tlv(asnSequence, slices.Concat(parts...)...) }

// explicit encodes a constructed context tag.
func explicit(n int, parts ...[]byte) []byte {
	return tlv(asnConstructed|n, slices.Concat(parts...)...)
}

func integer(n int) []byte {
	content := binary.BigEndian.AppendUint32(nil, uint32(n))
	for len(content) > 1 && content[0] == 0 && content[1] < 0x80 {
		content = content[1:]
	}
	return tlv(asnInteger, content...)
}

// bits encodes named bits, bit 0 first; there are at most 16.
func bits(set ...int) []byte {
	var word uint16
	for _, n := range set {
		word |= 0x8000 >> n
	}
	return tlv(asnBits, 0, byte(word>>8), byte(word))
}

func octets(b ...byte) []byte  { return tlv(asnOctets, b...) }
func text(s string) []byte     { return tlv(asnUTF8, []byte(s)...) }
func path(fids ...byte) []byte { return sequence(octets(fids...)) }
func fidBytes(fid uint16) []byte {
	return binary.BigEndian.AppendUint16(nil, fid)
}

// algorithms are those that CIAInfo lists: number, PKCS #11 mechanism, operation
// (1 signature, 5 decipherment, 6 hash: numbers of bits) and reference.
var algorithms = []struct{ number, mechanism, operation, reference int }{
	{1, 0x0220, 6, algorithmSHA1},
	{2, 0x0250, 6, algorithmSHA256},
	{3, 0x0006, 1, algorithmPKCS1 | algorithmSHA1},
	{4, 0x0040, 1, algorithmPKCS1 | algorithmSHA256},
	{5, 0x0001, 1, algorithmPKCS1},
	{6, 0x0001, 5, algorithmDecipher},
}

// addPKCS15 puts the files into the application.
func (a *ias) addPKCS15(root *file, o Options) {
	add := func(fid uint16, data []byte) { root.addFile(fid, acFreeRead, data).ias(0) }
	add(efOD, slices.Concat(explicit(8, path(fidBytes(efPINs)...)), explicit(0, path(fidBytes(efKeys)...)),
		explicit(4, path(fidBytes(efCertificates)...))))
	var list [][]byte
	for _, x := range algorithms {
		list = append(list, sequence(integer(x.number), integer(x.mechanism), tlv(asnNull), bits(x.operation),
			tlv(0x06, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01), integer(x.reference)))
	}
	// Flags: login required, PRN generation.
	add(efCIAInfo, sequence(integer(1), octets(bcd(o.Serial)...), text("simcard"), tlv(asnContext, []byte("IAS-ECC")...),
		bits(1, 2), explicit(2, list...)))
	var pins, keys, certs []byte
	for _, p := range a.pins {
		pins = append(pins, p.description()...)
	}
	for _, k := range a.keys {
		keys = append(keys, k.description()...)
		fid := 0xC100 | uint16(k.spec.Reference)
		add(fid, k.certificate)
		certs = append(certs, sequence(sequence(text("certificate"), bits()), sequence(octets(k.spec.Reference)),
			explicit(1, sequence(path(fidBytes(fid)...))))...)
	}
	add(efPINs, pins)
	add(efKeys, keys)
	add(efCertificates, certs)
}

// description is the entry of a PIN: flags local, initialized and, where it is filled,
// needs padding.
func (p *iasPIN) description() []byte {
	flags, fill := []int{1, 4}, []byte(nil)
	switch p.spec.Form {
	case PINFilledFF:
		flags, fill = append(flags, 5), octets(0xFF)
	case PINFilled00:
		flags, fill = append(flags, 5), octets(0x00)
	}
	return sequence(sequence(text("PIN"), bits(0)), sequence(octets(p.spec.Reference)),
		explicit(1, sequence(bits(flags...), tlv(asnEnumerated, 1), integer(minPINLength), integer(p.spec.Length),
			integer(p.spec.Length), tlv(asnContext, p.spec.Reference), fill)))
}

// description is the entry of a key: usage signature or decipherment, access
// flags sensitive, always sensitive, never extractable, local.
func (k *iasKey) description() []byte {
	usage, list := []int{2}, []byte(nil)
	if k.spec.Decipher != DecipherNever {
		usage = append(usage, 1, 5)
	}
	for _, x := range algorithms {
		list = append(list, integer(x.number)...)
	}
	return sequence(sequence(text("key"), bits(0), octets(k.spec.PIN)),
		sequence(octets(k.spec.Reference), bits(usage...), bits(0, 2, 3, 4), integer(int(k.spec.Reference)), explicit(1, list)),
		explicit(1, sequence(path(), integer(8*k.key.size()))))
}
