// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/windows"
	"tscns/cmd/internal/windows/windowstest"
	"tscns/packaging/windows/calais"
	"tscns/simcard"
	"tscns/tests/cardtest"
)

// onWindows is a computer with Windows on which all is well for the card that
// is inserted: the driver registered, the services there, the certificate in the
// person's store.
func onWindows(t *testing.T, x *fixture) *windowstest.Computer {
	t.Helper()
	x.write("minidriver/"+calais.DLL, "") // what stands in it, only Windows looks at
	block, _ := pem.Decode([]byte(x.ok("cert", "export")))
	require.NotNil(t, block)
	c := &windowstest.Computer{
		Admin: true,
		Services: map[string]windows.Service{
			windows.SmartCardService:       {Installed: true, Running: true},
			windows.CertificatePropagation: {Installed: true, Running: true},
		},
		Store: []windows.Certificate{{DER: []byte("another")}, {DER: block.Bytes, Provider: calais.CSP, Container: "{1}"}},
	}
	for _, card := range calais.Cards() {
		c.Enter(ourDriver(x, card))
	}
	x.app = func(a *app) { a.windows, a.loadMinidriver = c, func(string) error { return nil } }
	return c
}

func ourDriver(x *fixture, card calais.Card) windows.Driver {
	return windows.Driver{Name: card.Name, Library: filepath.Join(x.dir, "minidriver", calais.DLL), CSP: calais.CSP, KSP: calais.KSP,
		InstalledBy: calais.InstalledBy, ATR: card.ATR, Mask: card.Mask}
}

// windowsCase is one thing that may be found on Windows.
type windowsCase struct {
	name  string
	spoil func(*fixture, *windowstest.Computer)
	found foundLine // Check, Code and State
}

// cardOfTests is the entry of the registry for the card of the tests.
var cardOfTests, _ = calais.Match(simcard.ATR(simcard.FamilyB2))

// maker is the driver of another maker that comes before ours.
var maker = windows.Driver{Name: "A Maker", Library: `C:\maker\maker.dll`, ATR: cardOfTests.ATR, Mask: cardOfTests.Mask}

