// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/replay"
	"tscns/tests/simreader"
)

const readerName = "Simulated 00 00"

var (
	goodPIN = cardos.Secret("12345678")
	goodPUK = cardos.Secret("87654321")
)

// sets keeps one identity for each key size: making keys is slow.
var sets = struct {
	sync.Mutex
	m map[int]*pki.Set
}{m: map[int]*pki.Set{}}

func setFor(t *testing.T, f simcard.Family) *pki.Set {
	t.Helper()
	sets.Lock()
	defer sets.Unlock()
	bits := simcard.KeyBits(f)
	if sets.m[bits] == nil {
		s, err := simcard.NewSet(f)
		require.NoError(t, err)
		sets.m[bits] = s
	}
	return sets.m[bits]
}

// simulated puts a card of a family into a reader and opens it.
func simulated(t *testing.T, f simcard.Family, change func(*simcard.Options, *simcard.Behaviour)) (*simreader.Service, *simcard.Card, *cardos.Card) {
	t.Helper()
	service, sim := inserted(t, f, change)
	c, err := profile.Open(service.Transport(), readerName, cardos.Options{})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = c.Close()
		assert.Zero(t, service.Connections(readerName), "connections left open")
	})
	return service, sim, c
}

func inserted(t *testing.T, f simcard.Family, change func(*simcard.Options, *simcard.Behaviour)) (*simreader.Service, *simcard.Card) {
	t.Helper()
	o := simcard.ForIdentity(f, setFor(t, f).Identity)
	b := simcard.DefaultBehaviour(f)
	if change != nil {
		change(&o, &b)
	}
	o.Behaviour = &b
	sim, err := simcard.New(o)
	require.NoError(t, err)
	service := simreader.NewService(readerName)
	service.Insert(readerName, sim)
	return service, sim
}

func replayed(rec *replay.Recording, hits *int) func(int, []byte) simreader.Fault {
	return func(_ int, command []byte) simreader.Fault {
		for _, e := range rec.Exchanges {
			if bytes.HasPrefix(command, e.Command) {
				*hits++
				return simreader.Status(e.Status)
			}
		}
		return simreader.Fault{}
	}
}

// digestInfo is the DigestInfo of a SHA-256 hash, made by hand (RFC 8017, 9.2).
func digestInfo(hash []byte) []byte {
	return append([]byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, hash...)
}

// padded is a block of PKCS #1 v1.5 padding, made by hand.
func padded(size int, info []byte) []byte {
	b := append([]byte{0x00, 0x01}, bytes.Repeat([]byte{0xFF}, size-3-len(info))...)
	return append(append(b, 0x00), info...)
}

func firstKey(t *testing.T, c *cardos.Card) cardos.Key {
	t.Helper()
	identities, err := c.Identities()
	require.NoError(t, err)
	require.NotEmpty(t, identities)
	require.NotEmpty(t, identities[0].Keys, "no key found")
	return identities[0].Keys[0]
}

// signVerified logs in, signs with the first key and verifies the signature
// with the certificate, by the standard library.
func signVerified(t *testing.T, c *cardos.Card, _ *simcard.Card) {
	t.Helper()
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	signOnce(t, c, k, "una prova")
}

func signOnce(t *testing.T, c *cardos.Card, k cardos.Key, text string) {
	t.Helper()
	require.NoError(t, trySigning(c, k, text))
}

// trySigning signs a text and verifies the signature with the certificate.
func trySigning(c *cardos.Card, k cardos.Key, text string) error {
	cert, err := x509.ParseCertificate(k.Certificate.Raw)
	if err != nil {
		return err
	}
	hash := sha256.Sum256([]byte(text))
	signature, err := c.SignPKCS1v15(&k, digestInfo(hash[:]))
	if err != nil {
		return err
	}
	return rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, hash[:], signature)
}

var familyLetters = map[simcard.Family]string{
	simcard.FamilyA: "A", simcard.FamilyB1: "B1", simcard.FamilyB11204: "B1", simcard.FamilyB2: "B2",
	simcard.FamilyB2NFC: "B2", simcard.FamilyC: "C", simcard.FamilyD: "D", simcard.FamilyE: "E",
	simcard.FamilyT: "T", simcard.FamilyF: "F", simcard.FamilyH: "H",
}

func eachFamily(t *testing.T, test func(t *testing.T, f simcard.Family)) {
	for _, f := range simcard.Families() {
		if f == simcard.FamilyForeign {
			continue
		}
		t.Run(string(f), func(t *testing.T) { test(t, f) })
	}
}

func TestRecogniseAndList(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, _, c := simulated(t, f, nil)
		info := c.Info()
		require.Contains(t, familyLetters, f, "a family that this test does not know")
		assert.Equal(t, familyLetters[f], info.Family)
		assert.Equal(t, setFor(t, f).Identity.Serial, info.Serial)
		k := firstKey(t, c)
		assert.Equal(t, setFor(t, f).Identity.Certificate, k.Certificate.Raw)
		assert.Equal(t, simcard.KeyBits(f), k.Bits)
		assert.Equal(t, "CNS autenticazione", k.Label)
		assert.Len(t, k.ID, 20)
	})
}

