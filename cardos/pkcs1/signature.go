// SPDX-License-Identifier: Apache-2.0

package pkcs1

import (
	"bytes"
	"crypto"
	_ "crypto/sha1"   // for crypto.SHA1
	_ "crypto/sha256" // for crypto.SHA224 and crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"slices"
)

// digestInfos holds the DER of DigestInfo up to the digest (RFC 8017, 9.2,
// note 1).
var digestInfos = map[crypto.Hash][]byte{
	crypto.SHA1:   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
	crypto.SHA224: {0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c},
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// DigestInfo returns the DER of the DigestInfo of a digest (RFC 8017, 9.2,
// step 2), or [ErrDigest].
func DigestInfo(h crypto.Hash, digest []byte) ([]byte, error) {
	prefix, known := digestInfos[h]
	if !known || len(digest) != h.Size() {
		return nil, ErrDigest
	}
	return slices.Concat(prefix, digest), nil
}

// DigestInfoSize returns the length of the DigestInfo of a hash, or 0 where
// none is known.
func DigestInfoSize(h crypto.Hash) int {
	prefix, known := digestInfos[h]
	if !known {
		return 0
	}
	return len(prefix) + h.Size()
}

// PadSignature returns EMSA-PKCS1-v1_5 padding around t, usually a DigestInfo
// (RFC 8017, 9.2, step 3): 00 01 FF .. FF 00 t, size bytes in all. It returns
// [ErrTooLong] if t is longer than size less [Overhead].
func PadSignature(t []byte, size int) ([]byte, error) {
	if len(t) > size-Overhead {
		return nil, ErrTooLong
	}
	padding := bytes.Repeat([]byte{0xFF}, size-len(t)-3)
	return slices.Concat([]byte{0x00, 0x01}, padding, []byte{0x00}, t), nil
}
