// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/simcard"
	"tscns/tests/simreader"
)

const readerName = "Conformance Reader 00 00"

// inMemory is a world in process.
type inMemory struct{ service *simreader.Service }

func (w inMemory) Insert(c *simcard.Card) { w.service.Insert(readerName, c) }
func (w inMemory) Remove()                { w.service.Remove(readerName) }
func (w inMemory) ResetByOther()          { w.service.ResetByOther(readerName) }
func (w inMemory) AddReader() bool {
	w.service.AddReader("Conformance Reader 01 00")
	return true
}

// FamilyFor is the family that an item runs on: one with a signature key
// where it wants one.
func FamilyFor(it Item, f simcard.Family) simcard.Family {
	if it.Card == Signature {
		return simcard.FamilyB1
	}
	return f
}

// RunInProcess runs an item on package module.
func RunInProcess(t *testing.T, it Item, f simcard.Family) {
	f = FamilyFor(it, f)
	newCard := func() *simcard.Card {
		card, err := NewCard(f, it.Card)
		require.NoError(t, err)
		return card
	}
	w := inMemory{simreader.NewService(readerName)}
	x := &X{T: t, World: w, Card: newCard(), Family: f, NewCard: newCard}
	m := module.New(module.Config{Cards: profile.Options(cardos.Options{}), Open: func() (cardos.Transport, error) { return w.service.Transport(), nil }})
	t.Cleanup(func() { _ = m.Finalize() })
	w.Insert(x.Card)
	x.D = InProcess{m}
	it.Run(x)
}