// windowsCases begin with a computer on which all is well.
var windowsCases = []windowsCase{
	{"all well: driver", nil, foundLine{Check: "minidriver", Code: "minidriver-registered", State: "ok"}},
	{"all well: card", nil, foundLine{Check: "card-driver", Code: "card-driver-ours", State: "ok"}},
	{"all well: service", nil, foundLine{Check: "propagation", Code: "propagation-runs", State: "ok"}},
	{"all well: store", nil, foundLine{Check: "store", Code: "store-has-certificate", State: "ok"}},
	{"all well: Firefox", nil, foundLine{Check: "firefox", Code: "firefox-by-windows", State: "ok"}},
	{"a session from afar", func(_ *fixture, c *windowstest.Computer) { c.RemoteUse = true },
		foundLine{Check: "remote-desktop", Code: "remote-desktop", State: "note"}},
	{"nothing registered", func(_ *fixture, c *windowstest.Computer) { c.Registered = windowstest.Registry{} },
		foundLine{Check: "minidriver", Code: "minidriver-not-registered", State: "failure"}},
	{"no file", func(x *fixture, _ *windowstest.Computer) {
		require.NoError(x.t, os.Remove(filepath.Join(x.dir, "minidriver", calais.DLL)))
	}, foundLine{Check: "minidriver", Code: "minidriver-unusable", State: "failure"}},
	{"no library", func(x *fixture, _ *windowstest.Computer) { x.write("minidriver/"+calais.DLL, "MZ") },
		foundLine{Check: "minidriver", Code: "minidriver-unusable", State: "failure"}},
	{"does not load", func(x *fixture, _ *windowstest.Computer) {
		x.spoil(func(a *app) {
			a.loadMinidriver = func(string) error {
				return &doctor.LoadError{Reason: message.MinidriverNoEntryPoint, Err: errors.New("no")}
			}
		})
	}, foundLine{Check: "minidriver", Code: "minidriver-does-not-load", State: "failure"}},
	{"without key storage provider", func(x *fixture, c *windowstest.Computer) {
		d := ourDriver(x, cardOfTests)
		d.KSP = "another"
		c.Enter(d)
	}, foundLine{Check: "minidriver", Code: "minidriver-incomplete", State: "failure"}},
	{"another driver first", func(_ *fixture, c *windowstest.Computer) { c.Enter(maker) },
		foundLine{Check: "card-driver", Code: "card-driver-other", State: "warning"}},
	{"another driver first, no card", func(x *fixture, c *windowstest.Computer) {
		c.Enter(maker)
		x.service.Remove(cardtest.ReaderName)
	}, foundLine{Check: "card-driver", Code: "card-driver-other-first", State: "warning"}},
	{"another driver behind", func(_ *fixture, c *windowstest.Computer) {
		d := maker
		d.Name = "Z Maker"
		c.Enter(d)
	}, foundLine{Check: "card-driver", Code: "card-driver-ours", State: "ok"}},
	{"no entry for the card", func(x *fixture, c *windowstest.Computer) {
		c.Registered = windowstest.Registry{}
		for _, other := range calais.Cards() {
			if other.Name != cardOfTests.Name {
				c.Enter(ourDriver(x, other))
			}
		}
	}, foundLine{Check: "card-driver", Code: "card-driver-none", State: "failure"}},
	{"propagation stopped", propagates(windows.Service{Installed: true}),
		foundLine{Check: "propagation", Code: "propagation-stopped", State: "failure"}},
	{"propagation disabled", propagates(windows.Service{Installed: true, Disabled: true}),
		foundLine{Check: "propagation", Code: "propagation-disabled", State: "failure"}},
	{"no propagation", propagates(windows.Service{}),
		foundLine{Check: "propagation", Code: "propagation-missing", State: "failure"}},
	{"not in the store", func(_ *fixture, c *windowstest.Computer) { c.Store = c.Store[:1] },
		foundLine{Check: "store", Code: "store-lacks-certificate", State: "failure"}},
	{"in the store without key", func(_ *fixture, c *windowstest.Computer) { c.Store[1].Container = "" },
		foundLine{Check: "store", Code: "store-without-key", State: "failure"}},
	{"in the store of another", func(_ *fixture, c *windowstest.Computer) { c.Store[1].Provider = "Maker CSP" },
		foundLine{Check: "store", Code: "store-other-provider", State: "warning"}},
	{"Firefox twice", func(x *fixture, c *windowstest.Computer) {
		c.Registered.Put(register.FirefoxPolicy, "Tessera", windows.Value{Text: x.dir + "/tscns-pkcs11.dll"})
		x.write("tscns-pkcs11.dll", "")
	}, foundLine{Check: "firefox", Code: "firefox-twice", State: "warning"}},
	{"policy without file", func(_ *fixture, c *windowstest.Computer) {
		c.Registered.Put(register.FirefoxPolicy, register.ModuleName, windows.Value{Text: "/nowhere/x.dll"})
	}, foundLine{Check: "firefox", Code: "firefox-policy-missing", State: "failure"}},
	{"reader without driver", func(x *fixture, c *windowstest.Computer) {
		c.Undriven, x.serviceErr = []string{"Smart Card Reader"}, cardos.ErrNoService
	}, foundLine{Check: "pcscd-running", Code: "reader-without-driver", State: "failure"}},
	{"service disabled", func(x *fixture, c *windowstest.Computer) {
		c.Services[windows.SmartCardService] = windows.Service{Installed: true, Disabled: true}
		x.serviceErr = cardos.ErrNoService
	}, foundLine{Check: "pcscd-running", Code: "service-disabled-windows", State: "failure"}},
}

