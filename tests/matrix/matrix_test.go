// SPDX-License-Identifier: Apache-2.0

package matrix

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// row is a kind of card. What it is not known to do must not be offered.
type row struct {
	name    string
	family  simcard.Family
	change  func(*simcard.Options)
	noPSS   string // why PSS is not offered
	noPINOp string // why changing and unblocking the PIN are not offered
	noLogin string
}

const unproven = "not offered: raw RSA is not known well enough"

var rows = []row{
	{name: "A CardOS M4", family: simcard.FamilyA},
	{name: "B1 STIncard 1.0", family: simcard.FamilyB1},
	{name: "B1 InfoCamere 1204", family: simcard.FamilyB11204},
	{name: "B2 ST 2021/2022", family: simcard.FamilyB2},
	{name: "B2 ST 2022 NFC", family: simcard.FamilyB2NFC},
	{name: "C Athena", family: simcard.FamilyC},
	{name: "D Oberthur", family: simcard.FamilyD},
	{name: "E IDEMIA 2021", family: simcard.FamilyE},
	{name: "T TokenME", family: simcard.FamilyT},
	{name: "F unknown CNS", family: simcard.FamilyF, noPSS: unproven},
	{name: "F FirmaQUI shape", family: simcard.FamilyF, change: firmaQUI, noPSS: unproven},
	{name: "H as guessed", family: simcard.FamilyH, noPSS: unproven, noPINOp: "not offered: unknown"},
	{name: "H key elsewhere", family: simcard.FamilyH, change: variantH(func(v *simcard.VariantH) {
		v.PINApp, v.KeyApp, v.PINRef, v.PINUnfilled = simcard.AppThird, simcard.AppThird, 0x81, true
		v.Third, v.MSE, v.KeyRef, v.Input = "mf", simcard.MSESign, 0x81, simcard.InputDigestInfo
	}), noPSS: unproven, noPINOp: "not offered: unknown"},
	{name: "H takes nothing", family: simcard.FamilyH, change: variantH(func(v *simcard.VariantH) { v.PINApp, v.KeyApp = "", "" }),
		noPSS: unproven, noPINOp: "not offered: unknown", noLogin: "refused, no try lost"},
}

// firmaQUI is a token whose answer to reset says CNS in the compact way.
func firmaQUI(o *simcard.Options) {
	o.ATR, _ = hex.DecodeString("3BDB18FF81B1FE451FC38073C8211065434E53107339")
}

func variantH(change func(*simcard.VariantH)) func(*simcard.Options) {
	return func(o *simcard.Options) {
		b, v := simcard.DefaultBehaviour(simcard.FamilyH), simcard.DefaultVariantH()
		change(&v)
		b.H = &v
		o.Behaviour = &b
	}
}

// card is a row at work.
type card struct {
	row
	t *testing.T
	r *e2e.Rig
	h *e2e.Host
	s pkcs11.SessionHandle
}

// steps are the columns. Each leaves the card logged in where it can be, and
// returns what the table says.
var steps = []struct {
	name string
	do   func(*card) string
}{
	{"recognise", (*card).recognise}, {"list", (*card).list}, {"login", (*card).login}, {"PKCS#1", (*card).pkcs1},
	{"PSS", (*card).pss}, {"wrong PIN", (*card).wrongPIN}, {"change PIN", (*card).changePIN}, {"unblock", (*card).unblock},
}

// TestMatrix is the table.
func TestMatrix(t *testing.T) {
	var table [][]string
	for _, r := range rows {
		cells := []string{r.name}
		t.Run(r.name, func(t *testing.T) {
			c := &card{row: r, t: t, r: e2e.Start(t, e2e.Options{Family: r.family, Change: r.change})}
			c.h = c.r.Load()
			for _, step := range steps {
				cell := "FAILED"
				// In a subtest a failure ends one cell, not the row.
				t.Run(step.name, func(t *testing.T) {
					c.t = t
					cell = step.do(c)
				})
				cells = append(cells, cell)
			}
		})
		table = append(table, cells)
	}
	text := render(table)
	t.Log("\n" + text)
	if path := os.Getenv("TSCNS_MATRIX"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
}

func render(table [][]string) string {
	head := []string{"card"}
	for _, s := range steps {
		head = append(head, s.name)
	}
	var notes []string
	var out strings.Builder
	for _, cells := range append([][]string{head}, table...) {
		for i, cell := range cells {
			if len(cell) > 10 && i > 0 {
				if !slices.Contains(notes, cell) {
					notes = append(notes, cell)
				}
				cell = fmt.Sprintf("- (%d)", slices.Index(notes, cell)+1)
			}
			width := 11
			if i == 0 {
				width = 20
			}
			fmt.Fprintf(&out, "%-*s", width, cell)
		}
		out.WriteByte('\n')
	}
	for i, note := range notes {
		fmt.Fprintf(&out, "(%d) %s\n", i+1, note)
	}
	return out.String()
}

func (c *card) recognise() string {
	token, err := c.h.GetTokenInfo(c.h.Slot)
	require.NoError(c.t, err)
	require.Equal(c.t, e2e.TokenLabel, token.Label)
	require.Len(c.t, token.SerialNumber, 16)
	c.s = c.h.Open()
	return "yes"
}

// list: certificate and public key are there without a PIN.
func (c *card) list() string {
	certificates := c.h.Find(c.s, pkcs11.CKO_CERTIFICATE)
	require.Len(c.t, certificates, 1)
	require.True(c.t, bytes.Equal(c.r.CertDER, c.h.Value(c.s, certificates[0], pkcs11.CKA_VALUE)))
	require.Len(c.t, c.h.Find(c.s, pkcs11.CKO_PUBLIC_KEY), 1)
	if c.family != simcard.FamilyT { // the tries are asked for where that is proven to be free
		require.Zero(c.t, c.r.PINCommands())
	}
	require.Equal(c.t, 3, c.r.PINTries())
	return "yes"
}

func (c *card) login() string {
	err := c.h.Login(c.s, pkcs11.CKU_USER, c.r.PIN)
	if c.noLogin != "" {
		rv(c.t, pkcs11.CKR_FUNCTION_FAILED, err)
		require.Equal(c.t, 3, c.r.PINTries())
		sent := c.r.PINCommands()
		rv(c.t, pkcs11.CKR_FUNCTION_FAILED, c.h.Login(c.s, pkcs11.CKU_USER, c.r.PIN))
		require.Equal(c.t, sent, c.r.PINCommands(), "nothing is tried twice")
		return c.noLogin
	}
	require.NoError(c.t, err)
	require.Len(c.t, c.h.Find(c.s, pkcs11.CKO_PRIVATE_KEY), 1)
	return "yes"
}

var message = []byte("messaggio")

func (c *card) pkcs1() string {
	if c.noLogin != "" {
		return c.noLogin
	}
	c.signs()
	return "yes"
}

func (c *card) signs() {
	c.t.Helper()
	signature, err := c.h.SignWith(c.s, pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil), message)
	require.NoError(c.t, err)
	digest := sha256.Sum256(message)
	require.NoError(c.t, rsa.VerifyPKCS1v15(c.r.PublicKey(), crypto.SHA256, digest[:], signature))
}

