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
	"tscns/cardos/profile"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/words"
)

// State is how a check came out.
type State int

// The states of a finding.
const (
	OK      State = iota
	Note          // nothing wrong, or nothing that could be checked
	Warning       // works, but not as well as it could
	Failure
)

// Finding is one line: what was found and, where it is not well, the cure.
type Finding struct {
	Check string // name of the row
	State State
	Text  words.Text
	Cure  words.Text
}

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
	Open   func() (cardos.Transport, error)
	// Load loads the module as a browser would, within a bounded time.
	Load     func(path string) (Library, error)
	Programs *register.World
	// Login asks the person for the PIN of the card in a reader and logs in to a
	// server of our own; nil where that is not wanted.
	Login func(reader string) ([]Handshake, error)
	URL   string         // a site to try, "" for none
	Roots *x509.CertPool // trusted for the site, nil for the system's
	Now   time.Time
}

// check is a row. Its findings take the name of the row.
type check struct {
	name string
	says words.Text // what is being checked, for people who wait
	run  func(*exam) []Finding
}

// checks are all the rows, in the order in which one rests on the other.
var checks = []check{
	{"pcscd-installed", words.Text{"smart card service installed", "servizio smart card installato"}, (*exam).serviceInstalled},
	{"pcscd-running", words.Text{"smart card service running", "servizio smart card in esecuzione"}, (*exam).serviceRunning},
	{"pcscd-permitted", words.Text{"smart card service permitted", "servizio smart card permesso"}, (*exam).servicePermitted},
	{"kernel-nfc", words.Text{"kernel drivers that hold readers", "driver del kernel che occupano i lettori"}, (*exam).kernelNFC},
	{"reader", words.Text{"reader", "lettore"}, (*exam).reader},
	{"card", words.Text{"card", "tessera"}, (*exam).cardThere},
	{"side", words.Text{"side of the card", "lato della tessera"}, (*exam).side},
	{"certificate", words.Text{"certificate", "certificato"}, (*exam).certificate},
	{"pin", words.Text{"PIN state", "stato del PIN"}, (*exam).pin},
	{"library", words.Text{"library", "libreria"}, (*exam).library},
	{"browser", words.Text{"registration in browsers", "registrazione nei browser"}, (*exam).browsers},
	{"sandbox", words.Text{"browsers in a sandbox", "browser in una sandbox"}, (*exam).sandboxes},
	{"conflict", words.Text{"other modules for the card", "altri moduli per la tessera"}, (*exam).conflicts},
	{"login", words.Text{"login", "accesso"}, (*exam).login},
	{"site", words.Text{"site", "sito"}, (*exam).site},
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
}

// Run makes every check. watch is told what is being done.
func Run(w *World, watch func(words.Text)) (findings []Finding) {
	e := &exam{World: w, cardErrs: map[string]error{}}
	watch(words.Text{"service and card", "servizio e tessera"})
	e.open()
	defer e.close()
	for _, c := range checks {
		watch(c.says)
		for _, f := range c.run(e) {
			f.Check = c.name
			if f.Text == skipped {
				f.Text = words.Text{"%s: %s", "%s: %s"}.With(c.says, skipped)
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
		card, err := profile.Open(e.transport, r.Name, cardos.Options{})
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

func ok(t words.Text) []Finding            { return []Finding{{State: OK, Text: t}} }
func note(t words.Text) []Finding          { return []Finding{{State: Note, Text: t}} }
func warning(t, cure words.Text) []Finding { return []Finding{{State: Warning, Text: t, Cure: cure}} }
func failure(t, cure words.Text) []Finding { return []Finding{{State: Failure, Text: t, Cure: cure}} }

// skipped stands where an earlier line says why nothing could be checked.
var skipped = words.Text{"not checked, see above", "non controllato, vedi sopra"}

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
