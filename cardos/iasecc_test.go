// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// insertedModel puts a card of a model into a reader, with a PIN.
func insertedModel(t *testing.T, name, pin string, change func(*simcard.VariantH)) (*simreader.Service, *simcard.Card) {
	t.Helper()
	m, ok := simcard.ModelNamed(name)
	require.True(t, ok, name)
	o := simcard.ForIdentity(simcard.FamilyH, setFor(t, simcard.FamilyH).Identity)
	o.PIN = pin
	m.Apply(&o)
	if change != nil {
		change(o.Behaviour.H)
	}
	sim, err := simcard.New(o)
	require.NoError(t, err)
	service := simreader.NewService(readerName)
	service.Insert(readerName, sim)
	return service, sim
}

func TestExplore(t *testing.T) {
	for _, m := range simcard.Models() {
		if !strings.HasPrefix(m.Name, "h-") {
			continue
		}
		for _, pin := range []string{"12345", "12345678"} {
			service, sim := insertedModel(t, m.Name, pin, nil)
			c, err := profile.Open(service.Transport(), readerName, cardos.Options{})
			if !assert.NoError(t, err, m.Name) {
				continue
			}
			ids, err := c.Identities()
			list := len(sim.Log())
			nk := len(ids[0].Keys)
			left, _, qerr := c.QueryTries(0)
			sim.Stats()
			sim.ClearLog()
			verr := c.VerifyPIN(0, cardos.Secret(pin))
			var serr error
			if nk > 0 {
				serr = trySigning(c, ids[0].Keys[0], "x")
			}
			fmt.Println(m.Name, pin, "list", list, nk, err, "tries", left, qerr, "login", verr, "sign", serr, "more", len(sim.Log()), "spent", sim.Stats().TriesSpent, c.Info().Serial != "", ids[0].PIN)
			c.Close()
		}
	}
}
