// SPDX-License-Identifier: Apache-2.0

// Package cardinfo reports what readers and cards tell without a PIN: the state
// of each reader, the card in it, its holder and its certificates. Names and
// numbers are masked unless they are asked for. It never sends a PIN.
package cardinfo

import (
	"errors"
	"runtime"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/message"
)

// Status is what tscns status prints; its JSON form, described by
// docs/tscns-status.schema.json, is the --json output.
type Status struct {
	Version string   `json:"version"` // of this command
	Service bool     `json:"service"` // the smart card service answers
	Readers []Reader `json:"readers"`
}

// Reader is one reader. Card is nil unless the state is [StateCard].
type Reader struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Error string `json:"error,omitempty"` // of StateError
	Card  *Card  `json:"card,omitempty"`
}

// The states of a reader.
const (
	StateEmpty   = "empty"
	StateMute    = "mute"    // the card does not answer
	StateInUse   = "in-use"  // another program holds the card
	StateForeign = "foreign" // no card that this driver knows
	StateError   = "error"
	StateCard    = "card"
)

// Card is a card that this driver knows.
type Card struct {
	Profile      string        `json:"profile"`
	Family       string        `json:"family"`
	Contactless  bool          `json:"contactless"`
	Grade        string        `json:"grade"` // of the evidence for signing, in English
	Number       string        `json:"number,omitempty"`
	Holder       string        `json:"holder,omitempty"`
	Certificates []Certificate `json:"certificates"`
	// CertificateState is what the card holds where its certificate for
	// authentication belongs, CertificateKey the kind of its key, "" where no
	// certificate was read.
	CertificateState string `json:"certificateState"`
	CertificateKey   string `json:"certificateKey,omitempty"`
	PINTries         *int   `json:"pinTries"` // nil: not known
	PUKTries         *int   `json:"pukTries"`
	// PINTriesMax is the counter of a fresh PIN where the card reports it, else 0.
	PINTriesMax int  `json:"pinTriesMax,omitempty"`
	PINPad      bool `json:"pinPad"` // the reader asks for the PIN itself
	// Unproven is nil unless no PIN is sent any more.
	Unproven *Unproven `json:"unproven,omitempty"`
	// Active reports whether there is a valid certificate and nothing that the
	// card reports speaks against its PIN. Obstacles are the reasons why not.
	Active    bool     `json:"active"`
	Obstacles []string `json:"obstacles"`

	// Evidence is Grade as a number.
	Evidence cardos.Grade `json:"-"`
	// place is what CertificateState tells.
	place cardos.CertificatePlace
}

// certificateStates are the values of [Card.CertificateState].
var certificateStates = map[cardos.CertificateState]string{
	cardos.CertificatePresent:        "present",
	cardos.CertificateNone:           "none",
	cardos.CertificateNotUnderstood:  "not-understood",
	cardos.CertificateKeyUnsupported: "key-not-supported",
	cardos.CertificateNotFound:       "not-found",
}

// Missing is [cards.MissingCertificate] of the card.
func (c *Card) Missing() (why, next message.Message, ok bool) {
	return cards.MissingCertificate(c.place, c.Evidence)
}

// Unproven is what is known of PINs that were refused in a form that the card
// has never accepted: it may be the form that is wrong, and not the PIN.
type Unproven struct {
	Refused   int  `json:"refused"`   // PINs
	TriesLeft *int `json:"triesLeft"` // nil: the card did not say
}

// What keeps a TS-CNS from being active.
const (
	ObstacleNone          = "no-certificate"
	ObstacleNotUnderstood = "certificate-not-understood"
	ObstacleKey           = "key-not-supported"
	ObstacleNotFound      = "certificate-not-found"
	ObstacleNotYet        = "not-yet-valid"
	ObstacleExpired       = "expired"
	ObstacleBlocked       = "pin-blocked"
)

// obstacles are those of a certificate that is not there or cannot be used.
var obstacles = map[cardos.CertificateState]string{
	cardos.CertificateNone:           ObstacleNone,
	cardos.CertificateNotUnderstood:  ObstacleNotUnderstood,
	cardos.CertificateKeyUnsupported: ObstacleKey,
	cardos.CertificateNotFound:       ObstacleNotFound,
}

// Read asks every reader. version is that of the command; names and numbers are
// in full with show.
func Read(connect cards.Connect, o cardos.Options, version string, show bool) *Status {
	st := &Status{Version: version, Readers: []Reader{}}
	transport, err := connect()
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
		reader := Reader{Name: r.Name}
		switch {
		case !r.Present:
			reader.State = StateEmpty
		case r.Mute:
			reader.State = StateMute
		default:
			reader.read(transport, o, show)
		}
		st.Readers = append(st.Readers, reader)
	}
	return st
}

