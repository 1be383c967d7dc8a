// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"crypto/rsa"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/kit"
)

// TestMinidriverCache: Windows keeps the files of a card in each program and reads
// cardid and cardcf to know whether they still hold. The same card is read once, and
// another certificate is never taken for the one that is kept.
func TestMinidriverCache(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	// A minidriver of version 7 asks for files to be kept until the card leaves. One of
	// version 5 cannot ask, and the host keeps them for good: the counters alone decide.
	for _, version := range []int{7, 5} {
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) {
			c.t = t
			first := newTestCard(t, simcard.FamilyB1, true, nil)
			d.reader.Insert(first.Card)
			c.settle(0, version)
			checkSameCard(t, c, first, version)
			others := otherCards(t, first)
			for what, other := range others {
				d.second.Insert(other.Card)
				c.settle(1, version)
				t.Logf("in the other reader: %s", what)
				checkOtherCard(t, c, first, other)
				c.vacate(1)
			}
			c.vacate(0)
			checkStays(t, c, d, first, others, version)
			c.wellBehaved()
		})
	}
	t.Run("functions", func(t *testing.T) {
		c.t = t
		checkCacheFunctions(t, c, d)
	})
}

// settle has a context with the card in a reader, and in a transaction; their numbers
// are the reader's.
func (c *caller) settle(reader, version int) {
	c.t.Helper()
	c.exchange(fmt.Sprintf("disconnect %d 0", reader)) // what a test that failed may have left
	c.ok("connect %d %d", reader, reader)
	c.ok("begin %d", reader)
	c.ok("acquire %d %d %d 0", reader, reader, version)
}

func (c *caller) vacate(reader int) {
	c.t.Helper()
	c.ok("delete %d", reader)
	c.ask("end %d 0", reader)
	c.ask("disconnect %d 0", reader)
}

// hasFiles requires that what Windows has of a card is what is on the card, and that
// it was kept before ("1"), or was not ("0"); "" for either.
func (c *caller) hasFiles(context int, sim testCard, kept string) {
	c.t.Helper()
	want := map[string][]byte{"kxc00": sim.identity.Certificate, "cmapfile": c.ok("read %d mscp cmapfile 0", context).bytes("data")}
	if sim.signature != nil {
		want["ksc01"] = sim.signature.Certificate
	}
	for name, content := range want {
		a := c.ok("cached %d %s", context, name)
		require.Equal(c.t, content, a.bytes("data"), name)
		if kept != "" {
			require.Equal(c.t, kept, a.text("kept"), name)
		}
	}
}

// checkSameCard: contexts one after the other, one by another connection, and one
// after a reset find what the first has read.
func checkSameCard(t *testing.T, c *caller, sim testCard, version int) {
	t.Helper()
	c.hasFiles(0, sim, "0")
	c.hasFiles(0, sim, "1")
	c.ok("delete 0")
	c.ok("acquire 0 0 %d 0", version)
	c.hasFiles(0, sim, "1")
	c.ok("end 0 0")
	c.ok("connect 2 0")
	c.ok("begin 2")
	c.ok("acquire 2 2 %d 0", version)
	c.hasFiles(2, sim, "1")
	c.ok("delete 2")
	c.ok("end 2 1")
	c.ok("disconnect 2 0")
	c.afresh()
	c.hasFiles(0, sim, "1")
}

// checkOtherCard: two cards side by side are told apart in either order.
func checkOtherCard(t *testing.T, c *caller, first, other testCard) {
	t.Helper()
	id := func(context int) string { return c.ok("read %d - cardid 0", context).text("data") }
	require.Equal(t, first.identity.Serial == other.identity.Serial, id(0) == id(1))
	for range 2 {
		c.hasFiles(1, other, "")
		c.hasFiles(0, first, "")
	}
}

// checkStays: what is kept until the card leaves is read again when it comes back;
// what is kept for good holds for the same card, and for no other in its place.
func checkStays(t *testing.T, c *caller, d *cspFixture, first testCard, others map[string]testCard, version int) {
	t.Helper()
	stay := func(sim testCard, kept string) {
		t.Helper()
		d.reader.Remove()
		d.reader.Insert(sim.Card)
		c.settle(0, version)
		c.hasFiles(0, sim, kept)
		c.vacate(0)
	}
	again := "1"
	if version == 7 {
		again = "0"
	}
	stay(first, again)
	for what, other := range others {
		t.Logf("in its place: %s", what)
		stay(other, "")
		stay(first, "")
	}
}

// otherCards are a card with another number, and cards with the number of a card and
// something else on them.
func otherCards(t *testing.T, first testCard) map[string]testCard {
	t.Helper()
	bits := simcard.KeyBits(first.options.Family)
	set, err := kit.Set(bits)
	require.NoError(t, err)
	key, err := pki.Key(bits, "another key")
	require.NoError(t, err)
	issue := func(o pki.IdentityOptions) *pki.Identity {
		t.Helper()
		id, err := set.Authority.IssueIdentity(o)
		require.NoError(t, err)
		return id
	}
	authentication := func(key *rsa.PrivateKey) *pki.Identity {
		t.Helper()
		return issue(pki.IdentityOptions{Key: key, Serial: first.identity.Serial})
	}
	cards := map[string]testCard{
		"another certificate":           {identity: authentication(first.identity.Key), signature: first.signature},
		"another key":                   {identity: authentication(key), signature: first.signature},
		"another signature certificate": {identity: first.identity, signature: issue(pki.IdentityOptions{Signature: true, Key: first.signature.Key})},
		"no signature key":              {identity: first.identity},
	}
	for what, card := range cards {
		card.options = first.options
		card.options.Authentication = simcard.Credential{Key: card.identity.Key, Certificate: card.identity.Certificate}
		card.options.Signature = nil
		if card.signature != nil {
			credential := *first.options.Signature
			credential.Certificate = card.signature.Certificate
			card.options.Signature = &credential
		}
		card.Card = card.renewed(t)
		cards[what] = card
	}
	cards["another number"] = newTestCard(t, first.options.Family, true, nil)
	return cards
}

// checkCacheFunctions: a caller may give functions by which the minidriver keeps files
// of its own, or none; it works with both, and uses none.
func checkCacheFunctions(t *testing.T, c *caller, d *cspFixture) {
	t.Helper()
	sim := newTestCard(t, simcard.FamilyB1, true, nil)
	d.reader.Insert(sim.Card)
	for given := range 2 {
		c.ok("cache-functions %d", given)
		c.settle(0, 7)
		require.Equal(t, "0", c.ok("acquire 1 0 7 0").text("caller"), "members of the caller were written")
		c.ok("delete 1")
		require.Equal(t, sim.identity.Certificate, c.ok("read 0 mscp kxc00 0").bytes("data"))
		require.Equal(t, uint32(success), c.login(userPIN).code)
		c.signsPKCS1(sim.public())
		c.vacate(0)
	}
	a := c.ok("cache-functions 0")
	require.Equal(t, []string{"0", "0", "0", "0"}, []string{a.text("added"), a.text("looked-up"), a.text("deleted"), a.text("misused")}, a.line)
	c.wellBehaved()
}
