// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"hash"

	"tscns/module/ck"
)

// digest is a hash function under its names.
type digest struct {
	id     ck.MechanismType
	mgf    ck.MGFType
	crypto crypto.Hash
	size   int // bytes
	new    func() hash.Hash
	// info is the DER of DigestInfo up to the digest (RFC 8017, 9.2, note 1).
	info []byte
}

var digests = [...]digest{
	{ck.CKM_SHA_1, ck.CKG_MGF1_SHA1, crypto.SHA1, sha1.Size, sha1.New,
		[]byte{0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14}},
	{ck.CKM_SHA224, ck.CKG_MGF1_SHA224, crypto.SHA224, sha256.Size224, sha256.New224,
		[]byte{0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c}},
	{ck.CKM_SHA256, ck.CKG_MGF1_SHA256, crypto.SHA256, sha256.Size, sha256.New,
		[]byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}},
	{ck.CKM_SHA384, ck.CKG_MGF1_SHA384, crypto.SHA384, sha512.Size384, sha512.New384,
		[]byte{0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30}},
	{ck.CKM_SHA512, ck.CKG_MGF1_SHA512, crypto.SHA512, sha512.Size, sha512.New,
		[]byte{0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40}},
}

func digestOf(id ck.MechanismType) *digest {
	for i := range digests {
		if digests[i].id == id {
			return &digests[i]
		}
	}
	return nil
}

func digestOfMGF(mgf ck.MGFType) *digest {
	for i := range digests {
		if digests[i].mgf == mgf {
			return &digests[i]
		}
	}
	return nil
}

// mgf1 is the mask generation function MGF1 (RFC 8017, B.2.1), applied to
// out by XOR.
func (d *digest) mgf1(out, seed []byte) {
	h := d.new()
	input := append(make([]byte, 0, len(seed)+4), seed...)
	block := make([]byte, 0, d.size)
	for counter := uint32(0); len(out) > 0; counter++ {
		h.Reset()
		h.Write(binary.BigEndian.AppendUint32(input, counter))
		block = h.Sum(block[:0])
		out = out[subtle.XORBytes(out, out, block):]
	}
}
