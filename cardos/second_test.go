// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/store"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// secondProgram is the most commands that a second program may need to list,
// log in and sign, where docs/performance.md does not give the reason for more.
const secondProgram = 7

// moreThanSeven are the families and models with such a reason.
var moreThanSeven = map[string]int{
	string(simcard.FamilyT):     8, // the key takes its input in two parts
	string(simcard.FamilyB2NFC): 8, // an application to select, and an environment to restore
	string(simcard.FamilyH):     8, // the same
	"h-cns":                     8, // the same
	"h-ias-sign":                9, // the hash is a command of its own, and so is its algorithm
}

// What a second program needs after a first one has logged in and signed, and
// another has reset the card. No right PIN costs a try, and a wrong one costs one.
func TestSecondProgram(t *testing.T) {
	both := func(t *testing.T, name string, service *simreader.Service, sim *simcard.Card, pin string) {
		options := cardos.Options{Store: newShelf(), PINRecords: records{}}
		program := func() int {
			sim.ClearLog()
			c, k := openedWith(t, service, options)
			require.NoError(t, c.VerifyPIN(0, cardos.Secret(pin)))
			signOnce(t, c, k, "accesso")
			n := len(sim.Log())
			c.Close()
			service.ResetByOther(readerName)
			return n
		}
		first := program()
		want := secondProgram
		if more := moreThanSeven[name]; more > 0 {
			want = more
		}
		for range 2 {
			second := program()
			assert.LessOrEqual(t, second, want, sim.LogText())
			t.Logf("%s: first program %d commands, second %d", name, first, second)
		}
		assert.Zero(t, sim.Stats().TriesSpent)
		c, _ := openedWith(t, service, options)
		assert.ErrorIs(t, c.VerifyPIN(0, cardos.Secret("99999999")), cardos.ErrPINIncorrect)
		assert.Equal(t, 1, sim.Stats().TriesSpent)
	}
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		service, sim := inserted(t, f, nil)
		both(t, string(f), service, sim, string(goodPIN))
	})
	for _, m := range simcard.Models() {
		if m.Family != simcard.FamilyH {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			service, sim := insertedModel(t, m.Name, "12345678", nil)
			both(t, m.Name, service, sim, "12345678")
		})
	}
}

// The holder's data of a card that was known again are read when somebody wants
// them, but for as long as a PIN is verified in another application.
func TestHolderOfACardKnownAgain(t *testing.T) {
	service, sim := inserted(t, simcard.FamilyH, variantH(func(v *simcard.VariantH) { v.PINApp, v.KeyApp = simcard.AppThird, simcard.AppThird }))
	store := newShelf()
	cold, _ := opened(t, service, store)
	want, err := cold.ReadDataFile(cold.DataFiles()[0])
	require.NoError(t, err)
	cold.Close()
	c, k := opened(t, service, store)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	_, err = c.ReadDataFile(c.DataFiles()[0])
	assert.ErrorIs(t, err, cardos.ErrUnsupported)
	signOnce(t, c, k, "dopo")
	require.NoError(t, c.Forget())
	for range 2 {
		got, err := c.ReadDataFile(c.DataFiles()[0])
		require.NoError(t, err)
		assert.Equal(t, want, got)
		sim.ClearLog()
	}
	assert.Empty(t, sim.Log(), "read once")
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	signOnce(t, c, k, "di nuovo")
}

// A record of an accepted PIN that no program can have made, or that is about
// another reference, leads nowhere: the card is asked, and the right PIN costs no
// try.
func TestPlantedAcceptedForm(t *testing.T) {
	certificate := setFor(t, simcard.FamilyH).Identity.Certificate
	for _, accepted := range [][]byte{{2}, {2, 1, 0, 4}, {2, 1, 0, 0, 8}, {2, 1, 0, 9, 8}, {2, 1, 0, 8, 8}, {2, 2, 0, 4, 8}, {1, 1, 0, 4, 8},
		{2, 1, 1, 4, 8}, {0, 0, 0, 0, 0}, {2, 0x81, 0, 9, 9, 9}, {2, 0x81, 0, 1, 200, 0}, {2, 1, 0, 4, 8, 0, 0}} {
		service, sim := insertedModel(t, "h-ias", "123456", nil)
		options := cardos.Options{Store: newShelf(), PINRecords: records{}}
		c, _ := openedWith(t, service, options)
		c.Close()
		options.PINRecords.Save(store.PINRecordName(certificate), (&store.PINRecord{Accepted: accepted}).Encode())
		c, k := openedWith(t, service, options)
		require.NoError(t, c.VerifyPIN(0, cardos.Secret("123456")), "% X", accepted)
		signOnce(t, c, k, "accesso")
		assert.Zero(t, sim.Stats().TriesSpent, "% X", accepted)
	}
}
