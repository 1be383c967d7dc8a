// SPDX-License-Identifier: Apache-2.0

package window

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// expiresSoon is how many days before the end of a certificate that is said.
const expiresSoon = 90

// state is how something stands: one sentence as a heading, what it means, and
// what a person can do.
type state struct {
	Code    string // for styles
	Tone    finding.State
	Title   message.Message
	Text    []message.Message
	Actions []link // the first is the main one
}

// link leads to another screen.
type link struct {
	To   string
	Text message.Message
}

var (
	toDoctor = link{"doctor", message.WindowDoctor}
	toCard   = link{"card", message.WindowBack}
)

// sentence makes a message, which begins small, one of its own.
type sentence struct{ message.Message }

// In implements [message.Localized].
func (s sentence) In(l message.Language) string { return l.Sentence(s.Message) }

func asSentence(m message.Message) message.Message { return message.Verbatim("%s").With(sentence{m}) }

// readerStates are the states of a reader without a card to use.
var readerStates = map[string]state{
	cardinfo.StateEmpty:   {"empty", finding.Note, message.WindowEmpty, []message.Message{message.WindowEmptyHow}, nil},
	cardinfo.StateMute:    {"mute", finding.Warning, message.WindowMute, []message.Message{message.WindowMuteHow}, []link{toDoctor}},
	cardinfo.StateInUse:   {"in-use", finding.Warning, message.WindowInUse, []message.Message{message.WindowInUseHow}, nil},
	cardinfo.StateForeign: {"foreign", finding.Warning, message.WindowForeign, []message.Message{message.WindowForeignHow}, nil},
}

// withoutReader is the state where no reader can be shown.
func withoutReader(st *cardinfo.Status) state {
	switch {
	case st == nil:
		return state{"reading", finding.Note, message.WindowReading, []message.Message{message.WindowReadingWait}, nil}
	case st.Failure == nil:
		return state{"no-reader", finding.Note, message.WindowNoReader, []message.Message{message.WindowNoReaderHow},
			[]link{{"doctor", message.WindowReaderIsThere}}}
	}
	title, text := message.WindowNoService, []message.Message{message.WindowNoServiceWhy}
	if st.Failure.Message.Is(message.ServiceTurnsAway) || st.Failure.Message.Is(message.ServiceHidesCards) {
		title, text = message.WindowNotPermitted, nil
	}
	return state{"no-service", finding.Failure, title, append(text, asSentence(st.Failure.Cure)), []link{toDoctor}}
}

// stateOf is the state of a reader and the card in it.
func stateOf(r *cardinfo.Reader) state {
	if r.Card != nil {
		return cardState(r)
	}
	if s, known := readerStates[r.State]; known {
		return s
	}
	return state{"unreadable", finding.Failure, message.WindowUnreadable,
		[]message.Message{asSentence(r.Failure.Message), asSentence(r.Failure.Cure)}, []link{toDoctor}}
}

// cardState is the state of a card that this driver knows, by what keeps it from
// being used: what is worst first.
func cardState(r *cardinfo.Reader) state {
	c := r.Card
	has := func(obstacle string) bool { return slices.Contains(c.Obstacles, obstacle) }
	login := loginCertificate(c)
	switch {
	case has(cardinfo.ObstacleNone), has(cardinfo.ObstacleNotFound):
		return state{"no-certificate", finding.Failure, message.WindowNoCertificate, []message.Message{message.WindowNoCertWhy}, []link{toDoctor}}
	case has(cardinfo.ObstacleExpired) && login != nil:
		return state{"expired", finding.Failure, message.WindowExpired, []message.Message{message.WindowExpiredHow.With(date{login.NotAfter})}, nil}
	case has(cardinfo.ObstacleNotYet):
		return state{"not-yet", finding.Failure, message.WindowNotYet, []message.Message{message.WindowNotYetHow}, nil}
	case has(cardinfo.ObstaclePUKBlocked):
		return pukBlocked(nil)
	case has(cardinfo.ObstacleBlocked):
		return pinBlocked(r.Name, cardos.Authentication)
	case len(c.Obstacles) > 0:
		s := state{"unusable", finding.Failure, message.WindowCertUnusable, nil, []link{toDoctor}}
		for _, o := range c.Obstacles {
			s.Text = append(s.Text, asSentence(cardinfo.Obstacle(o)))
		}
		return s
	}
	s := usable(r)
	if login != nil && login.DaysLeft < expiresSoon {
		s.Code, s.Tone, s.Title = "expires", finding.Warning, message.WindowExpiresSoon.With(login.DaysLeft)
		if login.DaysLeft < 1 {
			s.Title = message.WindowExpiresDay
		}
		s.Text = append(s.Text, message.WindowExpiresHow)
	}
	return s
}

