// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"crypto"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
	"tscns/tests/simreader"
)

// cspRow is a kind of card. What it is not known to do must not be offered.
type cspRow struct {
	name    string
	family  simcard.Family
	change  func(*simcard.Options)
	second  bool // with a signature key
	noPSS   bool
	noPINOp bool // PIN change and unblocking
	tries   func(*simcard.Card) int
}

// cspRows are the families of the simulated card, and models that differ from theirs.
func cspRows(t *testing.T) []cspRow {
	t.Helper()
	model := func(name string) func(*simcard.Options) {
		m, ok := simcard.ModelNamed(name)
		require.True(t, ok, name)
		return m.Apply
	}
	var rows []cspRow
	for _, f := range simcard.Families() {
		if f != simcard.FamilyForeign {
			rows = append(rows, cspRow{name: string(f), family: f, second: slices.Contains([]simcard.Family{simcard.FamilyA, simcard.FamilyB1}, f),
				noPSS: f == simcard.FamilyF || f == simcard.FamilyH, noPINOp: f == simcard.FamilyH})
		}
	}
	ias := func(c *simcard.Card) int { n, _ := c.IASTries(1); return n }
	return append(rows,
		cspRow{name: "h-ias", family: simcard.FamilyH, change: model("h-ias"), noPSS: true, tries: ias},
		cspRow{name: "h-ias-pkcs15", family: simcard.FamilyH, change: model("h-ias-pkcs15"), noPSS: true, tries: ias},
	)
}

// cspCard is a row at work.
type cspCard struct {
	cspRow
	t   *testing.T
	c   *caller
	d   *cspFixture
	sim testCard
}

func (x *cspCard) left() int {
	if x.tries != nil {
		return x.tries(x.sim.Card)
	}
	n, _ := x.sim.Tries()
	return n
}

var cspSteps = []struct {
	name string
	do   func(*cspCard) string
}{
	{"first use", (*cspCard).firstUse}, {"recognised", (*cspCard).recognised}, {"certs", (*cspCard).certificates}, {"PIN", (*cspCard).login},
	{"PKCS#1", (*cspCard).pkcs1}, {"PSS", (*cspCard).pss}, {"wrong PIN", (*cspCard).wrong}, {"change", (*cspCard).changePIN},
	{"unblock", (*cspCard).unblock}, {"2nd key", (*cspCard).secondKey}, {"removal", (*cspCard).removal},
}

// TestMinidriverMatrix has a program do through the minidriver what people do with
// every family of cards, and prints it as a table (TSCNS_MINIDRIVER names a file for it).
func TestMinidriverMatrix(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	var table strings.Builder
	fmt.Fprintf(&table, "%-14s", "card")
	for _, s := range cspSteps {
		fmt.Fprintf(&table, "%-12s", s.name)
	}
	table.WriteByte('\n')
	for _, row := range cspRows(t) {
		fmt.Fprintf(&table, "%-14s", row.name)
		t.Run(row.name, func(t *testing.T) {
			x := &cspCard{cspRow: row, c: c, d: d, sim: newTestCard(t, row.family, row.second, row.change)}
			d.reader.Insert(x.sim.Card)
			for _, step := range cspSteps {
				cell := "FAILED"
				t.Run(step.name, func(t *testing.T) { // a failure ends one cell, not the row
					x.t, c.t = t, t
					defer c.ask("disconnect 0 0")
					cell = step.do(x)
					c.wellBehaved()
				})
				fmt.Fprintf(&table, "%-12s", cell)
			}
		})
		table.WriteByte('\n')
	}
	table.WriteString("first use: commands of Windows' first use of a card, and of the module's listing, login and signature\n")
	t.Log("\n" + table.String())
	if path := os.Getenv("TSCNS_MINIDRIVER"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(table.String()), 0o644))
	}
}

