// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// Limits of what a hostile card may cost: time of one walk through everything,
// and memory held after all of them.
const (
	maxHostileTime = 5 * time.Second
	maxHostileHeap = 64 << 20 // bytes
)

// guarded counts what a card is sent.
type guarded struct {
	*simcard.Hostile
	sent, verifies int
}

func (g *guarded) Transmit(command []byte) []byte {
	g.sent++
	if command[1] == 0x20 && len(command) > 5 {
		g.verifies++
	}
	return g.Hostile.Transmit(command)
}

// Whatever a card answers, the driver ends with a result or an error of its
// own, after a bounded number of commands and time, and sends each PIN once;
// on family H once in each form.
func TestHostileCard(t *testing.T) {
	var cards []simcard.Options
	for _, f := range simcard.Families() {
		if f != simcard.FamilyForeign {
			cards = append(cards, simcard.ForIdentity(f, setFor(t, f).Identity))
		}
	}
	for _, name := range []string{"h-ias", "h-ias-dir-records", "h-ias-sign"} {
		m, _ := simcard.ModelNamed(name)
		o := simcard.ForIdentity(m.Family, setFor(t, m.Family).Identity)
		m.Apply(&o)
		cards = append(cards, o)
	}
	seeds := int64(10000)
	if testing.Short() {
		seeds = 1000
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for seed := range seeds {
		hostileWalk(t, cards[seed%int64(len(cards))], seed)
		if t.Failed() {
			return
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(maxHostileHeap), "memory held after %d cards", seeds)
	t.Logf("%d seeds", seeds)
}

func hostileWalk(t *testing.T, o simcard.Options, seed int64) {
	t.Helper()
	sim, err := simcard.New(o)
	require.NoError(t, err)
	g := &guarded{Hostile: simcard.NewHostile(sim, seed)}
	service := simreader.NewService(readerName)
	service.Insert(readerName, g)
	start := time.Now()
	if err := useUp(service, cardos.Reads(seed%3)); err != nil {
		known := false
		for _, e := range cardos.Sentinels() {
			known = known || errors.Is(err, e)
		}
		assert.True(t, known, "seed %d: %v", seed, err)
	}
	assert.Less(t, time.Since(start), maxHostileTime, "seed %d", seed)
	assert.LessOrEqual(t, g.sent, 5000, "seed %d", seed)
	most := 1
	if o.Family == simcard.FamilyH {
		most = 12
	}
	assert.LessOrEqual(t, g.verifies, most, "seed %d", seed)
	assert.Zero(t, service.Connections(readerName), "seed %d", seed)
	assert.False(t, service.InTransaction(readerName), "seed %d", seed)
}

// useUp does everything that can be done with a card.
func useUp(service *simreader.Service, reads cardos.Reads) error {
	c, err := profile.Open(service.Transport(), readerName, cardos.Options{Reads: reads})
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
			block := big.NewInt(3).FillBytes(make([]byte, max(1, k.Bits/8)))
			_, signed = c.RawRSA(&k, block)
			if !k.Usable {
				continue
			}
			if _, err := c.SignPKCS1v15(&k, []byte("message")); err != nil {
				signed = err
			}
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
