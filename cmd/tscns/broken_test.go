// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

// broken is a set-up with one thing wrong: how it is broken, and the line of
// tscns doctor that says so.
type broken struct {
	name     string
	breaks   func(t *testing.T, x *fixture)
	check    string
	state    string
	code     string
	args     []string
	typed    string // the PIN, for --login
	needRoot bool
}

// anotherCard returns a break by another card.
func anotherCard(f simcard.Family, names ...string) func(*testing.T, *fixture) {
	return func(t *testing.T, x *fixture) {
		var list []func(*simcard.Options)
		for _, name := range names {
			list = append(list, changeNamed(t, name))
		}
		x.insert(f, list...)
	}
}

// serviceFails returns a break of the connection to the service.
func serviceFails(err error) func(*testing.T, *fixture) {
	return func(_ *testing.T, x *fixture) { x.serviceErr = err }
}

// cardFails returns a break of every command of the card.
func cardFails(fault simreader.Fault) func(*testing.T, *fixture) {
	return func(_ *testing.T, x *fixture) {
		x.service.SetFault(cardtest.ReaderName, func(int, []byte) simreader.Fault { return fault })
	}
}

// connectFails returns a break of the connection to a card.
func connectFails(err error) func(*testing.T, *fixture) {
	return func(_ *testing.T, x *fixture) {
		x.wrap = func(t cardos.Transport) cardos.Transport { return failing{Transport: t, connect: err} }
	}
}

// loads returns a break of the library.
func loads(l doctor.Library, err error) func(*testing.T, *fixture) {
	return func(_ *testing.T, x *fixture) {
		x.app = func(a *app) { a.load = func(string) (doctor.Library, error) { return l, err } }
	}
}

func libraryFails(reason message.Message) func(*testing.T, *fixture) {
	return loads(doctor.Library{}, &doctor.LoadError{Reason: reason, Err: context.DeadlineExceeded})
}

// damaged returns a break of the file of the library.
func damaged(change func([]byte) []byte) func(*testing.T, *fixture) {
	return func(t *testing.T, x *fixture) {
		b, err := os.ReadFile(x.module())
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(x.module(), change(b), 0o700))
	}
}

// profileHas returns a break of the list of modules of Firefox.
func profileHas(modules func(x *fixture) string) func(*testing.T, *fixture) {
	return func(_ *testing.T, x *fixture) { x.profile(modules(x)) }
}

func ours(x *fixture) string { return "library=" + x.module() + "\nname=TS-CNS\n\n" }

const proxyModule = "library=p11-kit-proxy.so\nname=p11-kit\n\n"

// p11kit has p11-kit carry modules of these names.
func p11kit(x *fixture, names ...string) {
	for _, name := range names {
		x.write("root/usr/share/p11-kit/modules/"+name+".module", "module: "+name+".so\n")
	}
}

// failing is a transport with an error of its own.
type failing struct {
	cardos.Transport
	readers, connect error
}

func (f failing) Readers() ([]cardos.ReaderState, error) {
	if f.readers != nil {
		return nil, f.readers
	}
	return f.Transport.Readers()
}

func (f failing) Connect(reader string) (cardos.Conn, error) {
	if f.connect != nil {
		return nil, f.connect
	}
	return f.Transport.Connect(reader)
}