// firstUse counts the commands of what Windows does before and at the first login
// with a card, up to the first signature.
func (x *cspCard) firstUse() string {
	c := x.c
	c.ok("connect 0 0")
	c.ok("begin 0")
	x.sim.ClearLog()
	c.ok("acquire 0 0 7 0")
	c.ok("property 0 Card_Identifier 0 16")
	c.ok("read 0 - cardcf 0")
	c.ok("property 0 Read_Only_Mode 0 4")
	c.ok("property 0 Cache_Mode 0 4")
	cmap := c.ok("read 0 mscp cmapfile 0").bytes("data")
	for i := range len(cmap) / 86 {
		c.ok("container 0 %d 0 1", i)
		c.ok("read 0 mscp %s 0", []string{"kxc00", "ksc01"}[i])
		c.ok("container-property 0 %d PIN_Identifier 0 4", i)
	}
	c.ok("property 0 PIN_Information 1 36 06000000")
	c.ok("sign 0 2 0 1 %d 0 %x 2 SHA256", paddingInfo|sizeOnly, digestOf(crypto.SHA256))
	require.Zero(x.t, x.sim.pinCommands(), "nothing about the PIN before it is typed")
	require.Equal(x.t, uint32(success), c.login(userPIN).code)
	c.signsPKCS1(x.sim.public())
	used, most := len(x.sim.Log()), moduleFirstUse(x.t, x.cspRow)+4
	require.LessOrEqual(x.t, used, most, x.sim.LogText())
	require.Equal(x.t, 3, x.left())
	c.ok("delete 0")
	c.ok("end 0 1") // Windows ends a login with a reset
	return fmt.Sprintf("%d (%d)", used, most-4)
}

// moduleFirstUse counts the commands of the module's first listing, login and
// signature with such a card.
func moduleFirstUse(t *testing.T, row cspRow) int {
	t.Helper()
	sim := newTestCard(t, row.family, row.second, row.change)
	service := simreader.NewService("Reader")
	service.Insert("Reader", sim.Card)
	driver := conformance.InProcess{Module: module.New(module.Config{Cards: profile.Options(cardos.Options{}),
		Open: func() (cardos.Transport, error) { return service.Transport(), nil }})}
	ok := func(rv ck.RV) { t.Helper(); require.Equal(t, ck.CKR_OK, rv) }
	ok(hostproc.Initialize(driver))
	slots, rv := hostproc.Slots(driver, true)
	ok(rv)
	session, rv := hostproc.Open(driver, slots[0])
	ok(rv)
	_, rv = hostproc.Certificate(driver, session)
	ok(rv)
	ok(hostproc.Login(driver, session, userPIN))
	_, rv = hostproc.Sign(driver, session, []byte("messaggio"))
	ok(rv)
	commands := len(sim.Log())
	ok(hostproc.Finalize(driver))
	return commands
}

func (x *cspCard) recognised() string {
	x.c.take()
	x.sim.ClearLog()
	serial := x.c.ok("property 0 Card_Serial_Number 0 16").bytes("data")
	require.Equal(x.t, x.sim.identity.Serial, string(serial))
	x.c.leave()
	require.Empty(x.t, x.sim.Log())
	return "yes"
}

func (x *cspCard) certificates() string {
	x.c.take()
	require.Equal(x.t, x.sim.identity.Certificate, x.c.ok("read 0 mscp kxc00 0").bytes("data"))
	require.Equal(x.t, publicKeyBlob(x.sim.identity.Certificate, 0xA400), x.c.ok("container 0 0 0 1").bytes("exchange"))
	x.c.leave()
	return "yes"
}

// login: the PIN of the first use is gone with the reset, and asked for again.
func (x *cspCard) login() string {
	x.c.take()
	x.c.want(securityViolation, "sign 0 2 0 1 %d 0 %x 2 SHA256", paddingInfo, digestOf(crypto.SHA256))
	sent := x.sim.pinCommands()
	require.Equal(x.t, uint32(success), x.c.login(userPIN).code)
	require.Equal(x.t, 1, x.sim.pinCommands()-sent)
	x.c.signsPKCS1(x.sim.public())
	x.c.leave()
	return "yes"
}

