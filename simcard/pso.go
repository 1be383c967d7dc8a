// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"bytes"
	"crypto/rsa"
	"math/big"
	"slices"
)

// key is a private key of the card.
type key struct {
	ref     byte
	private *rsa.PrivateKey
	pin     byte // the PIN to verify before use
	signs   bool // PERFORM SECURITY OPERATION 9E 9A; otherwise 80 86
}

func (k *key) size() int { return (k.private.N.BitLen() + 7) / 8 }

const seCNS = 3 // the security environment of the CNS keys

// findKey looks a key up from the current directory; bit 8 plays no part in
// key references (U).
func (c *Card) findKey(ref byte) *key {
	for dir := c.state.df; dir != nil; dir = dir.parent {
		for _, k := range dir.keys {
			if k.ref == ref {
				return k
			}
		}
		if c.behaviour.Lookup == LookCurrent {
			break
		}
	}
	return nil
}

// manageSE is MANAGE SECURITY ENVIRONMENT: F3 restores an environment, F1 sets
// the key of the deciphering (B8) or signing (B6) template.
func (c *Card) manageSE(cmd command) response {
	switch cmd.p1 {
	case 0xF3:
		if four := cmd.length == 4; len(cmd.data) != 0 ||
			four && !c.behaviour.RestoreFour || !four && !c.behaviour.RestoreFive {
			return status(0x6700)
		}
		if !c.hasSE(cmd.p2) {
			return status(0x6A88)
		}
		c.state.se, c.state.hasKey = int(cmd.p2), [2]bool{}
		return status(0x9000)
	case 0xF1:
		return c.setKey(cmd)
	}
	return status(0x6A86)
}

func (c *Card) hasSE(number byte) bool {
	for dir := c.state.df; dir != nil; dir = dir.parent {
		if slices.Contains(dir.ses, number) {
			return true
		}
		if c.behaviour.Lookup == LookCurrent {
			break
		}
	}
	return false
}

func (c *Card) setKey(cmd command) response {
	if cmd.p2 != 0xB8 && cmd.p2 != 0xB6 {
		return status(0x6A86)
	}
	if len(cmd.data) != 3 {
		return status(0x6700)
	}
	if !bytes.Equal(cmd.data[:2], []byte{0x83, 0x01}) {
		return status(0x6A80)
	}
	if c.findKey(cmd.data[2]) == nil {
		return status(0x6A88)
	}
	if cmd.p2 == 0xB8 {
		c.state.decipher, c.state.hasKey[0] = cmd.data[2], true
	} else {
		c.state.sign, c.state.hasKey[1] = cmd.data[2], true
	}
	return status(0x9000)
}

// perform is PERFORM SECURITY OPERATION: 80 86 exponentiates a block that the
// host padded (first data byte 00), 9E 9A pads a DigestInfo in the card.
func (c *Card) perform(cmd command) response {
	var k *key
	switch {
	case c.state.se != seCNS:
		return status(0x6985)
	case cmd.p1 == 0x80 && cmd.p2 == 0x86 && c.state.hasKey[0]:
		k = c.findKey(c.state.decipher)
	case cmd.p1 == 0x9E && cmd.p2 == 0x9A && c.state.hasKey[1]:
		k = c.findKey(c.state.sign)
	case cmd.p1 == 0x80 && cmd.p2 == 0x86, cmd.p1 == 0x9E && cmd.p2 == 0x9A:
		return status(0x6985)
	default:
		return status(0x6A86)
	}
	switch {
	case k == nil:
		return status(0x6A88)
	case k.signs != (cmd.p1 == 0x9E):
		return status(0x6985)
	case !c.allowed(k.pin):
		return status(0x6982)
	case cmd.le == noLe:
		return status(0x6700)
	}
	block, sw := k.block(cmd)
	if sw != 0x9000 {
		return status(sw)
	}
	result := k.raw(block)
	if result == nil {
		return status(0x6A80)
	}
	if c.behaviour.StripZeros {
		result = bytes.TrimLeft(result, "\x00")
	}
	return cmd.fit(result)
}

// block makes the number to exponentiate from the data of the command.
func (k *key) block(cmd command) ([]byte, uint16) {
	if cmd.p1 == 0x9E {
		if len(cmd.data) == 0 || len(cmd.data) > k.size()*2/5 {
			return nil, 0x6700
		}
		padding := bytes.Repeat([]byte{0xFF}, k.size()-3-len(cmd.data))
		return slices.Concat([]byte{0x00, 0x01}, padding, []byte{0x00}, cmd.data), 0x9000
	}
	if len(cmd.data) != 1+k.size() {
		return nil, 0x6700
	}
	if cmd.data[0] != 0x00 {
		return nil, 0x6A80
	}
	return cmd.data[1:], 0x9000
}

// raw raises a block to the private exponent, by the Chinese remainders. nil
// for a block that is not below the modulus.
func (k *key) raw(block []byte) []byte {
	m := new(big.Int).SetBytes(block)
	if m.Cmp(k.private.N) >= 0 {
		return nil
	}
	p, q := k.private.Primes[0], k.private.Primes[1]
	one := big.NewInt(1)
	exponent := func(prime *big.Int) *big.Int {
		return new(big.Int).Mod(k.private.D, new(big.Int).Sub(prime, one))
	}
	mp := new(big.Int).Exp(m, exponent(p), p)
	mq := new(big.Int).Exp(m, exponent(q), q)
	h := mp.Sub(mp, mq)
	h.Mul(h, new(big.Int).ModInverse(q, p)).Mod(h, p)
	return h.Mul(h, q).Add(h, mq).FillBytes(make([]byte, k.size()))
}
