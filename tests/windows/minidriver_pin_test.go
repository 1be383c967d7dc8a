// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// TestMinidriverPIN: each wrong entry costs one try and no call costs another,
// the tries left are told, and what cannot be a PIN is not sent.
func TestMinidriverPIN(t *testing.T) {
	d := newCSP(t)
	c := d.start(t)
	for _, step := range []struct {
		name string
		do   func(*testing.T, *caller, testCard)
	}{
		{"authenticate", checkAuthenticate}, {"not a PIN", checkNotAPIN}, {"blocked", checkBlocked}, {"change", checkChange},
		{"refused changes", checkRefusedChanges}, {"unblock", checkUnblock}, {"deauthenticate", checkDeauthenticate},
		{"not in memory", checkMemory},
	} {
		t.Run(step.name, func(t *testing.T) {
			sim := newTestCard(t, simcard.FamilyB2, false, nil)
			d.reader.Insert(sim.Card)
			c.t = t
			c.take()
			sim.ClearLog()
			step.do(t, c, sim)
			c.leave()
			c.wellBehaved()
		})
	}
}

// sends checks how many commands with a PIN or PUK something sends, and the tries
// of the PIN afterwards.
func (c testCard) sends(t *testing.T, commands, tries int, do func()) {
	t.Helper()
	before := c.pinCommands()
	do()
	require.Equal(t, commands, c.pinCommands()-before, "commands with a PIN\n%s", c.LogText())
	left, _ := c.Tries()
	require.Equal(t, tries, left, "tries left")
}

func checkAuthenticate(t *testing.T, c *caller, sim testCard) {
	sim.sends(t, 1, 2, func() {
		require.Equal(t, 2, c.want(wrongPIN, "authenticate 0 1 0 %s", digits(notThePIN)).number("left"))
	})
	sim.sends(t, 1, 1, func() {
		require.Equal(t, 1, c.want(wrongPIN, "authenticate-pin 0 user %s", digits("88888888")).number("left"))
	})
	sim.sends(t, 1, 3, func() { c.ok("authenticate 0 1 0 %s", digits(userPIN)) })
	sim.sends(t, 1, 3, func() { c.ok("authenticate 0 1 0x40 %s", digits(userPIN)) })
	sim.sends(t, 1, 3, func() { c.ok("authenticate-bare 0 1 0 %s", digits(userPIN)) })
	sim.sends(t, 1, 3, func() { c.ok("authenticate-pin 0 USER %s", digits(userPIN)) })
}

func checkNotAPIN(t *testing.T, c *caller, sim testCard) {
	sim.sends(t, 0, 3, func() {
		for _, pin := range []string{"", "1", "1234", "123456789", "abcdefgh", "1234 678", "12345\x00", strings.Repeat("1", 300)} {
			a := c.want(wrongPIN, "authenticate 0 1 0 %s", digits(pin))
			require.Contains(t, []int{-1, -2}, a.number("left"), "unknown, or not written: %s", a.line)
		}
		for _, flags := range []uint32{0x10000000, 0x20000000} {
			c.want(unsupported, "authenticate 0 1 %d %s", flags, digits(userPIN))
		}
		c.want(invalidParameter, "authenticate 0 1 1 %s", digits(userPIN))
		for _, role := range []uint32{0, 3, 4, 7, 8, 255, 0xFFFFFFFF} {
			c.want(invalidParameter, "authenticate 0 %d 0 %s", role, digits(userPIN))
		}
		for _, user := range []string{"-", ".", "admin", "anonymous", "users", strings.Repeat("user", 100)} {
			c.want(invalidParameter, "authenticate-pin 0 %s %s", user, digits(userPIN))
		}
	})
}

func checkBlocked(t *testing.T, c *caller, sim testCard) {
	c.want(wrongPIN, "authenticate 0 1 0 %s", digits(notThePIN))
	c.want(wrongPIN, "authenticate 0 1 0 %s", digits("88888888"))
	sim.sends(t, 1, 0, func() {
		require.Equal(t, 0, c.want(pinBlocked, "authenticate 0 1 0 %s", digits("77777777")).number("left"), "at once, not at the next")
	})
	require.Equal(t, 0, c.want(pinBlocked, "authenticate 0 1 0 %s", digits(userPIN)).number("left"))
	require.Equal(t, 0, c.want(pinBlocked, "change 0 2 1 %s 1 %s 0", digits(userPIN), digits(otherPIN)).number("left"))
}

func checkChange(t *testing.T, c *caller, sim testCard) {
	sim.sends(t, 1, 3, func() { c.ok("change 0 2 1 %s 1 %s 0", digits(userPIN), digits(otherPIN)) })
	sim.sends(t, 1, 2, func() { require.Equal(t, 2, c.want(wrongPIN, "authenticate 0 1 0 %s", digits(userPIN)).number("left")) })
	c.ok("authenticate 0 1 0 %s", digits(otherPIN))
	sim.sends(t, 1, 2, func() {
		require.Equal(t, 2, c.want(wrongPIN, "change 0 2 1 %s 1 %s 0", digits(notThePIN), digits(userPIN)).number("left"))
	})
	c.ok("change-pin 0 user %s %s 0 2", digits(otherPIN), digits(userPIN))
	c.ok("change 0 0x42 1 %s 1 %s 0", digits(userPIN), digits(otherPIN))
	c.ok("authenticate 0 1 0 %s", digits(otherPIN))
}

