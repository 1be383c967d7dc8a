// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"time"

	"github.com/spf13/cobra"

	"tscns/cardos"
	"tscns/cardos/profile"
)

// status is what tscns status knows; its JSON form is the --json output.
// docs/tscns-status.schema.json describes it.
type status struct {
	Version string         `json:"version"` // of this command
	Service bool           `json:"service"` // the smart card service answers
	Readers []readerStatus `json:"readers"`
}

type readerStatus struct {
	Name  string      `json:"name"`
	State string      `json:"state"` // empty, mute, in-use, foreign, error, card
	Error string      `json:"error,omitempty"`
	Card  *cardStatus `json:"card,omitempty"`
}

type cardStatus struct {
	Profile      string       `json:"profile"`
	Family       string       `json:"family"`
	Contactless  bool         `json:"contactless"`
	Grade        string       `json:"grade"`
	Number       string       `json:"number,omitempty"`
	Holder       string       `json:"holder,omitempty"`
	Certificates []certStatus `json:"certificates"`
	PINTries     *int         `json:"pinTries"` // null: not known
	PUKTries     *int         `json:"pukTries"`
	PINPad       bool         `json:"pinPad"` // the reader asks for the PIN itself
	// Active: a certificate is there and valid, and nothing that the card
	// tells speaks against its PIN. Obstacles says why not.
	Active    bool     `json:"active"`
	Obstacles []string `json:"obstacles"`

	grade cardos.Grade
}

type certStatus struct {
	Purpose   string    `json:"purpose"` // authentication, signature
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	DaysLeft  int       `json:"daysLeft"` // negative once it expired
	CNSPolicy bool      `json:"cnsPolicy"`
	KeyBits   int       `json:"keyBits"`
}

// collect asks every reader, without a PIN. Names and numbers are masked
// unless show is set.
func collect(open func() (cardos.Transport, error), cards cardos.Options, show bool) *status {
	st := &status{Version: version, Readers: []readerStatus{}}
	transport, err := open()
	if err != nil {
		return st
	}
	defer transport.Close()
	readers, err := transport.Readers()
	if err != nil {
		return st
	}
	st.Service = true
	for _, r := range readers {
		rs := readerStatus{Name: r.Name}
		switch {
		case !r.Present:
			rs.State = "empty"
		case r.Mute:
			rs.State = "mute"
		default:
			rs.readCard(transport, cards, show)
		}
		st.Readers = append(st.Readers, rs)
	}
	return st
}

func (rs *readerStatus) readCard(transport cardos.Transport, cards cardos.Options, show bool) {
	card, err := profile.Open(transport, rs.Name, cards)
	if err != nil {
		rs.State, rs.Error = stateOf(err)
		return
	}
	defer card.Close()
	identities, err := card.Identities()
	if err != nil {
		rs.State, rs.Error = stateOf(err)
		return
	}
	rs.State = "card"
	info := card.Info()
	cs := &cardStatus{
		Profile: info.Profile, Family: info.Family, Contactless: info.Contactless,
		Grade: english.text(gradeText(info.Grade)), grade: info.Grade,
		Number:       mask(info.Serial, show),
		Holder:       holderName(card, show),
		Certificates: []certStatus{},
		PINPad:       card.PINPad().Verify,
	}
	for i, id := range identities {
		for _, k := range id.Keys {
			cs.Certificates = append(cs.Certificates, describe(k, id.Purpose, show))
		}
		if id.Purpose == cardos.Authentication {
			cs.PINTries, cs.PUKTries = triesLeft(card, i)
		}
	}
	cs.judge(time.Now())
	rs.Card = cs
}

// judge says whether the TS-CNS is active, as far as the card tells without a
// PIN: certificate there, within its dates, PIN not blocked.
func (c *cardStatus) judge(now time.Time) {
	c.Obstacles = []string{}
	dates := []string{obstacleNone} // of one certificate, if none is valid
	for _, cert := range c.Certificates {
		if cert.Purpose != purposeAuthentication {
			continue
		}
		switch {
		case now.Before(cert.NotBefore):
			dates = []string{obstacleNotYet}
		case now.After(cert.NotAfter):
			dates = []string{obstacleExpired}
		default:
			dates = nil
		}
		if dates == nil {
			break
		}
	}
	c.Obstacles = append(c.Obstacles, dates...)
	if c.PINTries != nil && *c.PINTries == 0 {
		c.Obstacles = append(c.Obstacles, obstacleBlocked)
	}
	c.Active = len(c.Obstacles) == 0
}