// in does something with the card after a login, and resets it.
func (x *cspCard) in(do func()) {
	x.t.Helper()
	x.c.take()
	require.Equal(x.t, uint32(success), x.c.login(userPIN).code)
	do()
	x.c.ok("delete 0")
	x.c.ok("end 0 1")
}

func (x *cspCard) pkcs1() string {
	x.in(func() {
		for range 2 {
			x.c.signsPKCS1(x.sim.public())
		}
	})
	return "yes"
}

func (x *cspCard) pss() string {
	cell := "yes"
	x.in(func() {
		if !x.noPSS {
			x.c.signsPSS(x.sim.public())
			return
		}
		before := len(x.sim.Log())
		x.c.want(unsupported, "sign 0 2 0 1 %d 0 %x 4 SHA256 32", paddingInfo, digestOf(crypto.SHA256))
		require.Len(x.t, x.sim.Log(), before)
		cell = "not offered"
	})
	return cell
}

func (x *cspCard) wrong() string {
	x.c.take()
	x.c.want(wrongPIN, "authenticate 0 1 0 %s", digits("12"))
	require.Equal(x.t, 3, x.left())
	a := x.c.want(wrongPIN, "authenticate 0 1 0 %s", digits(notThePIN))
	require.Equal(x.t, 2, x.left())
	require.Contains(x.t, []int{2, -1}, a.number("left"), a.line)
	require.Equal(x.t, uint32(success), x.c.login(userPIN).code)
	require.Equal(x.t, 3, x.left())
	x.c.leave()
	return "costs one"
}

func (x *cspCard) changePIN() string {
	x.c.take()
	defer x.c.leave()
	sent := x.sim.pinCommands()
	if x.noPINOp {
		x.c.want(unsupported, "change 0 2 1 %s 1 %s 0", digits(userPIN), digits(otherPIN))
		require.Equal(x.t, sent, x.sim.pinCommands())
		return "not offered"
	}
	x.c.ok("change 0 2 1 %s 1 %s 0", digits(userPIN), digits(otherPIN))
	x.c.want(wrongPIN, "authenticate 0 1 0 %s", digits(userPIN))
	require.Equal(x.t, uint32(success), x.c.login(otherPIN).code)
	x.c.signsPKCS1(x.sim.public())
	x.c.ok("change 0 2 1 %s 1 %s 0", digits(otherPIN), digits(userPIN))
	return "yes"
}

func (x *cspCard) unblock() string {
	x.c.take()
	defer x.c.leave()
	if x.noPINOp || x.tries != nil { // an IAS-ECC card's PUK is not known to be for this PIN
		sent := x.sim.pinCommands()
		a := x.c.ask("change 0 1 2 %s 1 %s 0", digits(userPUK), digits(otherPIN))
		require.Contains(x.t, []uint32{unsupported, invalidParameter}, a.code, a.line)
		require.Equal(x.t, sent, x.sim.pinCommands())
		return "not offered"
	}
	for _, pin := range []string{notThePIN, "88888888"} {
		x.c.want(wrongPIN, "authenticate 0 1 0 %s", digits(pin))
	}
	a := x.c.want(pinBlocked, "authenticate 0 1 0 %s", digits("77777777"))
	require.Equal(x.t, 0, a.number("left"))
	x.c.ok("change 0 1 2 %s 1 %s 0", digits(userPUK), digits(userPIN))
	require.Equal(x.t, uint32(success), x.c.login(userPIN).code)
	x.c.signsPKCS1(x.sim.public())
	return "yes"
}

