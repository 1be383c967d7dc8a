// SPDX-License-Identifier: Apache-2.0

// Package cardinfo reports what readers and cards tell without a PIN: the state
// of each reader, the card in it, its holder and its certificates. Names and
// numbers are masked unless they are asked for. It never sends a PIN.
package cardinfo

import (
	"errors"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/judgement"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/revocation"
)

// Status is what tscns status prints; its JSON form, described by
// docs/tscns-status.schema.json, is the --json output.
type Status struct {
	Version string `json:"version"` // of this command
	Service bool   `json:"service"` // the smart card service answers
	// Problem is why the service does not answer, a code of
	// [finding.CodeOf]; "" where it does.
	Problem string   `json:"problem,omitempty"`
	Readers []Reader `json:"readers"`

	// Failure is what Problem stands for.
	Failure *cards.Error `json:"-"`
}

// Reader is one reader. Card is nil unless the state is [StateCard].
type Reader struct {
	Name  string `json:"name"`
	State string `json:"state"`
	// Error is why there is no card to use, a code of [finding.CodeOf].
	Error string `json:"error,omitempty"`
	Card  *Card  `json:"card,omitempty"`

	// Failure is what Error stands for.
	Failure *cards.Error `json:"-"`
	// Events is that of [cardos.ReaderState], from before the card was read.
	Events uint32 `json:"-"`
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
	// Active reports whether there is a certificate that can be used, and a PIN
	// that the card itself reports not to be blocked. It is nil where there is
	// such a certificate and only the PIN could tell the rest. Obstacles are the
	// reasons why not.
	Active    *bool    `json:"active"`
	Obstacles []string `json:"obstacles"`

	// Evidence is Grade as a number.
	Evidence cardos.Grade `json:"-"`
	// Keypad is what the reader can ask for itself.
	Keypad cardos.Pad `json:"-"`
	// Spec is what the PIN for authentication may look like.
	Spec cardos.PINSpec `json:"-"`
	// Signature is the PIN for digital signature, nil where the card has none or
	// it was not asked for: see [ReadAll].
	Signature *SignaturePIN `json:"-"`
	// Missing says why there is no certificate for authentication, where there
	// is none: [judgement.Missing].
	Missing []finding.Finding `json:"-"`
	// reportsTries: the card was asked for the tries left, and reported them.
	reportsTries bool
}

// SignaturePIN is what is known of the PIN for digital signature: the tries left,
// nil where not known, and what it may look like.
type SignaturePIN struct {
	PINTries, PUKTries *int
	Spec               cardos.PINSpec
}

// certificateStates are the values of [Card.CertificateState].
var certificateStates = map[cardos.CertificateState]string{
	cardos.CertificatePresent:        "present",
	cardos.CertificateNone:           "none",
	cardos.CertificateNotUnderstood:  "not-understood",
	cardos.CertificateKeyUnsupported: "key-not-supported",
	cardos.CertificateNotFound:       "not-found",
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
	ObstacleUsage         = "usage"
	ObstacleRevoked       = "revoked"
	ObstacleSuspended     = "suspended"
	ObstacleBlocked       = "pin-blocked"
	ObstaclePUKBlocked    = "puk-blocked" // and the PIN
)

// obstacles are those of each failure of packages judgement and revocation.
var obstacles = []struct {
	found message.Message
	name  string
}{
	{message.NoCertificate, ObstacleNone},
	{message.CertificateNotUnderstood, ObstacleNotUnderstood},
	{message.CertificateKeyUnsupported, ObstacleKey},
	{message.CertificateNotFound, ObstacleNotFound},
	{message.CertificateNotYetValid, ObstacleNotYet},
	{message.CertificateExpiredOn, ObstacleExpired},
	{message.CertificateKeyUsage, ObstacleUsage},
	{message.CertificateExtendedUsage, ObstacleUsage},
	{message.CertificateOfAuthority, ObstacleUsage},
	{message.RevocationRevoked, ObstacleRevoked},
	{message.RevocationSuspended, ObstacleSuspended},
}

// Read asks every reader. version is that of the command; names and numbers are
// in full with show.
func Read(connect cards.Connect, o cardos.Options, version string, show bool) *Status {
	return read(connect, o, version, reading{show: show, now: time.Now()})
}

// ReadAll is Read with the tries of the PIN for digital signature, which the card
// is asked for where that is proven to cost none.
func ReadAll(connect cards.Connect, o cardos.Options, version string, show bool) *Status {
	return read(connect, o, version, reading{show: show, signature: true, now: time.Now()})
}

// reading is what is read of a card, and how.
type reading struct {
	show, signature bool
	now             time.Time
}

func read(connect cards.Connect, o cardos.Options, version string, how reading) *Status {
	st := &Status{Version: version, Readers: []Reader{}}
	transport, err := connect()
	if err != nil {
		return st.failed(err)
	}
	defer transport.Close()
	readers, err := transport.Readers()
	if err != nil {
		return st.failed(err)
	}
	st.Service = true
	for _, r := range readers {
		reader := Reader{Name: r.Name, Events: r.Events}
		switch {
		case !r.Present:
			reader.fail(cardos.ErrNoCard, nil)
		case r.Mute:
			reader.fail(cardos.ErrCardMute, nil)
		default:
			if err := reader.read(transport, o, how); err != nil {
				reader.fail(err, r.ATR)
			}
		}
		st.Readers = append(st.Readers, reader)
	}
	return st
}