// What keeps a TS-CNS from being active, as --json names it.
const (
	obstacleNone    = "no-certificate"
	obstacleNotYet  = "not-yet-valid"
	obstacleExpired = "expired"
	obstacleBlocked = "pin-blocked"

	purposeAuthentication = "authentication"
	purposeSignature      = "signature"
)

// triesLeft asks the card only where that is proven to cost no try.
func triesLeft(card *cardos.Card, identity int) (pin, puk *int) {
	p, u, err := card.QueryTries(identity)
	if err != nil {
		return nil, nil
	}
	return known(p), known(u)
}

func known(t cardos.Tries) *int {
	if !t.Known {
		return nil
	}
	return &t.Left
}

func stateOf(err error) (state, detail string) {
	switch {
	case errors.Is(err, cardos.ErrNoCard), errors.Is(err, cardos.ErrCardRemoved):
		return "empty", ""
	case errors.Is(err, cardos.ErrCardMute):
		return "mute", ""
	case errors.Is(err, cardos.ErrInUse):
		return "in-use", ""
	case errors.Is(err, cardos.ErrNotRecognized):
		return "foreign", ""
	}
	return "error", err.Error()
}

// holderName reads surname and name from the card's public holder data.
func holderName(card *cardos.Card, show bool) string {
	for _, f := range card.DataFiles() {
		if !f.Holder {
			continue
		}
		data, err := card.ReadDataFile(f)
		if err != nil {
			continue
		}
		if h, err := cardos.ParseHolder(data); err == nil && h.Surname+h.Name != "" {
			return mask(h.Surname, show) + " " + mask(h.Name, show)
		}
	}
	return ""
}

func describe(k cardos.Key, purpose cardos.Purpose, show bool) certStatus {
	name := purposeAuthentication
	if purpose == cardos.DigitalSignature {
		name = purposeSignature
	}
	c := k.Certificate
	return certStatus{
		Purpose:   name,
		Subject:   mask(commonName(c.Subject), show),
		Issuer:    commonName(c.Issuer),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		DaysLeft:  int(math.Floor(time.Until(c.NotAfter).Hours() / 24)),
		CNSPolicy: c.IsCNS(),
		KeyBits:   k.Bits,
	}
}

// good: a card with a certificate that is valid now is in a reader.
func (st *status) good() bool {
	now := time.Now()
	for _, r := range st.Readers {
		if r.Card == nil {
			continue
		}
		for _, c := range r.Card.Certificates {
			if now.After(c.NotBefore) && now.Before(c.NotAfter) {
				return true
			}
		}
	}
	return false
}

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (a *app) statusCommand() *cobra.Command {
	c := a.command("status", statusTexts)
	asJSON, show := a.jsonFlag(c), a.showFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		done := a.progress(text{"Reading the card ...", "Lettura della tessera ..."})
		st := collect(a.open, anew(a.cards), *show)
		done()
		if !st.good() {
			a.code = exitNotGood
		}
		if *asJSON {
			return writeJSON(a.out, st)
		}
		st.writeText(a)
		return nil
	}
	return c
}

var statusTexts = helpTexts{
	use:   text{"[--show] [--json]", "[--show] [--json]"},
	short: text{"What the reader and the card say, without a PIN", "Che cosa dicono il lettore e la tessera, senza PIN"},
	long: text{`Shows the readers, the card and how well its kind is known, the holder, the certificate with the days left, whether
the TS-CNS is active, and the tries that PIN and PUK have left where asking is proven to cost none. Sends no PIN.
The fields of --json are described by docs/tscns-status.schema.json.`,
		`Mostra i lettori, la tessera e quanto è noto il suo tipo, il titolare, il certificato con i giorni che restano, se la
TS-CNS è attiva, e le prove rimaste a PIN e PUK dove è provato che chiederle non ne costa. Non invia il PIN.
I campi di --json sono descritti da docs/tscns-status.schema.json.`},
}