func TestLoginAndSign(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, nil)
		signVerified(t, c, sim)
		pin, _ := c.Tries(0)
		assert.Equal(t, f != simcard.FamilyH, pin.Known, "what a full counter is")
		assert.True(t, !pin.Known || pin.Left == 3)
		left, _ := sim.Tries()
		assert.Equal(t, 3, left)
	})
}

func TestWrongPINCostsOne(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		for _, answer := range []string{simcard.SW63C, simcard.SW6300} {
			_, sim, c := simulated(t, f, func(_ *simcard.Options, b *simcard.Behaviour) { b.WrongPIN = answer })
			if f == simcard.FamilyH { // a refusal is a wrong PIN once the form is known
				require.NoError(t, c.VerifyPIN(0, goodPIN))
			}
			err := c.VerifyPIN(0, cardos.Secret("00000"))
			assert.ErrorIs(t, err, cardos.ErrPINIncorrect)
			var refusal *cardos.PINError
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, answer == simcard.SW63C, refusal.Tries.Known)
			left, _ := sim.Tries()
			assert.Equal(t, 2, left)
			assert.False(t, c.Verified(0))
			require.NoError(t, c.VerifyPIN(0, goodPIN))
			left, _ = sim.Tries()
			assert.Equal(t, 3, left)
		}
	})
}

func TestBlockUnblockChange(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, nil)
		if f == simcard.FamilyH {
			sim.ClearLog()
			assert.ErrorIs(t, c.ChangePIN(0, goodPIN, cardos.Secret("54321")), cardos.ErrNoKnownForm)
			assert.ErrorIs(t, c.UnblockPIN(0, goodPUK, cardos.Secret("54321")), cardos.ErrNoKnownForm)
			assert.Empty(t, sim.Log(), "nothing was sent")
			return
		}
		for range 3 {
			assert.Error(t, c.VerifyPIN(0, cardos.Secret("00000")))
		}
		assert.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrPINBlocked)
		pin, _ := c.Tries(0)
		assert.Equal(t, cardos.Tries{Known: true, Left: 0}, pin)
		assert.ErrorIs(t, c.UnblockPIN(0, cardos.Secret("11111111"), cardos.Secret("54321")), cardos.ErrPINIncorrect)
		_, puk := sim.Tries()
		assert.Equal(t, 7, puk, "a wrong PUK costs one of its tries")
		require.NoError(t, c.UnblockPIN(0, goodPUK, cardos.Secret("54321")))
		require.NoError(t, c.VerifyPIN(0, cardos.Secret("54321")))
		assert.ErrorIs(t, c.ChangePIN(0, cardos.Secret("99999"), goodPIN), cardos.ErrPINIncorrect)
		require.NoError(t, c.ChangePIN(0, cardos.Secret("54321"), goodPIN))
		signVerified(t, c, sim)
	})
}

func TestNeverActivated(t *testing.T) {
	for _, sw := range []uint16{0x6984, 0x6985, 0x6A88} {
		_, _, c := simulated(t, simcard.FamilyB2, func(o *simcard.Options, b *simcard.Behaviour) {
			o.NeverActivated, b.NotActivated = true, sw
		})
		assert.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrPINNotUsable)
	}
}

// What a card may do differently must not matter.
func TestBehaviours(t *testing.T) {
	variants := map[string]func(*simcard.Behaviour){
		"6C for Le=00":       func(b *simcard.Behaviour) { b.ReadLeZero = simcard.SW6C },
		"6700 for Le=00":     func(b *simcard.Behaviour) { b.ReadLeZero = simcard.SW6700 },
		"6700 past the end":  func(b *simcard.Behaviour) { b.ReadPastEnd = simcard.SW6700 },
		"zeros stripped":     func(b *simcard.Behaviour) { b.StripZeros = true },
		"restore of 4 bytes": func(b *simcard.Behaviour) { b.RestoreFour, b.RestoreFive = true, false },
		"restore of 5 bytes": func(b *simcard.Behaviour) { b.RestoreFour, b.RestoreFive = false, true },
		"FCI without Le":     func(b *simcard.Behaviour) { b.SelectAlwaysFCI = true },
	}
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		for name, change := range variants {
			t.Run(name, func(t *testing.T) {
				_, sim, c := simulated(t, f, func(_ *simcard.Options, b *simcard.Behaviour) { change(b) })
				signVerified(t, c, sim)
			})
		}
		// Where the PIN is asked for with the master file current, it makes no
		// difference how a card searches it.
		switch f {
		case simcard.FamilyA, simcard.FamilyC, simcard.FamilyD, simcard.FamilyF, simcard.FamilyB2NFC:
			for _, lookup := range []string{simcard.LookUpward, simcard.LookCurrent, simcard.LookBit8} {
				_, sim, c := simulated(t, f, func(_ *simcard.Options, b *simcard.Behaviour) { b.Lookup = lookup })
				signVerified(t, c, sim)
			}
		}
	})
}