func (st *Status) failed(err error) *Status {
	st.Failure = cards.Explain(err)
	st.Problem = finding.CodeOf(st.Failure.Message)
	return st
}

// fail says why there is no card to use in a reader.
func (r *Reader) fail(err error, atr []byte) {
	r.Failure = cards.ExplainIn(err, atr)
	r.State, r.Error = stateOf(err), finding.CodeOf(r.Failure.Message)
}

func (r *Reader) read(transport cardos.Transport, o cardos.Options, how reading) error {
	card, err := cards.Open(transport, r.Name, o)
	if err != nil {
		return err
	}
	defer card.Close()
	identities, err := card.Identities()
	if err != nil {
		return err
	}
	place, err := card.CertificatePlace(cardos.Authentication)
	if err != nil {
		return err
	}
	r.State = StateCard
	info := card.Info()
	c := &Card{
		Profile: info.Profile, Family: info.Family, Contactless: info.Contactless,
		Grade: Grade(info.Grade).In(message.English), Evidence: info.Grade,
		Number:           mask(info.Number.Text, how.show),
		Holder:           holderName(card, how.show),
		Certificates:     []Certificate{},
		CertificateState: certificateStates[place.State], CertificateKey: place.Key,
		PINPad: card.PINPad().Verify, Keypad: card.PINPad(),
	}
	for i, id := range identities {
		for _, k := range id.Keys {
			c.Certificates = append(c.Certificates, describe(k, id.Purpose, how.show, how.now))
		}
		if id.Purpose == cardos.Authentication {
			c.Spec = id.PIN
			if len(id.Keys) == 0 {
				c.Missing = judgement.Missing(place, info.Grade)
			}
			c.readTries(card, i, id.PIN.TriesQuery == cardos.Proven)
			if u := card.Unproven(i); u.Stopped {
				c.Unproven = &Unproven{u.Refused, Known(u.Tries)}
			}
		}
		if id.Purpose == cardos.DigitalSignature && how.signature {
			c.Signature = &SignaturePIN{Spec: id.PIN}
			if pin, puk, err := card.QueryTries(i); err == nil {
				c.Signature.PINTries, c.Signature.PUKTries = Known(pin), Known(puk)
			}
		}
	}
	c.judge()
	r.Card = c
	return nil
}

// CheckRevocation asks about each certificate whether it is revoked, and takes
// the answer into what is said of the certificate and the card.
func (st *Status) CheckRevocation(ask func(der []byte) revocation.Answer) {
	for _, r := range st.Readers {
		if r.Card == nil {
			continue
		}
		for i := range r.Card.Certificates {
			c := &r.Card.Certificates[i]
			answer := ask(c.DER)
			c.Revocation = &answer
			c.Judgement = append(c.Judgement, revocation.Findings(answer)...)
		}
		r.Card.judge()
	}
}

// states are those of readers whose card could not be read; any other error is
// [StateError].
var states = []struct {
	err   error
	state string
}{
	{cardos.ErrNoCard, StateEmpty},
	{cardos.ErrCardRemoved, StateEmpty},
	{cardos.ErrCardMute, StateMute},
	{cardos.ErrInUse, StateInUse},
	{cardos.ErrNotRecognized, StateForeign},
}

func stateOf(err error) string {
	for _, s := range states {
		if errors.Is(err, s.err) {
			return s.state
		}
	}
	return StateError
}

// judge decides whether the TS-CNS is active, as far as that is known without a
// PIN: a certificate that can be used, and the PIN not blocked.
func (c *Card) judge() {
	c.Obstacles = []string{}
	if o := c.certificateObstacle(); o != "" {
		c.Obstacles = append(c.Obstacles, o)
	}
	switch {
	case c.PINTries == nil || *c.PINTries > 0:
	case c.PUKTries != nil && *c.PUKTries == 0:
		c.Obstacles = append(c.Obstacles, ObstaclePUKBlocked)
	default:
		c.Obstacles = append(c.Obstacles, ObstacleBlocked)
	}
	if active := len(c.Obstacles) == 0; !active || c.reportsTries && c.Unproven == nil {
		c.Active = &active
	}
}

// certificateObstacle returns what is wrong with the certificates for
// authentication: with the last of them if none can be used, "" if one can.
func (c *Card) certificateObstacle() string {
	wrong := c.Missing
	for _, cert := range c.Certificates {
		if cert.Purpose != PurposeAuthentication {
			continue
		}
		if finding.Worst(cert.Judgement) < finding.Failure {
			return ""
		}
		wrong = cert.Judgement
	}
	for _, f := range wrong {
		for _, o := range obstacles {
			if f.Text.Is(o.found) {
				return o.name
			}
		}
	}
	return ObstacleNotFound
}

// Good reports whether a card with a certificate for authentication that can be
// used now is in a reader.
func (st *Status) Good() bool {
	for _, r := range st.Readers {
		if r.Card != nil && r.Card.certificateObstacle() == "" {
			return true
		}
	}
	return false
}

// readTries takes over what is known of the tries. The card is asked only where
// that is proven to cost none.
func (c *Card) readTries(card *cardos.Card, identity int, asks bool) {
	pin, puk, err := card.QueryTries(identity)
	if err != nil {
		return
	}
	c.PINTries, c.PUKTries, c.PINTriesMax = Known(pin), Known(puk), pin.Max
	if card.Exhausted(identity) {
		c.PINTries = new(int)
	}
	c.reportsTries = asks && pin.Known
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