// usable is the state of a card with a certificate that can be used.
func usable(r *cardinfo.Reader) state {
	c := r.Card
	switch {
	case c.Unproven != nil:
		return state{"unproven", finding.Warning, message.WindowNewKind, []message.Message{message.WindowUnprovenNo}, nil}
	case c.Evidence == cardos.Unknown:
		return state{"unknown", finding.Warning, message.WindowNewKind, []message.Message{message.WindowNewHow},
			[]link{pinLink(verify, cardos.Authentication, r.Name, message.WindowVerify)}}
	case c.PINTries != nil && *c.PINTries == 1:
		return lastTry(r.Name, cardos.Authentication)
	case c.Active != nil && *c.Active:
		return state{"ready", finding.OK, message.WindowReady, nil, nil}
	}
	return state{"certificate", finding.OK, message.WindowReadyPIN, []message.Message{message.WindowReadyPINWhy}, nil}
}

// pinBlocked says that the PUK sets a new PIN.
func pinBlocked(reader string, p cardos.Purpose) state {
	return state{"pin-blocked", finding.Failure, message.WindowBlocked, []message.Message{message.WindowBlockedHow, message.WindowNoPUK},
		[]link{pinLink(unblock, p, reader, message.WindowUnblock)}}
}

// pukBlocked says that nothing unblocks the PIN; left are the tries of the PIN.
func pukBlocked(left *int) state {
	s := state{"puk-blocked", finding.Failure, message.WindowPUKBlocked, []message.Message{message.WindowPUKHow}, nil}
	if left != nil && *left > 0 {
		s.Text = append(s.Text, message.WindowPINStillGood)
	}
	return s
}

// lastTry says that a mistake blocks the PIN.
func lastTry(reader string, p cardos.Purpose) state {
	return state{"last-try", finding.Warning, message.WindowLastTry.With("PIN"), []message.Message{message.WindowLastTryPIN},
		[]link{pinLink(unblock, p, reader, message.WindowUsePUK)}}
}

// loginCertificate returns the last certificate for authentication, nil without
// one.
func loginCertificate(c *cardinfo.Card) *cardinfo.Certificate {
	return lastCertificate(c, cardos.Authentication)
}

func lastCertificate(c *cardinfo.Card, p cardos.Purpose) (found *cardinfo.Certificate) {
	purpose := cardinfo.PurposeAuthentication
	if p == cardos.DigitalSignature {
		purpose = cardinfo.PurposeSignature
	}
	for i := range c.Certificates {
		if c.Certificates[i].Purpose == purpose {
			found = &c.Certificates[i]
		}
	}
	return found
}

// signatureKey names the PIN for digital signature in addresses.
const signatureKey = "signature"

// purposeOf returns what the PIN or certificate that an address names is for.
func purposeOf(q url.Values) cardos.Purpose {
	if q.Get("key") == signatureKey {
		return cardos.DigitalSignature
	}
	return cardos.Authentication
}

// formQuery names an action in addresses.
func formQuery(a action, p cardos.Purpose, reader string) string {
	q := url.Values{"action": {string(a)}, "reader": {reader}}
	if p == cardos.DigitalSignature {
		q.Set("key", signatureKey)
	}
	return q.Encode()
}

// certificateQuery names a certificate in addresses.
func certificateQuery(reader string, p cardos.Purpose) string {
	q := url.Values{"reader": {reader}}
	if p == cardos.DigitalSignature {
		q.Set("key", signatureKey)
	}
	return q.Encode()
}

