// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"bytes"
	"crypto/sha1" // a card's hash, not a choice of ours
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
	"slices"
)

// Algorithm references of control reference templates (D).
const (
	algorithmPKCS1    = 0x02
	algorithmDecipher = 0x0A
	algorithmSHA1     = 0x10
	algorithmSHA256   = 0x40
)

// template is the data of MSE SET: a key reference and an algorithm.
type template struct {
	reference, algorithm       byte
	hasReference, hasAlgorithm bool
}

func parseTemplate(data []byte) (t template, ok bool) {
	for ; len(data) >= 3 && data[1] == 1; data = data[3:] {
		switch data[0] {
		case 0x84:
			t.reference, t.hasReference = data[2], true
		case 0x80:
			t.algorithm, t.hasAlgorithm = data[2], true
		default:
			return t, false
		}
	}
	return t, len(data) == 0
}

// manageIAS is MANAGE SECURITY ENVIRONMENT: 41 sets a template for
// authentication (A4), signature (B6), hash (AA) or decipherment (B8); F3
// restores an environment, which names no key.
func (c *Card) manageIAS(cmd command) response {
	a := c.h.ias
	if cmd.p1 == 0xF3 {
		if a.environment(cmd.p2) == nil {
			return status(0x6A88)
		}
		a.forget()
		return status(0x9000)
	}
	algorithms, ok := map[byte][]byte{
		0xA4: {algorithmPKCS1},
		0xAA: {algorithmSHA1, algorithmSHA256},
		0xB6: {algorithmPKCS1 | algorithmSHA1, algorithmPKCS1 | algorithmSHA256},
		0xB8: {algorithmDecipher, algorithmDecipher | algorithmSHA1},
	}[cmd.p2]
	if cmd.p1 != 0x41 || !ok {
		return status(0x6A86)
	}
	t, ok := parseTemplate(cmd.data)
	if !ok || !t.hasAlgorithm || !slices.Contains(algorithms, t.algorithm) || t.hasReference == (cmd.p2 == 0xAA) {
		return status(0x6A80)
	}
	k := a.key(t.reference)
	if k == nil && cmd.p2 != 0xAA {
		return status(0x6A88)
	}
	switch cmd.p2 {
	case 0xA4:
		a.authenticate = k
	case 0xAA:
		a.hash, a.digest = t.algorithm, nil
	case 0xB6:
		a.sign = k
	case 0xB8:
		a.decipher = k
	}
	return status(0x9000)
}

// usable answers why a key cannot be used, or 9000.
func (c *Card) usable(cmd command, k *iasKey, may bool) uint16 {
	switch {
	case k == nil || !may:
		return 0x6985
	case !c.state.verified[c.h.ias.pin(k.spec.PIN).pin]:
		return 0x6982
	case cmd.le == noLe:
		return 0x6700
	}
	return 0x9000
}

// authenticateIAS is INTERNAL AUTHENTICATE: a DigestInfo, which the card pads
// (PKCS #1 v1.5, type 1) and signs (D).
func (c *Card) authenticateIAS(cmd command) response {
	k := c.h.ias.authenticate
	if sw := c.usable(cmd, k, k != nil && k.spec.Authenticate); sw != 0x9000 {
		return status(sw)
	}
	if cmd.p1 != 0 || cmd.p2 != 0 {
		return status(0x6A86)
	}
	return c.signDigestInfo(cmd, k, cmd.data)
}

func (c *Card) signDigestInfo(cmd command, k *iasKey, info []byte) response {
	block, sw := k.key.block(command{p1: 0x9E, data: info})
	if sw != 0x9000 {
		return status(sw)
	}
	return cmd.fit(k.key.raw(block))
}