// brokenSetups are in the order of the checks.
var brokenSetups = []broken{
	{name: "service not installed", check: "pcscd-installed", state: "failure", code: "service-not-installed", breaks: func(t *testing.T, x *fixture) {
		x.service.StopService()
		require.NoError(t, os.RemoveAll(filepath.Join(x.dir, "root/usr/sbin")))
	}},
	{name: "service not running", check: "pcscd-running", state: "failure", code: "service-not-running", breaks: func(_ *testing.T, x *fixture) { x.service.StopService() }},
	{name: "service hangs", check: "pcscd-running", state: "failure", code: "service-hangs", breaks: serviceFails(cardos.ErrServiceHangs)},
	{name: "polkit refuses the service", check: "pcscd-permitted", state: "failure", code: "service-turns-away", breaks: serviceFails(cardos.ErrNotPermitted)},
	{name: "polkit refuses the card", check: "pcscd-permitted", state: "failure", code: "service-hides-cards", breaks: connectFails(cardos.ErrCardNotPermitted)},
	{name: "kernel holds the NFC reader", check: "kernel-nfc", state: "failure", code: "kernel-nfc", breaks: func(_ *testing.T, x *fixture) {
		x.service.RemoveReader(cardtest.ReaderName)
		x.write("root/proc/modules", "pn533_usb 20480 0 - Live 0x0\n")
	}},
	{name: "no reader", check: "reader", state: "failure", code: "no-reader", breaks: func(_ *testing.T, x *fixture) { x.service.RemoveReader(cardtest.ReaderName) }},
	{name: "reader without driver", check: "reader", state: "failure", code: "reader-without-driver", breaks: func(_ *testing.T, x *fixture) {
		x.service.RemoveReader(cardtest.ReaderName)
		x.write("root/sys/bus/usb/devices/1-2:1.0/bInterfaceClass", "0b\n")
		x.write("root/sys/bus/usb/devices/1-2/product", "Some Reader\n")
	}},
	{name: "reader unplugged while read", check: "card", state: "failure", code: "reader-gone", breaks: connectFails(cardos.ErrNoReader)},
	{name: "no card", check: "card", state: "failure", code: "no-card", breaks: func(_ *testing.T, x *fixture) { x.service.Remove(cardtest.ReaderName) }},
	{name: "card upside down", check: "card", state: "failure", code: "card-mute", breaks: func(_ *testing.T, x *fixture) { x.service.InsertMute(cardtest.ReaderName) }},
	{name: "card dies while read", check: "card", state: "failure", code: "card-mute", breaks: cardFails(simreader.Mute())},
	{name: "card held by another program", check: "card", state: "failure", code: "card-in-use", breaks: func(t *testing.T, x *fixture) {
		t.Cleanup(x.service.HoldExclusive(cardtest.ReaderName))
	}},
	{name: "card taken out while read", check: "card", state: "failure", code: "card-removed", breaks: cardFails(simreader.Removed())},
	{name: "no TS-CNS", check: "card", state: "failure", code: "card-foreign", breaks: anotherCard(simcard.FamilyForeign, "other-atr")},
	{name: "no TS-CNS, by NFC", check: "card", state: "failure", code: "card-foreign-nfc", breaks: anotherCard(simcard.FamilyForeign, "nfc-atr")},
	{name: "card of 2025", check: "card", state: "warning", code: "card-read", breaks: anotherCard(simcard.FamilyH)},
	{name: "card by NFC", check: "side", state: "warning", code: "side-nfc", breaks: anotherCard(simcard.FamilyB2NFC)},
	{name: "no certificate", check: "certificate", state: "failure", code: "no-certificate", breaks: anotherCard(simcard.FamilyB2, "no-certificate")},
	{name: "certificate not understood", check: "certificate", state: "failure", code: "certificate-not-understood", breaks: anotherCard(simcard.FamilyC, "form=noise")},
	{name: "certificate expired", check: "certificate", state: "failure", code: "certificate-expired-on", breaks: anotherCard(simcard.FamilyB2, "expired")},
	{name: "certificate not valid yet", check: "certificate", state: "failure", code: "certificate-not-yet-valid", breaks: anotherCard(simcard.FamilyB2, "not-yet")},
	{name: "certificate soon to expire", check: "certificate", state: "warning", code: "certificate-expires-on", breaks: anotherCard(simcard.FamilyB2, "ending")},
	{name: "certificate of an EC key", check: "certificate", state: "failure", code: "certificate-key-unsupported", breaks: anotherCard(simcard.FamilyC, "form=ec")},
	{name: "PIN blocked", check: "pin", state: "failure", code: "pin-blocked", breaks: anotherCard(simcard.FamilyT, "pin-used=3")},
	{name: "PIN and PUK blocked", check: "pin", state: "failure", code: "pin-blocked", breaks: anotherCard(simcard.FamilyT, "pin-used=3", "puk-used=8")},
	{name: "one try left", check: "pin", state: "warning", code: "pin-one-try", breaks: anotherCard(simcard.FamilyT, "pin-used=2")},
	{name: "library missing", check: "library", state: "failure", code: "library-unusable", breaks: func(t *testing.T, x *fixture) { require.NoError(t, os.Remove(x.module())) }},
	{name: "library a folder", check: "library", state: "failure", code: "library-unusable", breaks: func(t *testing.T, x *fixture) {
		require.NoError(t, os.Remove(x.module()))
		require.NoError(t, os.Mkdir(x.module(), 0o700))
	}},
	{name: "library of another processor", check: "library", state: "failure", code: "library-unusable", breaks: damaged(func(b []byte) []byte { b[18], b[19] = 0xF3, 0; return b })},
	{name: "library cut short", check: "library", state: "failure", code: "library-unusable", breaks: damaged(func(b []byte) []byte { return b[:9000] })},
	{name: "library no library", check: "library", state: "failure", code: "library-unusable", breaks: damaged(func([]byte) []byte { return []byte("#!/bin/sh\n") })},
	{name: "library needs another", check: "library", state: "failure", code: "library-does-not-load", breaks: libraryFails(message.LibraryNoModule)},
	{name: "library hangs", check: "library", state: "failure", code: "library-does-not-load", breaks: libraryFails(message.LibraryHangs)},
	{name: "library crashes", check: "library", state: "failure", code: "library-does-not-load", breaks: libraryFails(message.LibraryCrashes)},
	{name: "library reports an error", check: "library", state: "failure", code: "library-does-not-load", breaks: loads(doctor.Library{}, errors.New("CKR_GENERAL_ERROR"))},
	{name: "library too old for the card", check: "library", state: "failure", code: "library-loads", breaks: loads(doctor.Library{Version: "0.0", Slots: 1}, nil)},
	{name: "library slow", check: "library", state: "warning", code: "library-loads", breaks: loads(doctor.Library{Version: "9.9", Slots: 1, Tokens: 1, Certificates: 1, Time: 3 * time.Second}, nil)},
	{name: "browser not registered", check: "browser", state: "failure", code: "browser-does-not-know", breaks: profileHas(func(*fixture) string { return "" })},
	{name: "home of somebody else", check: "browser", state: "warning", code: "doctor-home-of-another", needRoot: true, breaks: func(t *testing.T, x *fixture) {
		const nobody = 65534
		require.NoError(t, os.Chown(x.env["HOME"], nobody, nobody))
	}},
	{name: "browser in a Flatpak", check: "sandbox", state: "warning", code: "sandbox-cannot-load", breaks: func(_ *testing.T, x *fixture) {
		x.write("home/.var/app/org.mozilla.firefox/.mozilla/firefox/profiles.ini", "")
	}},
	{name: "browser in a Snap", check: "sandbox", state: "warning", code: "sandbox-cannot-load", breaks: func(_ *testing.T, x *fixture) { x.write("home/snap/firefox/common/x", "") }},
	{name: "OpenSC in the browser", check: "conflict", state: "failure", code: "conflict-rival", breaks: profileHas(func(x *fixture) string {
		return ours(x) + "library=/usr/lib/opensc-pkcs11.so\nname=OpenSC\n\n"
	})},
	{name: "another maker's module in the browser", check: "conflict", state: "failure", code: "conflict-rival", breaks: profileHas(func(x *fixture) string {
		return ours(x) + "library=/usr/lib/libbit4xpki.so\nname=Bit4id\n\n"
	})},
	{name: "library twice in the browser", check: "conflict", state: "failure", code: "conflict-twice", breaks: func(_ *testing.T, x *fixture) {
		x.profile(ours(x) + proxyModule)
		p11kit(x, "tscns-pkcs11")
	}},
	{name: "OpenSC in p11-kit", check: "conflict", state: "warning", code: "conflict-p11-kit", breaks: func(_ *testing.T, x *fixture) { p11kit(x, "tscns-pkcs11", "opensc-pkcs11") }},
	{name: "wrong PIN", check: "login", state: "failure", code: "login-pin-refused", args: []string{"--login"}, typed: "00000", breaks: func(*testing.T, *fixture) {}},
	{name: "no https address", check: "site", state: "failure", code: "site-no-address", args: []string{"--url", "ftp://localhost"}, breaks: func(*testing.T, *fixture) {}},
}

