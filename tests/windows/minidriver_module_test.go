// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"crypto"
	"crypto/rsa"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

const (
	ckrUserNotLoggedIn = 0x101
)

// moduleSigns has the PKCS #11 module sign, with a login before it where it asks for one, as a browser does.
func (c *caller) moduleSigns(public *rsa.PublicKey) {
	c.t.Helper()
	text := hex.EncodeToString([]byte("messaggio"))
	a := c.ask("module-sign %s", text)
	if a.code != success {
		require.Equal(c.t, uint32(ckrUserNotLoggedIn), a.code, "what a program may ask for the PIN at: %s", a.line)
		require.Equal(c.t, 1, c.ok("module-login %s", digits(userPIN)).number("keys"))
		a = c.ok("module-sign %s", text)
	}
	require.NoError(c.t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digestOf(crypto.SHA256), a.bytes("signature")))
}

// TestMinidriverBesideModule: a program has both loaded, as Firefox with the module and Windows' certificates. Each resets the
// card, which ends the other's login; each goes on.
func TestMinidriverBesideModule(t *testing.T) {
	d := newCSP(t)
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(sim.Card)
	c := d.start(t)
	c.ok("module-load tscns-pkcs11.dll")
	require.Equal(t, 1, c.ok("module-open").number("certificates"))
	c.ok("module-login %s", digits(userPIN))
	c.take()
	c.ok("end 0 0")
	for range 3 {
		c.moduleSigns(sim.public())
		c.ask("reconnect 0 0")
		c.ok("begin 0")
		require.Equal(t, uint32(success), c.login(userPIN).code)
		c.signsPKCS1(sim.public())
		c.ok("end 0 1")
	}
	c.ok("module-logout")
	c.ok("reconnect 0 0")
	c.ok("begin 0")
	require.Equal(t, uint32(success), c.login(userPIN).code)
	c.signsPKCS1(sim.public())
	c.leave()
	c.ok("module-finalize")
	require.Equal(t, "1", c.ok("unload %s", minidriverDLL).text("resident"))
	c.ok("load %s", minidriverDLL)
	c.take()
	c.leave()
	left, _ := sim.Tries()
	require.Equal(t, 3, left)
	c.wellBehaved()
}