// What doctor finds on Windows, where nothing or one thing is wrong.
func TestDoctorOnWindows(t *testing.T) {
	for _, c := range windowsCases {
		t.Run(c.name, func(t *testing.T) {
			x := newFixture(t, t.TempDir(), simcard.FamilyB2)
			computer := onWindows(t, x)
			if c.found.Code == "minidriver-registered" || c.found.Code == "minidriver-incomplete" || c.found.Code == "minidriver-does-not-load" {
				x.write("minidriver/"+calais.DLL, string(libraryOfWindows()))
			}
			if c.spoil != nil {
				c.spoil(x, computer)
			}
			_, out, _ := x.run("doctor", "--json")
			var got []foundLine
			for _, f := range findings(t, out) {
				if f.Check == c.found.Check {
					assert.Equal(t, c.found.State == "ok" || c.found.State == "note", f.Cure == "", "%v", f)
					got = append(got, foundLine{Check: f.Check, Code: f.Code, State: f.State})
				}
				assert.NotContains(t, []string{"browser", "sandbox", "conflict", "kernel-nfc"}, f.Check)
			}
			require.Equal(t, []foundLine{c.found}, got, out)
		})
	}
}

func propagates(s windows.Service) func(*fixture, *windowstest.Computer) {
	return func(_ *fixture, c *windowstest.Computer) { c.Services[windows.CertificatePropagation] = s }
}

// spoil changes the runs further.
func (x *fixture) spoil(change func(*app)) {
	before := x.app
	x.app = func(a *app) { before(a); change(a) }
}

// libraryOfWindows is the head of a 64-bit library without sections (PE format).
func libraryOfWindows() []byte {
	b := make([]byte, 0x40+4+20+240)
	copy(b, "MZ")
	b[0x3C] = 0x40
	copy(b[0x40:], "PE\x00\x00\x64\x86")
	b[0x40+4+16] = 240                      // SizeOfOptionalHeader
	b[0x40+4+20], b[0x40+4+21] = 0x0B, 0x02 // PE32+
	b[0x40+4+20+108] = 16                   // NumberOfRvaAndSizes
	return b
}

// register on Windows says what it would write, asks, and wants the rights of an
// administrator.
func TestRegisterOnWindows(t *testing.T) {
	x := newFixture(t, t.TempDir(), simcard.FamilyB2)
	c := &windowstest.Computer{}
	c.Registered.Put(`SOFTWARE\Microsoft`, "", windows.Value{})
	x.app = func(a *app) { a.windows = c }
	module := filepath.Join(x.dir, "tscns-pkcs11.dll")
	x.write("tscns-pkcs11.dll", "")
	x.write(calais.DLL, "")
	before := c.Registered.Content()
	entry := `HKLM\` + calais.Key + `\` + calais.Cards()[0].Name

	code, out, errs := x.run("register", "--module", module)
	require.Equal(t, exit.NotGood, code)
	require.Contains(t, out, entry+": would be written")
	require.Contains(t, errs, "rights of an administrator")
	require.Contains(t, errs, "Terminal (Admin)")
	require.Equal(t, before, c.Registered.Content())

	c.Admin = true
	require.Contains(t, x.ok("register", "--module", module), "Nothing was changed.")
	require.Contains(t, x.ok("register", "--module", module, "--json"), `"planned"`)
	require.Equal(t, before, c.Registered.Content())
	x.lines = "y\n"
	require.Contains(t, x.ok("register", "--module", module), entry+": written")
	require.Contains(t, x.ok("register", "--module", module), entry+": registered already")
	require.Contains(t, x.ok("register", "--module", module, "--yes", "firefox"), "policy written")
	x.lines = "n\n"
	require.Contains(t, x.ok("unregister", "--module", module), "Nothing was changed.")
	require.Contains(t, x.ok("unregister", "--module", module, "--yes"), entry+": removed")
	require.Equal(t, before, c.Registered.Content())

	for _, wrong := range [][]string{{"register", "--once"}, {"register", "--root", "/x"}, {"register", "chrome"}} {
		code, _, _ := x.run(wrong...)
		require.Equal(t, exit.Usage, code, wrong)
	}
	require.Contains(t, x.ok("help", "register"), "minidriver|firefox|all")
}
