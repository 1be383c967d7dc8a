// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"errors"
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"

	"tscns/cardos"
	"tscns/tests/simcard"
	"tscns/tests/simreader"
)

// hostile spoils the answers of a card, now and then or always, by seed.
func hostile(seed int64) func(n int, command []byte) simreader.Fault {
	r := rand.New(rand.NewSource(seed))
	often := 1 + r.Intn(6)
	return func(int, []byte) simreader.Fault {
		if r.Intn(often) != 0 {
			return simreader.Fault{}
		}
		kind, n, x := r.Intn(8), r.Intn(1<<r.Intn(17)), byte(r.Intn(256))
		return simreader.Fault{Replace: func(answer []byte) []byte {
			switch kind {
			case 0:
				return answer[:r.Intn(len(answer)+1)]
			case 1:
				b := make([]byte, n)
				_, _ = r.Read(b)
				return b
			case 2:
				return []byte{0x61, x}
			case 3:
				return []byte{0x6C, x}
			case 4:
				return append(make([]byte, n), 0x90, 0x00)
			case 5:
				return []byte{0x90, 0x00}
			case 6: // lengths that lie
				if len(answer) > 3 {
					answer[1+r.Intn(3)] = x
				}
				return answer
			}
			return []byte{0x60 | x&0x3F, x}
		}}
	}
}

// Whatever a card answers, the driver ends with a result or an error of its
// own, after a bounded number of commands, and sends each PIN once.
func TestHostileCard(t *testing.T) {
	families := []simcard.Family{simcard.FamilyA, simcard.FamilyB1, simcard.FamilyB2, simcard.FamilyB2NFC,
		simcard.FamilyD, simcard.FamilyE, simcard.FamilyT}
	seeds := int64(1400)
	if testing.Short() {
		seeds = 140
	}
	for seed := range seeds {
		f := families[seed%int64(len(families))]
		service, _ := inserted(t, f, nil)
		spoil := hostile(seed)
		sent, verifies := 0, 0
		service.SetFault(readerName, func(n int, command []byte) simreader.Fault {
			sent++
			if command[1] == 0x20 && len(command) > 5 {
				verifies++
			}
			return spoil(n, command)
		})
		if err := useUp(service); err != nil {
			known := false
			for _, e := range cardos.Sentinels() {
				known = known || errors.Is(err, e)
			}
			assert.True(t, known, "seed %d: %v", seed, err)
		}
		assert.LessOrEqual(t, sent, 5000, "seed %d", seed)
		assert.LessOrEqual(t, verifies, 1, "seed %d", seed)
		assert.Zero(t, service.Connections(readerName), "seed %d", seed)
		assert.False(t, service.InTransaction(readerName), "seed %d", seed)
	}
}

// useUp does everything that can be done with a card.
func useUp(service *simreader.Service) error {
	c, err := cardos.Open(service.Transport(), readerName)
	if err != nil {
		return err
	}
	defer c.Close()
	identities, listed := c.Identities()
	for _, f := range c.DataFiles() {
		if b, err := c.ReadDataFile(f); err == nil {
			if len(b) > 1<<16 {
				return fmt.Errorf("data file of %d bytes", len(b))
			}
			_, _ = cardos.ParseHolder(b)
		}
	}
	_, _, _ = c.QueryTries(0)
	verified := c.VerifyPIN(0, goodPIN)
	var signed error
	for _, id := range identities {
		for _, k := range id.Keys {
			block := make([]byte, k.Bits/8)
			block[len(block)-1] = 3
			_, signed = c.RawRSA(&k, block)
		}
	}
	return errors.Join(listed, verified, signed, c.Forget())
}

func FuzzHolder(f *testing.F) {
	f.Add([]byte("000065" + "046090" + "0801012024" + "0801012030" + "05PROVA" + "05MARIA" + "0801011980" + "01F" + "00" +
		"10PRVMRA80A41H501X" + "00" + "04H501" + "00" + "00" + "04H501" + "00" + "00"))
	f.Add([]byte("00005F"))
	f.Add(make([]byte, 400))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := cardos.ParseHolder(b)
		if err == nil && len(h.Surname) > 2*255 {
			t.Fatal(len(h.Surname))
		}
	})
}