func (c *card) pss() string {
	list, err := c.h.GetMechanismList(c.h.Slot)
	require.NoError(c.t, err)
	offered := slices.ContainsFunc(list, func(m *pkcs11.Mechanism) bool { return m.Mechanism == pkcs11.CKM_RSA_PKCS_PSS })
	require.Equal(c.t, c.noPSS == "", offered)
	params := pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, 32)
	digest := sha256.Sum256(message)
	if !offered {
		if c.noLogin == "" {
			before := c.r.Signatures()
			_, err = c.h.SignWith(c.s, pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, params), digest[:])
			rv(c.t, pkcs11.CKR_MECHANISM_INVALID, err)
			require.Equal(c.t, before, c.r.Signatures())
		}
		return c.noPSS
	}
	signature, err := c.h.SignWith(c.s, pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, params), digest[:])
	require.NoError(c.t, err)
	require.NoError(c.t, rsa.VerifyPSS(c.r.PublicKey(), crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: 32}))
	return "yes"
}

// wrongPIN: one wrong entry, one try; and what cannot be a PIN costs none.
func (c *card) wrongPIN() string {
	if c.noLogin != "" {
		return c.noLogin
	}
	require.NoError(c.t, c.h.Logout(c.s))
	require.Error(c.t, c.h.Login(c.s, pkcs11.CKU_USER, "12"))
	require.Equal(c.t, 3, c.r.PINTries())
	rv(c.t, pkcs11.CKR_PIN_INCORRECT, c.h.Login(c.s, pkcs11.CKU_USER, "99999999"))
	require.Equal(c.t, 2, c.r.PINTries())
	require.NoError(c.t, c.h.Login(c.s, pkcs11.CKU_USER, c.r.PIN))
	require.Equal(c.t, 3, c.r.PINTries())
	c.r.WrongPINs(1)
	return "costs one"
}

const newPIN, thirdPIN = "55555", "6666666"

func (c *card) changePIN() string {
	if c.noPINOp != "" {
		sent := c.r.PINCommands()
		require.Error(c.t, c.h.SetPIN(c.s, c.r.PIN, newPIN))
		require.Equal(c.t, sent, c.r.PINCommands(), "nothing was sent")
		return c.noPINOp
	}
	require.NoError(c.t, c.h.SetPIN(c.s, c.r.PIN, newPIN))
	_ = c.h.Logout(c.s)
	rv(c.t, pkcs11.CKR_PIN_INCORRECT, c.h.Login(c.s, pkcs11.CKU_USER, c.r.PIN))
	require.NoError(c.t, c.h.Login(c.s, pkcs11.CKU_USER, newPIN))
	c.signs()
	c.r.WrongPINs(2)
	return "yes"
}

func (c *card) unblock() string {
	_ = c.h.Logout(c.s)
	if c.noPINOp != "" {
		sent := c.r.PINCommands()
		require.Error(c.t, c.h.Login(c.s, pkcs11.CKU_SO, c.r.PUK))
		require.Equal(c.t, sent, c.r.PINCommands(), "nothing was sent")
		return c.noPINOp
	}
	for range 3 {
		require.Error(c.t, c.h.Login(c.s, pkcs11.CKU_USER, "99999999"))
	}
	rv(c.t, pkcs11.CKR_PIN_LOCKED, c.h.Login(c.s, pkcs11.CKU_USER, newPIN))
	require.NoError(c.t, c.h.Login(c.s, pkcs11.CKU_SO, c.r.PUK))
	require.NoError(c.t, c.h.InitPIN(c.s, thirdPIN))
	require.NoError(c.t, c.h.Logout(c.s))
	require.NoError(c.t, c.h.Login(c.s, pkcs11.CKU_USER, thirdPIN))
	c.signs()
	c.r.WrongPINs(5)
	return "yes"
}

func rv(t *testing.T, want uint, err error) {
	t.Helper()
	var got pkcs11.Error
	require.ErrorAs(t, err, &got)
	require.Equal(t, pkcs11.Error(want), got)
}
