// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// cspFlow is something that a program does with an acquired card.
type cspFlow struct {
	name, command string
	login         bool // needs a PIN before
	pins          int  // commands with a PIN
}

func cspFlows() []cspFlow {
	digest := fmt.Sprintf("%x", make([]byte, 32))
	return []cspFlow{
		{name: "acquire", command: "acquire 1 0 7 0"},
		{name: "PIN", command: "authenticate 0 1 0 " + digits(userPIN), pins: 1},
		{name: "PKCS#1", command: fmt.Sprintf("sign 0 2 0 1 %d 0 %s 2 SHA256", paddingInfo, digest), login: true},
		{name: "PSS", command: fmt.Sprintf("sign 0 2 0 1 %d 0 %s 4 SHA256 32", paddingInfo, digest), login: true},
		{name: "change", command: fmt.Sprintf("change 0 2 1 %s 1 %s 0", digits(userPIN), digits(userPIN)), pins: 1},
	}
}

// serviceErrors are what SCardTransmit returns, and what the minidriver is to make of it.
var serviceErrors = []struct{ code, want uint32 }{
	{resetCard, resetCard}, {removedCard, removedCard}, {commDataLost, commDataLost},
	{0x80100013, commDataLost}, // SCARD_F_COMM_ERROR
	{0x80100016, commDataLost}, // SCARD_E_NOT_TRANSACTED
	{0x8010002E, commDataLost}, // SCARD_E_NO_READERS_AVAILABLE
	{0x0000001F, commDataLost}, // ERROR_GEN_FAILURE, of a reader's driver
}

// TestMinidriverTransportErrors has every command of every flow fail in every way, before it reaches
// the card and after. The code is the caller's to act on, no PIN is sent twice and no
// try lost, and the same context works afterwards.
func TestMinidriverTransportErrors(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(sim.Card)
	c.take()
	scenes := 0
	for _, flow := range cspFlows() {
		prepare := func() {
			c.afresh()
			if flow.login {
				require.Equal(t, uint32(success), c.login(userPIN).code)
			}
			sim.ClearLog()
		}
		run := func() answer {
			a := c.ask("%s", flow.command)
			if flow.name == "acquire" && a.code == success {
				c.ok("delete 1")
			}
			return a
		}
		prepare()
		require.Equal(t, uint32(success), run().code, flow.name)
		commands := len(sim.Log())
		require.Positive(t, commands, flow.name)
		for at := 1; at <= commands; at++ {
			for i, e := range serviceErrors {
				scene := fmt.Sprintf("%s, command %d: %08x", flow.name, at, e.code)
				prepare()
				c.ok("fault %d %d %d", at, e.code, i%2)
				a := run()
				require.Equal(t, "0", c.ok("fault 0 0 0").text("before"), "%s: the command has not come", scene)
				if flow.name != "acquire" || a.code != success { // it can do without some files
					require.Equal(t, fmt.Sprintf("%08x", e.want), fmt.Sprintf("%08x", a.code), scene)
				}
				require.LessOrEqual(t, sim.pinCommands(), flow.pins, scene)
				c.afresh()
				require.Equal(t, uint32(success), c.login(userPIN).code, scene)
				scenes++
			}
			c.signsPKCS1(sim.public())
			left, _ := sim.Tries()
			require.Equal(t, 3, left)
		}
	}
	c.leave()
	c.wellBehaved()
	t.Logf("%d faults", scenes)
}

// TestMinidriverResets: Windows resets the card between any two calls, other programs do, and the
// card moves to another reader or another card comes. Files are answered from
// memory, a signature asks for the PIN again, and no other card is sent the PIN.
func TestMinidriverResets(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(sim.Card)
	c.take()
	checkResets(t, c, sim)
	checkOtherReaders(t, c, d, sim)
	c.ok("delete 0")
	c.wellBehaved()
}

var signZeros = fmt.Sprintf("sign 0 2 0 1 %d 0 %x 2 SHA256", paddingInfo, make([]byte, 32))

func checkResets(t *testing.T, c *caller, sim testCard) {
	t.Helper()
	reset := func() {
		t.Helper()
		c.ok("end 0 1")
		c.ok("reconnect 0 0")
		c.ok("begin 0")
	}
	reset()
	require.Equal(t, sim.identity.Certificate, c.ok("read 0 mscp kxc00 0").bytes("data"))
	reset()
	c.want(securityViolation, "%s", signZeros)
	require.Equal(t, uint32(success), c.login(userPIN).code)
	reset()
	c.want(securityViolation, "%s", signZeros)
	require.Equal(t, uint32(success), c.login(userPIN).code)
	c.signsPKCS1(sim.public())
	c.signsPSS(sim.public())

	// Reset by another program, in the middle of the transaction.
	c.ok("connect 2 0")
	c.ok("reconnect 2 1")
	c.want(resetCard, "%s", signZeros)
	c.want(resetCard, "authenticate 0 1 0 %s", digits(userPIN))
	c.afresh()
	require.Equal(t, uint32(success), c.login(userPIN).code)
	c.signsPKCS1(sim.public())

}

