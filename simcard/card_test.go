// SPDX-License-Identifier: Apache-2.0

package simcard_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
)

var sets sync.Map // simcard key bits -> *pki.Set

func set(t *testing.T, f simcard.Family) *pki.Set {
	t.Helper()
	bits := simcard.KeyBits(f)
	if have, ok := sets.Load(bits); ok {
		return have.(*pki.Set)
	}
	made, err := simcard.NewSet(f)
	require.NoError(t, err)
	sets.Store(bits, made)
	return made
}

// options are those of a plain card of a family.
func options(t *testing.T, f simcard.Family) simcard.Options {
	t.Helper()
	return simcard.ForIdentity(f, set(t, f).Identity)
}

func card(t *testing.T, o simcard.Options) *simcard.Card {
	t.Helper()
	c, err := simcard.New(o)
	require.NoError(t, err)
	return c
}

// with is a card of a family with a switch changed.
func with(t *testing.T, f simcard.Family, change func(*simcard.Behaviour)) *simcard.Card {
	t.Helper()
	o := options(t, f)
	b := simcard.DefaultBehaviour(f)
	change(&b)
	o.Behaviour = &b
	return card(t, o)
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

// send sends a command and returns data and status word.
func send(t *testing.T, c *simcard.Card, command string) (data []byte, sw string) {
	t.Helper()
	answer := c.Transmit(unhex(t, command))
	require.GreaterOrEqual(t, len(answer), 2, command)
	return answer[:len(answer)-2], fmt.Sprintf("%X", answer[len(answer)-2:])
}

// expect sends a command and wants a status word.
func expect(t *testing.T, c *simcard.Card, sw, command string) []byte {
	t.Helper()
	data, got := send(t, c, command)
	require.Equal(t, sw, got, command)
	return data
}

const (
	goodPIN  = "3132333435363738"
	wrongPIN = "30303030303030FF"
	goodPUK  = "3837363534333231"
	wrongPUK = "39393939393939FF"
	newPIN   = "3535353535FFFFFF"
)

// reference is the P2 of VERIFY that works wherever the card stands.
func reference(f simcard.Family) string {
	if simcard.DefaultBehaviour(f).Lookup == simcard.LookBit8 {
		return "90"
	}
	return "10"
}

func TestSignInEveryFamily(t *testing.T) {
	for _, f := range simcard.Families() {
		if f == simcard.FamilyForeign || f == simcard.FamilyH {
			continue // H has other files, and tests of its own
		}
		t.Run(string(f), func(t *testing.T) {
			c := card(t, options(t, f))
			if f == simcard.FamilyB2NFC {
				expect(t, c, "9000", "00A4040008A00000009501004D00")
			}
			certificate := readFile(t, c, certificatePath(f))
			der := set(t, f).Identity.Certificate
			start := 0
			if f == simcard.FamilyB11204 {
				start = 5
			}
			require.Equal(t, der, certificate[start:start+len(der)])
			require.Empty(t, bytes.Trim(certificate[start+len(der):], "\x00"))
			require.Equal(t, set(t, f).Identity.Serial, string(readFile(t, c, "10001003")))
			require.Equal(t, set(t, f).Identity.Personal, readFile(t, c, "11001102"))
			sign(t, c, f)
		})
	}
}

func certificatePath(f simcard.Family) string {
	switch f {
	case simcard.FamilyB11204:
		return "2FFF8228"
	case simcard.FamilyE, simcard.FamilyT:
		return "140090012002"
	}
	return "11001101"
}

// readFile selects by path and reads in steps of 200 bytes by the FCI's size.
func readFile(t *testing.T, c *simcard.Card, path string) []byte {
	t.Helper()
	fci := expect(t, c, "9000", fmt.Sprintf("00A40800%02X%s00", len(path)/2, path))
	require.Equal(t, []byte{0x80, 0x02}, fci[2:4])
	size := int(fci[4])<<8 | int(fci[5])
	var data []byte
	for len(data) < size {
		data = append(data, expect(t, c, "9000",
			fmt.Sprintf("00B0%04X%02X", len(data), min(200, size-len(data))))...)
	}
	return data
}

func keyOf(f simcard.Family) (dir, ref string) {
	switch f {
	case simcard.FamilyB11204:
		return "2FFF0000", "21"
	case simcard.FamilyE:
		return "14009002", "02"
	case simcard.FamilyT:
		return "14009002", "0E"
	}
	return "", "01"
}

// sign logs in and signs with a block padded here.
func sign(t *testing.T, c *simcard.Card, f simcard.Family) {
	t.Helper()
	dir, ref := keyOf(f)
	if dir == "" {
		expect(t, c, "9000", "00A40000023F00")
	} else {
		expect(t, c, "9000", fmt.Sprintf("00A40800%02X%s", len(dir)/2, dir))
	}
	expect(t, c, "9000", "002000"+reference(f)+"08"+goodPIN)
	expect(t, c, "9000", "0022F30300")
	expect(t, c, "9000", "0022F1B8038301"+ref)
	key := set(t, f).Identity.Key
	digest := sha256.Sum256([]byte("prova"))
	info := append(unhex(t, "3031300D060960864801650304020105000420"), digest[:]...)
	block := slices.Concat([]byte{0, 1}, bytes.Repeat([]byte{0xFF}, key.Size()-3-len(info)), []byte{0}, info)
	signature := decipher(t, c, f, block)
	require.NoError(t, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature))
}

// decipher sends PSO 80 86 in the form that the family takes.
func decipher(t *testing.T, c *simcard.Card, f simcard.Family, block []byte) []byte {
	t.Helper()
	b := simcard.DefaultBehaviour(f)
	switch {
	case len(block) < 255:
		return expect(t, c, "9000", fmt.Sprintf("002A8086%02X00%X00", len(block)+1, block))
	case b.Extended:
		return expect(t, c, "9000", fmt.Sprintf("002A808600%04X00%X%04X", len(block)+1, block, len(block)))
	}
	require.Empty(t, expect(t, c, "9000", fmt.Sprintf("102A80868100%X00", block[:128])))
	return expect(t, c, "9000", fmt.Sprintf("002A808680%X00", block[128:]))
}
