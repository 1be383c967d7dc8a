// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cmd/internal/cardinfo"
	"tscns/simcard"
	"tscns/tests/cardtest"
)

// What needs no PIN prints nothing personal unless it is asked to, on any
// family: and it sends no PIN, and asks for no tries where that may cost one,
// whatever the state of the PIN.
func TestReadingEveryFamily(t *testing.T) {
	for _, f := range cardtest.Families() {
		t.Run(string(f), func(t *testing.T) {
			distinct := cardtest.Distinct(t)
			for used := range 4 {
				x := newFixture(t, t.TempDir(), f, distinct, func(o *simcard.Options) { o.PINTriesUsed = used })
				personal := cardtest.Personal(t, x.options)
				c, err := x509.ParseCertificate(x.options.Authentication.Certificate)
				require.NoError(t, err)
				personal["serial number in decimal"], personal["serial number in hex"] = c.SerialNumber.String(), fmt.Sprintf("%x", c.SerialNumber)
				personal["year of birth"], personal["home"] = "1988", x.env["HOME"]
				pin, puk := x.card.Tries()
				for _, args := range [][]string{{"status"}, {"status", "--json"}, {"card"}, {"card", "--json"}, {"cert", "list"}, {"cert", "list", "--json"},
					{"pin", "tries"}, {"doctor", "--report"}} {
					_, out, _ := x.run(args...)
					assert.NotEmpty(t, out)
					for what, value := range personal {
						if what == "unit in the subject" && args[0] != "doctor" {
							continue // the authority of the tests has it in its name, which is printed
						}
						if len(value) >= 3 {
							assert.NotContains(t, strings.ToUpper(out), strings.ToUpper(value), "%v: %s", args, what)
						}
					}
				}
				pinAfter, pukAfter := x.card.Tries()
				assert.Equal(t, []int{pin, puk}, []int{pinAfter, pukAfter}, "no try is spent")
				with, without := cardtest.PINCommands(x.card)
				assert.Zero(t, with)
				assert.Equal(t, f == simcard.FamilyT, without > 0, "asked where it is proven to cost nothing, and there only")
			}
		})
	}
}

// What is asked for is what the card has, and a PIN is changed and used to log
// in: sent once each time, and its state on the card dropped afterwards.
func TestUsingEveryFamily(t *testing.T) {
	for _, f := range cardtest.Families() {
		t.Run(string(f), func(t *testing.T) {
			x := newFixture(t, t.TempDir(), f, cardtest.Distinct(t))
			h, err := cardos.ParseHolder(x.options.Personal)
			require.NoError(t, err)
			var got cardinfo.Holder
			require.NoError(t, json.Unmarshal([]byte(x.ok("card", "--show", "--json")), &got))
			status := x.ok("status", "--show")
			assert.Contains(t, status, x.options.Serial)
			if hasHolder := f != simcard.FamilyT; hasHolder {
				assert.Equal(t, []string{h.Surname, h.Name, h.TaxCode, x.options.Serial, "1988-02-29", h.Address},
					[]string{got.Surname, got.Name, got.TaxCode, got.Number, got.Born, got.Address})
				assert.Contains(t, status, h.Surname+" "+h.Name)
			}
			want := x.options.Authentication.Certificate
			block, rest := pem.Decode([]byte(x.ok("cert", "export")))
			require.NotNil(t, block)
			assert.Equal(t, want, block.Bytes)
			assert.Empty(t, rest)
			assert.Equal(t, string(want), x.ok("cert", "export", "--der"))

			x.card.ClearLog()
			x.secrets = []string{cardtest.DistinctPIN}
			code, out, errs := x.run("doctor", "--login", "--json")
			assert.Zero(t, code, errs)
			for _, l := range findings(t, out) {
				switch {
				case l.Check != "login":
				case f == simcard.FamilyF || f == simcard.FamilyH:
					assert.Equal(t, "warning", l.State)
					assert.Contains(t, l.Text, "with TLS 1.2, and not with TLS 1.3")
				case simcard.KeyBits(f) < 2048:
					assert.Equal(t, "warning", l.State)
					assert.Contains(t, l.Text, "the card signs (TLS 1.3, TLS 1.2), and a site may refuse it all the same: the certificate's key has 1024 bits")
				default:
					assert.Equal(t, "ok", l.State)
					assert.Contains(t, l.Text, "(TLS 1.3, TLS 1.2): where a site refuses it, it is the site")
				}
			}
			with, _ := cardtest.PINCommands(x.card)
			if f == simcard.FamilyH {
				return // tries forms of VERIFY, and nobody knows how it changes its PIN
			}
			assert.Equal(t, 1, with)
			assert.Positive(t, x.card.Stats().Resets, "the PIN is not left in force")
			if f == simcard.FamilyF {
				return
			}
			x.card.ClearLog()
			x.secrets = []string{cardtest.DistinctPIN, "246810", "246810"}
			assert.Contains(t, x.ok("pin", "change"), "The PIN is changed.")
			with, _ = cardtest.PINCommands(x.card)
			assert.Equal(t, 1, with, "one command")
			x.secrets = []string{"246810", cardtest.DistinctPIN, cardtest.DistinctPIN}
			x.ok("pin", "change")
		})
	}
}

// What one command read of a card the next need not read again; tscns status
// reads it all the same, and so renews what is kept.
func TestCommandsKnowTheCardAgain(t *testing.T) {
	x := newFixture(t, t.TempDir(), simcard.FamilyB2)
	store := localfiles.NewCache("") // in memory: one process is all the commands here
	x.app = func(a *app) { a.cards.Store = store }
	commands := func(args ...string) int {
		x.card.ClearLog()
		x.ok(args...)
		return len(x.card.Log())
	}
	first := commands("cert", "list")
	assert.Equal(t, 2, commands("cert", "list"))
	assert.Greater(t, first, 2)
	assert.GreaterOrEqual(t, commands("status"), first)

	// What is kept is renewed: a card that lost it is known again after status.
	kept := store.Load()
	require.Len(t, kept, 1)
	assert.Contains(t, string(kept[0]), x.options.Serial)
	store = localfiles.NewCache("")
	commands("status")
	assert.Equal(t, kept, store.Load())
	assert.Equal(t, 2, commands("cert", "list"))
}