func checkOtherReaders(t *testing.T, c *caller, d *cspFixture, sim testCard) {
	t.Helper()
	// Another reader.
	c.ok("end 0 0")
	d.reader.Remove()
	d.second.Insert(sim.Card)
	c.ok("connect 1 1")
	c.ok("begin 1")
	c.ok("use 0 1")
	require.Equal(t, uint32(success), c.login(userPIN).code)
	c.signsPKCS1(sim.public())

	// Another card.
	other := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(other.Card)
	c.ok("connect 3 0")
	c.ok("begin 3")
	c.ok("use 0 3")
	other.ClearLog()
	require.NotEqual(t, uint32(success), c.login(userPIN).code)
	require.NotEqual(t, uint32(success), c.ask("%s", signZeros).code)
	require.NotEqual(t, uint32(success), c.ask("change 0 2 1 %s 1 %s 0", digits(userPIN), digits(otherPIN)).code)
	require.Zero(t, other.pinCommands(), "the PIN of one card is not sent to another")
	require.False(t, slices.ContainsFunc(other.Log(), func(e simcard.Exchange) bool { return e.Header[1] == 0x2A }), "nor does it sign")
	c.ok("use 0 1")
	require.Equal(t, uint32(success), c.login(userPIN).code)
	c.signsPKCS1(sim.public())

	// No card at all, and handles that are closed.
	d.second.Remove()
	c.want(removedCard, "authenticate 0 1 0 %s", digits(userPIN))
	c.ask("disconnect 1 0")
	a := c.ask("authenticate 0 1 0 %s", digits(userPIN))
	require.Contains(t, []uint32{invalidHandle, commDataLost}, a.code, a.line)
}

// TestMinidriverContexts: two cards in two contexts whose calls alternate, eight threads
// with contexts of their own on one card that each of them resets, and a library that is
// loaded and freed.
func TestMinidriverContexts(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	first, second := newTestCard(t, simcard.FamilyB2, false, nil), newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(first.Card)
	d.second.Insert(second.Card)
	for i := range 2 {
		c.ok("connect %d %d", i, i)
		c.ok("begin %d", i)
		c.ok("acquire %d %d 7 0", i, i)
	}
	var ids, names [2]string
	for i, sim := range []testCard{first, second} {
		ids[i] = c.ok("read %d - cardid 0", i).text("data")
		names[i] = recordOf(c.ok("read %d mscp cmapfile 0", i).bytes("data")).name
		require.Equal(t, sim.identity.Certificate, c.ok("read %d mscp kxc00 0", i).bytes("data"))
	}
	require.NotEqual(t, ids[0], ids[1])
	require.Len(t, names[0], 36)
	c.ok("authenticate 0 1 0 %s", digits(userPIN))
	sign := "sign %d 2 0 1 %d 0 %x 2 SHA256"
	c.want(securityViolation, sign, 1, paddingInfo, make([]byte, 32))
	c.ok("authenticate 1 1 0 %s", digits(userPIN))
	for range 3 {
		for i := range 2 {
			c.ok(sign, i, paddingInfo, make([]byte, 32))
		}
	}
	for i := range 2 {
		c.ok("delete %d", i)
		c.ok("end %d 0", i)
		c.ok("disconnect %d 0", i)
	}

	// The same card in the other reader is the same card.
	d.reader.Insert(second.Card)
	c.ok("connect 0 0")
	c.ok("begin 0")
	c.ok("acquire 0 0 7 0")
	require.Equal(t, ids[1], c.ok("read 0 - cardid 0").text("data"))
	require.Equal(t, names[1], recordOf(c.ok("read 0 mscp cmapfile 0").bytes("data")).name)
	c.leave()

	const programs, rounds = 8, 5
	a := c.ok("threads %d %d", programs, rounds)
	require.Equal(t, []int{programs * rounds, 0}, []int{a.number("signatures"), a.number("failed")}, a.line)
	left, _ := second.Tries()
	require.Equal(t, 3, left)
	for range 100 {
		require.Equal(t, "1", c.ok("unload %s", minidriverDLL).text("resident"))
		c.ok("load %s", minidriverDLL)
	}
	c.take()
	c.leave()
	c.wellBehaved()
}

// TestMinidriverMemoryFails: without memory of the caller's nothing is left behind.
func TestMinidriverMemoryFails(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(sim.Card)
	c.take()
	require.Equal(t, uint32(success), c.login(userPIN).code)
	for _, call := range []string{"read 0 mscp kxc00 0", "enum 0 mscp 0", "container 0 0 0 1", "container-property 0 0 Container_Info 0 40",
		signZeros} {
		c.ok("allocation 1")
		c.want(noMemory, "%s", call)
		c.ok("allocation 0")
		c.ok("%s", call)
	}
	c.leave()
}

// TestMinidriverProgramEnds: a program ends while contexts are open, cards unlocked and transactions begun.
func TestMinidriverProgramEnds(t *testing.T) {
	d := newCSP(t)
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(sim.Card)
	c := d.start(t)
	c.take()
	c.ok("acquire 1 0 7 0")
	require.Equal(t, uint32(success), c.login(userPIN).code)
	require.NoError(t, c.in.Close())
	require.False(t, c.out.Scan())
	require.NoError(t, c.cmd.Wait())
}