// E works by chaining where extended APDUs do not.
func TestIDEMIAWithoutExtended(t *testing.T) {
	_, sim, c := simulated(t, simcard.FamilyE, func(_ *simcard.Options, b *simcard.Behaviour) { b.Extended = false })
	signVerified(t, c, sim)
	k := firstKey(t, c)
	sim.ClearLog()
	signOnce(t, c, k, "ancora")
	assert.Len(t, sim.Log(), 2, sim.LogText())
}

// A reader that cannot carry an extended command fails it; the card of family
// E can do without.
func TestReaderWithoutExtended(t *testing.T) {
	for _, err := range []error{cardos.ErrCardMute, cardos.ErrCardFailure, cardos.ErrProtocol} {
		service, sim, c := simulated(t, simcard.FamilyE, nil)
		service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
			if len(command) > 261 {
				return simreader.Fault{Skip: true, Err: err}
			}
			return simreader.Fault{}
		})
		signVerified(t, c, sim)
	}
}

func TestResetByAnotherProgram(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		service, sim, c := simulated(t, f, nil)
		signVerified(t, c, sim)
		service.ResetByOther(readerName)
		k := firstKey(t, c)
		_, err := c.RawRSA(&k, make([]byte, k.Bits/8))
		assert.ErrorIs(t, err, cardos.ErrPINRequired)
		assert.False(t, c.Verified(0))
		signVerified(t, c, sim)
	})
}

func TestRemoval(t *testing.T) {
	service, sim, c := simulated(t, simcard.FamilyB2, nil)
	signVerified(t, c, sim)
	service.Remove(readerName)
	assert.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrCardRemoved)
	service.Insert(readerName, sim)
	_, err := c.Identities()
	assert.ErrorIs(t, err, cardos.ErrCardRemoved, "a Card dies with its card")
	assert.NoError(t, c.Forget())
	again, err := profile.Open(service.Transport(), readerName, cardos.Options{})
	require.NoError(t, err)
	assert.NoError(t, again.Close())
	assert.NoError(t, again.Close())
}

// Another program changes directory and security environment without a reset:
// the signature is right all the same, and costs no PIN try.
func TestMeddling(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, nil)
		k := firstKey(t, c)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		signOnce(t, c, k, "prima")
		for _, command := range []string{
			"\x00\xA4\x08\x00\x02\x11\x00",                 // another directory
			"\x00\xA4\x00\x00\x02\x3F\x00",                 // the master file
			"\x00\x22\xF1\xB8\x03\x83\x01\x7E",             // another key, which does not exist
			"\x00\x22\xF3\x03\x00",                         // the environment restored
			"\x00\xA4\x08\x00\x04\x11\x00\x11\x02\x00",     // a file
			"\x00\xA4\x08\x00\x06\x14\x00\x90\x01\x20\x02", // a file elsewhere
		} {
			sim.Transmit([]byte(command))
			signOnce(t, c, k, "dopo "+command)
		}
		left, _ := sim.Tries()
		assert.Equal(t, 3, left)
	})
}

// A card that answers with the wrong signature is caught.
func TestLyingCard(t *testing.T) {
	service, sim, c := simulated(t, simcard.FamilyB2, nil)
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	lies := 0
	service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
		if command[1] != 0x2A {
			return simreader.Fault{}
		}
		lies++
		return simreader.Fault{Replace: func(answer []byte) []byte { answer[9] ^= 1; return answer }}
	})
	sim.ClearLog()
	hash := sha256.Sum256([]byte("x"))
	result, err := c.RawRSA(&k, padded(256, digestInfo(hash[:])))
	assert.ErrorIs(t, err, cardos.ErrCardFailure)
	assert.Nil(t, result)
	assert.Equal(t, 2, lies, "one redo, not more")
}

func TestRawRSAArguments(t *testing.T) {
	_, _, c := simulated(t, simcard.FamilyB2, nil)
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	for _, bad := range [][]byte{nil, make([]byte, 255), make([]byte, 257), bytes.Repeat([]byte{0xFF}, 256)} {
		_, err := c.RawRSA(&k, bad)
		assert.ErrorIs(t, err, cardos.ErrUnsupported)
	}
	_, err := c.RawRSA(nil, make([]byte, 256))
	assert.ErrorIs(t, err, cardos.ErrNotFound)
	out, err := c.RawRSA(&k, big.NewInt(1).FillBytes(make([]byte, 256)))
	require.NoError(t, err)
	assert.Equal(t, big.NewInt(1).FillBytes(make([]byte, 256)), out, "1 stays 1, padded to the modulus")
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}
