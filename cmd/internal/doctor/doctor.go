// SPDX-License-Identifier: Apache-2.0

// Package doctor finds out why a card does not work. Each check is a row of a
// table; each failure comes with one next step. No check sends a PIN, but for
// the login that a person asks for and types the PIN of.
package doctor

import (
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/revocation"
	"tscns/cmd/internal/windows"
)

// Library is what loading the module told.
type Library struct {
	Description  string
	Version      string
	Slots        int
	Tokens       int // slots with a card that the module knows
	Certificates int
	Time         time.Duration
}

// World is the computer to examine.
type World struct {
	Root   string // paths of the system are looked up below it
	Getenv func(string) string
	Open   cards.Connect
	// PINRecords are those of the library that is loaded.
	PINRecords cardos.PINRecords
	// Load loads the module as a browser would, within a bounded time.
	Load     func(path string) (Library, error)
	Programs *register.World
	// Windows is this computer where it has Windows, nil elsewhere.
	Windows windows.System
	// LoadMinidriver loads a smart card minidriver as Windows would, within a
	// bounded time. Only where there is Windows.
	LoadMinidriver func(path string) error
	// Login asks the person for the PIN of the card in a reader and logs in to a
	// server of our own; nil where that is not wanted.
	Login func(reader string) ([]Handshake, error)
	// Revocation asks over the network whether a DER certificate is revoked; nil
	// where that is not wanted.
	Revocation func(der []byte) revocation.Answer
	URL        string         // a site to try, "" for none
	Roots      *x509.CertPool // trusted for the site, nil for the system's
	Now        time.Time
}

// check is a row. Its findings take the name of the row.
type check struct {
	name  string
	title message.Message // what is being checked, for people who wait
	run   func(*exam) []finding.Finding
	// applies reports whether there is something to check on this system; nil is
	// everywhere.
	applies func(*exam) bool
}

// checks are all the rows, in the order in which one rests on the other.
var checks = []check{
	{"pcscd-installed", message.CheckServiceInstalled, (*exam).serviceInstalled, nil},
	{"pcscd-running", message.CheckServiceRunning, (*exam).serviceRunning, nil},
	{"pcscd-permitted", message.CheckServicePermitted, (*exam).servicePermitted, nil},
	{"remote-desktop", message.CheckRemoteDesktop, (*exam).remoteDesktop, windowsOnly},
	{"kernel-nfc", message.CheckKernelNFC, (*exam).kernelNFC, elsewhere},
	{"reader", message.CheckReader, (*exam).reader, nil},
	{"card", message.CheckCard, (*exam).cardThere, nil},
	{"side", message.CheckSide, (*exam).side, nil},
	{"certificate", message.CheckCertificate, (*exam).certificate, nil},
	{"revocation", message.CheckRevocation, (*exam).revocation, nil},
	{"pin", message.CheckPIN, (*exam).pin, nil},
	{"minidriver", message.CheckMinidriver, (*exam).minidriver, windowsOnly},
	{"card-driver", message.CheckCardDriver, (*exam).cardDriver, windowsOnly},
	{"propagation", message.CheckPropagation, (*exam).propagation, windowsOnly},
	{"store", message.CheckStore, (*exam).store, windowsOnly},
	{"library", message.CheckLibrary, (*exam).library, nil},
	{"firefox", message.CheckFirefox, (*exam).firefox, windowsOnly},
	{"browser", message.CheckBrowser, (*exam).browsers, elsewhere},
	{"sandbox", message.CheckSandbox, (*exam).sandboxes, elsewhere},
	{"conflict", message.CheckConflict, (*exam).conflicts, elsewhere},
	{"login", message.CheckLogin, (*exam).login, nil},
	{"site", message.CheckSite, (*exam).site, nil},
}

// Names lists the checks in their order.
func Names() (names []string) {
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}

// exam is one examination, with what the rows share.
type exam struct {
	*World
	transport  cardos.Transport
	serviceErr error
	readers    []cardos.ReaderState
	card       *cardos.Card // the first that is known, nil without
	cardReader string
	identities []cardos.Identity
	cardErrs   map[string]error // by reader with a card
	loaded     *Library
	nfcHeld    bool // a driver of the kernel may hold the only reader
}

// Run makes every check. watch is told what is being done.
func Run(w *World, watch func(message.Message)) (findings []finding.Finding) {
	e := &exam{World: w, cardErrs: map[string]error{}}
	watch(message.CheckServiceAndCard)
	e.open()
	defer e.close()
	for _, c := range checks {
		if c.applies != nil && !c.applies(e) {
			continue
		}
		watch(c.title)
		for _, f := range c.run(e) {
			f.Check = c.name
			if f.Text.Is(message.NotChecked) { // an earlier line says why
				f.Text = message.CheckNotDone.With(c.title)
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// open asks the service and reads the first card that is known.
func (e *exam) open() {
	if e.transport, e.serviceErr = e.Open(); e.serviceErr != nil {
		return
	}
	if e.readers, e.serviceErr = e.transport.Readers(); e.serviceErr != nil {
		return
	}
	for _, r := range e.readers {
		if !r.Present {
			continue
		}
		if r.Mute {
			e.cardErrs[r.Name] = cardos.ErrCardMute
			continue
		}
		card, err := cards.Open(e.transport, r.Name, cardos.Options{PINRecords: e.PINRecords})
		if err != nil {
			e.cardErrs[r.Name] = err
			continue
		}
		identities, err := card.Identities()
		if err != nil || e.card != nil {
			card.Close()
			if err != nil {
				e.cardErrs[r.Name] = err
			}
			continue
		}
		e.card, e.cardReader, e.identities = card, r.Name, identities
	}
}

func (e *exam) close() {
	if e.card != nil {
		e.card.Close()
	}
	if e.transport != nil {
		e.transport.Close()
	}
}

// noService says that nothing was learnt of readers and cards.
func (e *exam) noService() bool { return e.serviceErr != nil }

// Anonymise takes out of a text what could tell who somebody is: the home
// directory and with it the name, and the serial numbers in reader names.
func Anonymise(text, home string) string {
	if len(home) > 1 {
		text = strings.ReplaceAll(text, home, "~")
	}
	return readerSerial.ReplaceAllString(text, "(…)")
}

func isAny(err error, list ...error) bool {
	for _, e := range list {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
