// SPDX-License-Identifier: Apache-2.0

package pkcs1

import (
	"crypto"
	"crypto/subtle"
	"encoding/binary"
)

// mask applies MGF1 with a hash (RFC 8017, B.2.1) to out, by XOR.
func mask(h crypto.Hash, out, seed []byte) {
	state := h.New()
	input := append(make([]byte, 0, len(seed)+4), seed...)
	block := make([]byte, 0, h.Size())
	for counter := uint32(0); len(out) > 0; counter++ {
		state.Reset()
		state.Write(binary.BigEndian.AppendUint32(input, counter))
		block = state.Sum(block[:0])
		out = out[subtle.XORBytes(out, out, block):]
	}
}