// performIAS is PERFORM SECURITY OPERATION: HASH, COMPUTE DIGITAL SIGNATURE of
// the hash, DECIPHER.
func (c *Card) performIAS(cmd command) response {
	switch [2]byte{cmd.p1, cmd.p2} {
	case [2]byte{0x90, 0xA0}:
		return status(c.h.ias.hashData(cmd.data))
	case [2]byte{0x9E, 0x9A}:
		return c.signIAS(cmd)
	case [2]byte{0x80, 0x86}:
		return c.decipherIAS(cmd)
	}
	return status(0x6A86)
}

// digestInfo are the bytes of a DigestInfo before the hash (RFC 8017, 9.2).
var digestInfo = map[byte][]byte{
	algorithmSHA1:   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14},
	algorithmSHA256: {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
}

// signIAS is PSO COMPUTE DIGITAL SIGNATURE; the hash is used up.
func (c *Card) signIAS(cmd command) response {
	a := c.h.ias
	k := a.sign
	if sw := c.usable(cmd, k, k != nil && k.spec.Sign && a.digest != nil); sw != 0x9000 {
		return status(sw)
	}
	if len(cmd.data) != 0 {
		return status(0x6A80)
	}
	info := append(slices.Clone(digestInfo[a.hash]), a.digest...)
	a.digest = nil
	return c.signDigestInfo(cmd, k, info)
}

// hashData is PSO HASH: `90` with the state of a hash and the count of bits so
// far, or empty, and `80` with the last block, which the card hashes (D); or
// `90` with the finished hash.
func (a *ias) hashData(data []byte) uint16 {
	var h hash.Hash
	switch a.hash {
	case algorithmSHA1:
		h = sha1.New()
	case algorithmSHA256:
		h = sha256.New()
	default:
		return 0x6985
	}
	var objects [2][]byte // 90, 80
	for i, tag := range []byte{0x90, 0x80} {
		if len(data) >= 2 && data[0] == tag && len(data) >= 2+int(data[1]) {
			objects[i], data = data[2:2+int(data[1])], data[2+int(data[1]):]
		}
	}
	before, last := objects[0], objects[1]
	switch {
	case len(data) != 0 || len(last) > h.BlockSize():
		return 0x6A80
	case len(before) == h.Size() && last == nil:
		a.digest = slices.Clone(before)
		return 0x9000
	case len(before) == 0 && last != nil:
	case len(before) == h.Size()+8 && last != nil:
		if !resume(h, before[:h.Size()], binary.BigEndian.Uint64(before[h.Size():])) {
			return 0x6A80
		}
	default:
		return 0x6A80
	}
	h.Write(last)
	a.digest = h.Sum(nil)
	return 0x9000
}

// resume sets a hash to a state between two blocks, after so many bits.
func resume(h hash.Hash, state []byte, bits uint64) bool {
	length := bits / 8
	if bits%8 != 0 || length%uint64(h.BlockSize()) != 0 {
		return false
	}
	text, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return false
	}
	// Magic, state, an empty block, length in bytes (crypto/sha1, crypto/sha256).
	copy(text[4:], state)
	binary.BigEndian.PutUint64(text[len(text)-8:], length)
	return h.(encoding.BinaryUnmarshaler).UnmarshalBinary(text) == nil
}

// decipherIAS is PSO DECIPHER: a padding indicator (00, or 81 as OpenSC sends
// it) and the cryptogram.
func (c *Card) decipherIAS(cmd command) response {
	k := c.h.ias.decipher
	if sw := c.usable(cmd, k, k != nil && k.spec.Decipher != DecipherNever); sw != 0x9000 {
		return status(sw)
	}
	switch {
	case len(cmd.data) != 1+k.key.size():
		return status(0x6700)
	case cmd.data[0] != 0x00 && cmd.data[0] != 0x81:
		return status(0x6A80)
	}
	block := k.key.raw(cmd.data[1:])
	if block == nil {
		return status(0x6A80)
	}
	if k.spec.Decipher == DecipherRaw {
		return cmd.fit(block)
	}
	end := bytes.IndexByte(block[2:], 0x00)
	if block[0] != 0x00 || block[1] != 0x02 || end < 8 {
		return status(0x6A80)
	}
	return answer(block[2+end+1:])
}