// Of a set-up with one thing wrong doctor complains in one line, of the same
// code in every language, with one next step.
func TestDoctorOfBrokenSetups(t *testing.T) {
	require.GreaterOrEqual(t, len(brokenSetups), 35)
	for _, b := range brokenSetups {
		t.Run(b.name, func(t *testing.T) {
			if b.needRoot && os.Geteuid() != 0 {
				t.Skip("SKIPPED: only an administrator can give a home away")
			}
			var texts, cures [3]string
			for i, locale := range []string{"C", "it_IT.UTF-8", "de_IT.UTF-8"} {
				x := newFixture(t, t.TempDir(), simcard.FamilyB2)
				b.breaks(t, x)
				x.env["LC_ALL"] = locale
				if b.typed != "" {
					x.secrets = []string{b.typed}
				}
				_, out, _ := x.run(append([]string{"doctor", "--json"}, b.args...)...)
				complaints := slices.DeleteFunc(findings(t, out), func(f foundLine) bool { return f.State == "ok" || f.State == "note" })
				require.Len(t, complaints, 1, "%s", out)
				f := complaints[0]
				assert.Equal(t, []string{b.check, b.state, b.code}, []string{f.Check, f.State, f.Code}, f.Text)
				texts[i], cures[i] = f.Text, f.Cure
				assert.NotEmpty(t, f.Cure, "one next step")
			}
			for i := range texts {
				assert.NotEqual(t, texts[i], texts[(i+1)%len(texts)], "in each language")
			}
			t.Logf("%-40s %-16s %-8s %-30s %s → %s", b.name, b.check, b.state, b.code, texts[1], cures[1])
		})
	}
}