func checkRefusedChanges(t *testing.T, c *caller, sim testCard) {
	pin, puk, next := digits(userPIN), digits(userPUK), digits(otherPIN)
	sim.sends(t, 0, 3, func() {
		for _, wrong := range []string{
			"2 1 " + pin + " 1 " + next + " 1", "0 1 " + pin + " 1 " + next + " 0", "3 2 " + puk + " 1 " + next + " 0", // retry count, flags
			"4 1 " + pin + " 1 " + next + " 0", "2 2 " + puk + " 1 " + next + " 0", "1 1 " + pin + " 1 " + next + " 0", // roles
			"2 3 " + pin + " 3 " + next + " 0", "1 2 " + puk + " 3 " + next + " 0", "1 2 " + puk + " 2 " + next + " 0",
			"2 0 " + pin + " 0 " + next + " 0", "2 255 " + pin + " 255 " + next + " 0",
		} {
			c.want(invalidParameter, "change 0 %s", wrong)
		}
		for _, bad := range []string{"1234", "123456789", "abcdef", ""} { // before the present PIN is spent on it
			c.want(invalidPIN, "change 0 2 1 %s 1 %s 0", pin, digits(bad))
			c.want(invalidPIN, "change 0 1 2 %s 1 %s 0", puk, digits(bad))
		}
		c.want(wrongPIN, "change 0 2 1 %s 1 %s 0", digits("123"), next)
		for _, user := range []string{"admin", "nobody", "."} {
			c.want(invalidParameter, "change-pin 0 %s %s %s 0 2", user, pin, next)
			c.want(invalidParameter, "unblock-pin 0 %s %s %s 0 2", user, puk, next)
		}
		c.want(unsupported, "unblock-pin 0 user %s %s 0 1", strings.Repeat("00", 8), next) // challenge and response
		c.want(invalidParameter, "unblock-pin 0 user %s %s 1 2", puk, next)
		c.want(invalidParameter, "change-pin 0 user %s %s 1 2", pin, next)
	})
}

func checkUnblock(t *testing.T, c *caller, sim testCard) {
	for _, pin := range []string{"77777777", "88888888", notThePIN} {
		c.ask("authenticate 0 1 0 %s", digits(pin))
	}
	_, before := sim.Tries()
	a := c.want(wrongPIN, "change 0 1 2 %s 1 %s 0", digits("00000000"), digits(otherPIN))
	_, after := sim.Tries()
	require.Equal(t, before-1, after, "a wrong PUK costs one try of the PUK")
	require.Equal(t, after, a.number("left"))
	sim.sends(t, 1, 3, func() { c.ok("change 0 1 2 %s 1 %s 0", digits(userPUK), digits(otherPIN)) })
	c.ok("authenticate 0 1 0 %s", digits(otherPIN))
	sim.sends(t, 1, 3, func() { c.ok("unblock-pin 0 user %s %s 0 2", digits(userPUK), digits(userPIN)) })
	c.ok("authenticate 0 1 0 %s", digits(userPIN))
}

func checkDeauthenticate(t *testing.T, c *caller, sim testCard) {
	c.ok("deauthenticate 0 2 0")
	require.Empty(t, sim.Log())
	require.Equal(t, uint32(success), c.login(userPIN).code)
	sim.ClearLog()
	c.want(unsupported, "deauthenticate 0 2 0") // the caller resets the card
	require.Empty(t, sim.Log())
	c.want(invalidParameter, "deauthenticate 0 2 1")
}

// scanned is the complement of bytes that the host looks for in its memory.
func scanned(b []byte) string {
	flipped := make([]byte, len(b))
	for i := range b {
		flipped[i] = ^b[i]
	}
	return hex.EncodeToString(flipped)
}

// checkMemory looks for PINs in the memory of the program: the host overwrites
// its own copy.
func checkMemory(t *testing.T, c *caller, _ testCard) {
	const wrong, next = "40719263", "71926305"
	c.want(wrongPIN, "authenticate 0 1 0 %s", digits(wrong))
	c.ok("change 0 2 1 %s 1 %s 0", digits(userPIN), digits(next))
	c.ok("authenticate 0 1 0 %s", digits(next))
	known := c.ok("find %s", scanned(wide("tscns test card")))
	require.Positive(t, known.number("found"), "what is there is found: %s", known.line)
	for _, pin := range []string{wrong, next} { // the digits of userPIN are those of tables
		require.Zero(t, c.ok("find %s", scanned([]byte(pin))).number("found"), pin)
	}
}