// secondKey: it has a PIN of its own, and that of the other is a wrong one here.
func (x *cspCard) secondKey() string {
	x.c.take()
	defer x.c.leave()
	list := x.c.ok("property 0 PIN_List 0 4").text("data")
	if !x.second {
		require.NotContains(x.t, []string{words(1<<1 | 1<<2 | 1<<3), words(1<<1 | 1<<3)}, list)
		x.c.want(noKeyContainer, "container 0 1 0 1")
		return "none"
	}
	require.Equal(x.t, words(1<<1|1<<2|1<<3), list)
	require.Equal(x.t, x.sim.signature.Certificate, x.c.ok("read 0 mscp ksc01 0").bytes("data"))
	digest := digestOf(crypto.SHA256)
	sign := fmt.Sprintf("sign 0 2 1 2 %d 0 %x 2 SHA256", paddingInfo, digest)
	require.Equal(x.t, uint32(success), x.c.login(userPIN).code)
	x.c.want(securityViolation, "%s", sign)
	x.c.want(wrongPIN, "authenticate 0 3 0 %s", digits(userPIN))
	left, _ := x.sim.SignatureTries()
	require.Equal(x.t, 2, left)
	require.Equal(x.t, 3, x.left())
	x.c.ok("authenticate 0 3 0 %s", digits(signaturePIN))
	public := &x.sim.signature.Key.PublicKey
	require.NoError(x.t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest, x.c.signed(public, "%s", sign)))
	x.c.ok("change 0 2 3 %s 3 %s 0", digits(signaturePIN), digits(otherPIN))
	x.c.ok("authenticate 0 3 0 %s", digits(otherPIN))
	return "yes"
}

// removal: what is in memory is answered, the card's part with what happened, and
// the card that comes back is used by a new context.
func (x *cspCard) removal() string {
	x.c.take()
	require.Equal(x.t, uint32(success), x.c.login(userPIN).code)
	x.d.reader.Remove()
	for range 2 {
		x.c.want(removedCard, "sign 0 2 0 1 %d 0 %x 2 SHA256", paddingInfo, digestOf(crypto.SHA256))
		x.c.want(removedCard, "authenticate 0 1 0 %s", digits(userPIN))
	}
	x.c.leave()
	x.d.reader.Insert(x.sim.Card)
	x.in(func() { x.c.signsPKCS1(x.sim.public()) })
	return "yes"
}

// TestMinidriverForeignCards: a card on which there is no certificate of the CNS is
// told to be unknown, by its answer to reset or after a few commands, whatever
// stands where the certificate would be.
func TestMinidriverForeignCards(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	spanish := func(form string) func(*simcard.Options) {
		return func(o *simcard.Options) {
			o.ATR, _ = hex.DecodeString(simcard.ATRSpanish)
			o.CertificateForm = form
		}
	}
	cards := map[string]testCard{"by its answer to reset": newTestCard(t, simcard.FamilyForeign, false, nil)}
	for _, form := range []string{simcard.FormZeros, simcard.FormOnes, simcard.FormEmpty, simcard.FormAbsent, simcard.FormNoise, simcard.FormEC} {
		cards["Spanish, "+form] = newTestCard(t, simcard.FamilyE, false, spanish(form))
	}
	for _, name := range []string{"e-spanish", "yes-man", "yes-man-zeros"} {
		m, ok := simcard.ModelNamed(name)
		require.True(t, ok, name)
		cards[name] = newTestCard(t, m.Family, false, m.Apply)
	}
	for name, sim := range cards {
		t.Run(name, func(t *testing.T) {
			c.t = t
			d.reader.Insert(sim.Card)
			c.ok("connect 0 0")
			c.ok("begin 0")
			sim.ClearLog()
			c.want(unknownCard, "acquire 0 0 7 0")
			require.Zero(t, sim.pinCommands())
			require.Less(t, len(sim.Log()), 40, sim.LogText())
			if name == "by its answer to reset" {
				require.LessOrEqual(t, len(sim.Log()), 2, sim.LogText())
			}
			c.ok("end 0 0")
			c.ok("disconnect 0 0")
			c.wellBehaved()
		})
	}
}