func (r *Reader) read(transport cardos.Transport, o cardos.Options, show bool) {
	card, err := cards.Open(transport, r.Name, o)
	if err != nil {
		r.State, r.Error = stateOf(err)
		return
	}
	defer card.Close()
	identities, err := card.Identities()
	if err != nil {
		r.State, r.Error = stateOf(err)
		return
	}
	place, err := card.CertificatePlace(cardos.Authentication)
	if err != nil {
		r.State, r.Error = stateOf(err)
		return
	}
	r.State = StateCard
	info := card.Info()
	c := &Card{
		Profile: info.Profile, Family: info.Family, Contactless: info.Contactless,
		Grade: Grade(info.Grade).In(message.English), Evidence: info.Grade,
		Number:       mask(info.Number.Text, show),
		Holder:       holderName(card, show),
		Certificates: []Certificate{},
		place:        place, CertificateState: certificateStates[place.State], CertificateKey: place.Key,
		PINPad: card.PINPad().Verify,
	}
	for i, id := range identities {
		for _, k := range id.Keys {
			c.Certificates = append(c.Certificates, describe(k, id.Purpose, show))
		}
		if id.Purpose == cardos.Authentication {
			c.readTries(card, i)
			if u := card.Unproven(i); u.Stopped {
				c.Unproven = &Unproven{u.Refused, Known(u.Tries)}
			}
		}
	}
	c.judge(time.Now())
	r.Card = c
}

// stateOf returns the state of a reader whose card could not be read, with the
// error of StateError.
func stateOf(err error) (state, detail string) {
	switch {
	case errors.Is(err, cardos.ErrNoCard), errors.Is(err, cardos.ErrCardRemoved):
		return StateEmpty, ""
	case errors.Is(err, cardos.ErrCardMute):
		return StateMute, ""
	case errors.Is(err, cardos.ErrInUse):
		return StateInUse, ""
	case errors.Is(err, cardos.ErrNotRecognized):
		return StateForeign, ""
	}
	return StateError, err.Error()
}

// judge decides whether the TS-CNS is active, as far as the card reports
// without a PIN: a certificate that can be used, within its dates, the PIN not
// blocked.
func (c *Card) judge(now time.Time) {
	c.Obstacles = []string{}
	if o := c.certificateObstacle(now); o != "" {
		c.Obstacles = append(c.Obstacles, o)
	}
	if c.PINTries != nil && *c.PINTries == 0 {
		c.Obstacles = append(c.Obstacles, ObstacleBlocked)
	}
	c.Active = len(c.Obstacles) == 0
}

// certificateObstacle returns what is wrong with the certificates for
// authentication: with one of them if none is good, "" if one is.
func (c *Card) certificateObstacle(now time.Time) string {
	wrong := obstacles[c.place.State]
	for _, cert := range c.Certificates {
		if cert.Purpose != PurposeAuthentication || cert.KeyBits == 0 {
			continue
		}
		switch {
		case now.Before(cert.NotBefore):
			wrong = ObstacleNotYet
		case now.After(cert.NotAfter):
			wrong = ObstacleExpired
		default:
			return ""
		}
	}
	return wrong
}

// Good reports whether a card with a certificate that is valid now and whose
// key can be used is in a reader.
func (st *Status) Good() bool {
	now := time.Now()
	for _, r := range st.Readers {
		if r.Card == nil {
			continue
		}
		for _, c := range r.Card.Certificates {
			if c.KeyBits > 0 && now.After(c.NotBefore) && now.Before(c.NotAfter) {
				return true
			}
		}
	}
	return false
}

// readTries asks the card only where that is proven to cost no try.
func (c *Card) readTries(card *cardos.Card, identity int) {
	pin, puk, err := card.QueryTries(identity)
	if err != nil {
		return
	}
	c.PINTries, c.PUKTries, c.PINTriesMax = Known(pin), Known(puk), pin.Max
}

// Known returns the number of tries left, nil where it is not known.
func Known(t cardos.Tries) *int {
	if !t.Known {
		return nil
	}
	return &t.Left
}

// Grade returns the message for a grade of evidence.
func Grade(g cardos.Grade) message.Message {
	switch g {
	case cardos.Proven:
		return message.GradeProven
	case cardos.DriverKnown:
		return message.GradeDriverKnown
	case cardos.Inferred:
		return message.GradeInferred
	}
	return message.GradeUnknown
}

// NoService says that no smart card service answers, and how to start it. Since
// version 8 Windows stops its service with the last reader, and starts it with
// the first.
func NoService() message.Message {
	if runtime.GOOS == "windows" {
		return message.StatusNoServiceWindows
	}
	return message.StatusNoService
}
