// SPDX-License-Identifier: Apache-2.0

package tlsserver

import (
	"encoding/binary"
	"math/bits"
)

// chacha20 decrypts src into dst, the shorter one, with the block counter
// starting at 1 as ChaCha20-Poly1305 has it (RFC 8439, sections 2.3, 2.4 and
// 2.8). The standard library keeps its own to itself.
func chacha20(dst, src, key, nonce []byte) {
	var state [16]uint32
	copy(state[:], []uint32{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}) // "expand 32-byte k"
	for i := range 8 {
		state[4+i] = binary.LittleEndian.Uint32(key[4*i:])
	}
	state[12] = 1
	for i := range 3 {
		state[13+i] = binary.LittleEndian.Uint32(nonce[4*i:])
	}
	for done := 0; done < len(dst); done += 64 {
		block := chachaBlock(state)
		for i := 0; i < 64 && done+i < len(dst); i++ {
			dst[done+i] = src[done+i] ^ block[i]
		}
		state[12]++
	}
}

func chachaBlock(state [16]uint32) (out [64]byte) {
	x := state
	quarter := func(a, b, c, d int) {
		x[a] += x[b]
		x[d] = bits.RotateLeft32(x[d]^x[a], 16)
		x[c] += x[d]
		x[b] = bits.RotateLeft32(x[b]^x[c], 12)
		x[a] += x[b]
		x[d] = bits.RotateLeft32(x[d]^x[a], 8)
		x[c] += x[d]
		x[b] = bits.RotateLeft32(x[b]^x[c], 7)
	}
	for range 10 {
		for i := range 4 {
			quarter(i, 4+i, 8+i, 12+i)
		}
		for i := range 4 {
			quarter(i, 4+(i+1)%4, 8+(i+2)%4, 12+(i+3)%4)
		}
	}
	for i := range x {
		binary.LittleEndian.PutUint32(out[4*i:], x[i]+state[i])
	}
	return out
}