// pinLink leads to the form of an action.
func pinLink(a action, p cardos.Purpose, reader string, text message.Message) link {
	return link{"pin?" + formQuery(a, p, reader), text}
}

// triesText says how many tries are left, nil for not known.
func triesText(name string, left *int) message.Message {
	switch {
	case left == nil:
		return message.WindowTriesUnknown.With(name)
	case *left == 0:
		return message.WindowTriesNone.With(name)
	}
	return message.WindowTries.With(name, *left)
}

// pinCard is one of the PINs of a card with its certificate, as the page shows it.
type pinCard struct {
	Title        message.Message
	Certificates []cardinfo.Certificate
	Text         []message.Message
	Findings     []finding.Finding
	Actions      []link
	ID           string
}

// pinCards returns what the page shows of a card, the PIN to log in with first.
func pinCards(r *cardinfo.Reader) (list []pinCard) {
	c := r.Card
	if c == nil {
		return nil
	}
	list = append(list, onePIN(r, cardos.Authentication, message.WindowLogin, cardinfo.PurposeAuthentication, c.PINTries, c.PUKTries))
	if c.Signature != nil {
		list = append(list, onePIN(r, cardos.DigitalSignature, message.WindowSignature, cardinfo.PurposeSignature,
			c.Signature.PINTries, c.Signature.PUKTries))
	}
	return list
}

func onePIN(r *cardinfo.Reader, p cardos.Purpose, title message.Message, purpose string, pin, puk *int) pinCard {
	v := pinCard{Title: title, ID: "pin-" + strconv.Itoa(int(p))}
	for _, cert := range r.Card.Certificates {
		if cert.Purpose != purpose {
			continue
		}
		v.Certificates = append(v.Certificates, cert)
		switch {
		case finding.Worst(cert.Judgement) == finding.Failure:
		case cert.DaysLeft < 1:
			v.Text = append(v.Text, message.WindowValidDay.With(date{cert.NotAfter}))
		default:
			v.Text = append(v.Text, message.WindowValidUntil.With(date{cert.NotAfter}, cert.DaysLeft))
		}
		for _, f := range cert.Judgement {
			if f.State >= finding.Warning {
				v.Findings = append(v.Findings, f)
			}
		}
	}
	v.Text = append(v.Text, triesText("PIN", pin), triesText("PUK", puk))
	verifies, changes, unblocks := message.WindowVerify, message.WindowChange, message.WindowUnblock
	if p == cardos.DigitalSignature {
		verifies, changes, unblocks = message.WindowVerifySignature, message.WindowChangeSignature, message.WindowUnblockSignature
	}
	known := r.Card.Unproven == nil
	if known && !isZero(pin) {
		v.Actions = append(v.Actions, pinLink(verify, p, r.Name, verifies))
	}
	if known && r.Card.Evidence != cardos.Unknown {
		if !isZero(pin) {
			v.Actions = append(v.Actions, pinLink(change, p, r.Name, changes))
		}
		if !isZero(puk) {
			v.Actions = append(v.Actions, pinLink(unblock, p, r.Name, unblocks))
		}
	}
	if len(v.Certificates) > 0 {
		v.Actions = append(v.Actions, link{"certificate?" + certificateQuery(r.Name, p), message.WindowExport})
	}
	return v
}

func isZero(n *int) bool { return n != nil && *n == 0 }

// labels are what is said of how things stand, besides by colour.
var labels = map[finding.State]message.Message{
	finding.OK: message.WindowGood, finding.Note: message.WindowNote,
	finding.Warning: message.WindowWarning, finding.Failure: message.WindowProblem,
}

// date is a day as people write it, an argument of a message.
type date struct{ time.Time }

// In implements [message.Localized].
func (d date) In(l message.Language) string {
	months := strings.Fields(l.Text(message.WindowMonths))
	ordinal := ""
	if l == message.German {
		ordinal = "."
	}
	return fmt.Sprintf("%d%s %s %d", d.Day(), ordinal, months[d.Month()-1], d.Year())
}
