// SPDX-License-Identifier: Apache-2.0

package matrix

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/e2e"
)

// form is what a card of family H states of its PIN.
type form int

const (
	guessed  form = iota // nothing: every form is tried
	inPart               // its reference, and not all of its form
	complete             // reference and form
)

// modelsH are the models of family H in the table, with what they state and the
// reference of the PIN of the key. 0 is the PIN of the CNS application.
var modelsH = []struct {
	name string
	form form
	ref  byte
	// fails: a right PIN of 5 digits is refused.
	fails bool
}{
	{"h-cns", guessed, 0, false},
	{"h-ias", complete, 0x01, false},
	{"h-ias-cie", complete, 0x81, false},
	{"h-ias-root", complete, 0x01, false},
	{"h-ias-generic", complete, 0x01, false},
	{"h-ias-mf", complete, 0x01, false},
	{"h-ias-mf-empty", complete, 0x01, false},
	{"h-ias-dir", complete, 0x01, false},
	{"h-ias-dir-records", complete, 0x01, false},
	{"h-ias-filled", inPart, 0x01, false},
	{"h-ias-zeros", inPart, 0x01, true},
	{"h-ias-two-pins", complete, 0x02, false},
	{"h-ias-equal-pins", complete, 0x02, false},
	{"h-ias-raw", complete, 0x01, false},
	{"h-ias-decipher", complete, 0x01, false},
	{"h-ias-sign", complete, 0x01, false},
	{"h-ias-pkcs15", complete, 0x01, false},
	{"h-ias-whole", complete, 0x01, false},
	{"h-ias-control", inPart, 0x01, false},
	{"h-ias-silent", guessed, 0x01, false},
	{"h-ias-silent-6984", guessed, 0x01, false},
}

// TestFamilyH prints what each card of family H costs that may be out there: no
// try for a right PIN where the card states its form, one for a wrong one. Where it
// does the PIN is changed, too.
func TestFamilyH(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "%-20s%-10s%-6s%-6s%-6s%-6s%-12s%s\n", "card", "states", "seen", "list", "login", "sign", "right PINs", "wrong PIN")
	for _, m := range modelsH {
		model, ok := simcard.ModelNamed(m.name)
		require.True(t, ok, m.name)
		row := "FAILED"
		t.Run(m.name, func(t *testing.T) {
			// A certificate of its own: what came of a PIN is kept by it.
			var id *pki.Identity
			r := e2e.Start(t, e2e.Options{Family: simcard.FamilyH, Change: func(o *simcard.Options) {
				authority, err := pki.NewAuthority(false)
				require.NoError(t, err)
				id, err = authority.IssueIdentity(pki.IdentityOptions{Key: o.Authentication.Key})
				require.NoError(t, err)
				o.Authentication.Certificate = id.Certificate
				o.PIN = shortPIN
				model.Apply(o)
			}})
			c := &cardH{t: t, r: r, h: r.Load(), ref: m.ref, certificate: id.Certificate}
			row = c.row(m.form, m.fails)
		})
		fmt.Fprintf(&table, "%-20s%-10s%s\n", m.name, [...]string{"nothing", "in part", "all"}[m.form], row)
	}
	t.Log("\n" + table.String())
}

// shortPIN has digits enough for a PIN, and too few to leave nothing to fill.
const shortPIN = "24680"

// changedPIN is what it is changed to, of another length.
const changedPIN = "1357913"

// cardH is a card of family H at work.
type cardH struct {
	t   *testing.T
	r   *e2e.Rig
	h   *e2e.Host
	ref byte
	// certificate is the one on the card.
	certificate []byte
}

func (c *cardH) tries() int {
	if c.ref == 0 {
		return c.r.PINTries()
	}
	left, _ := c.r.Card.IASTries(c.ref)
	return left
}

// row goes through everything and returns what the table says of it.
func (c *cardH) row(states form, fails bool) string {
	t := c.t
	token, err := c.h.GetTokenInfo(c.h.Slot)
	require.NoError(t, err)
	require.Equal(t, e2e.TokenLabel, token.Label)
	s := c.h.Open()
	certificates := c.h.Find(s, pkcs11.CKO_CERTIFICATE)
	require.Len(t, certificates, 1)
	require.True(t, bytes.Equal(c.certificate, c.h.Value(s, certificates[0], pkcs11.CKA_VALUE)))
	require.Zero(t, c.r.PINCommands(), "nothing about the PIN before it is typed")
	require.Equal(t, 3, c.tries())

	// Three right PINs, as a browser that asks again.
	login, sign, lost := "yes", "yes", 0
	for range 3 {
		before := c.tries()
		err := c.h.Login(s, pkcs11.CKU_USER, shortPIN)
		lost += max(0, before-c.tries())
		if err != nil {
			require.True(t, fails, "%v", err)
			login, sign = "no", "-"
			continue
		}
		(&card{t: t, r: c.r, h: c.h, s: s}).signs()
		require.NoError(t, c.h.Logout(s))
	}
	require.Equal(t, fails, login == "no")
	if states == complete {
		require.Zero(t, lost, "tries spent by right PINs")
	}
	require.LessOrEqual(t, lost, 1, "tries spent by right PINs")

	wrong := "-"
	if states == complete {
		before := c.tries()
		rv(t, pkcs11.CKR_PIN_INCORRECT, c.h.Login(s, pkcs11.CKU_USER, "99999"))
		wrong = fmt.Sprint(before - c.tries())
		require.Equal(t, "1", wrong)
		require.NoError(t, c.h.Login(s, pkcs11.CKU_USER, shortPIN))
		require.Equal(t, 3, c.tries())
		require.NoError(t, c.h.SetPIN(s, shortPIN, changedPIN))
		require.NoError(t, c.h.Logout(s))
		require.NoError(t, c.h.Login(s, pkcs11.CKU_USER, changedPIN))
		require.Equal(t, 3, c.tries())
		lost++
	}
	c.r.WrongPINs(lost)
	if states == complete {
		lost--
	}
	return fmt.Sprintf("%-6s%-6s%-6s%-6s%-12d%s", "yes", "yes", login, sign, lost, wrong)
}
