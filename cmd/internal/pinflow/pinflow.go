// SPDX-License-Identifier: Apache-2.0

// Package pinflow takes a person through one operation on a PIN: it says what is
// known of the tries, asks for what is needed, checks it before the card sees it,
// sends it once, and returns how that ended. The person is behind an [Asker], at a
// terminal or at a page.
package pinflow

import (
	"bytes"
	"errors"

	"tscns/cardos"
	"tscns/cardos/secmem"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/pin"
)

// Question is what a person is asked to type.
type Question int

// The questions.
const (
	LoginPIN   Question = iota
	PresentPIN          // to be changed
	PUK
	NewPIN
	NewPINAgain
)

// Asker is a person who is asked for PINs.
type Asker interface {
	// Tell says something before the person goes on.
	Tell(message.Message)
	// Secret puts a question. The rule says how long the answer is; it is not
	// checked. The caller frees the buffer, which is never nil.
	Secret(Question, pin.Rule) (*secmem.Buffer, *cards.Error)
	// Again says what is wrong with a new PIN, of which nothing was sent, and
	// reports whether the person may be asked for another.
	Again(wrong message.Message) bool
	// Unproven has the person decide how to go on after a refusal in a form that
	// the card has never accepted; ok is false where nothing is to be sent.
	Unproven(cardos.Unproven) (how cardos.Retry, ok bool)
}

// Flow is one operation on one PIN of a card.
type Flow struct {
	Asker
	Card     *cardos.Card
	Identity int // of Card.Identities
	PIN      cardos.PINSpec
	LastTry  bool // the person accepts to risk it
	Keypad   bool // the PIN is typed at the reader, where it has a keypad for that
}

// Outcome is how an operation ended.
type Outcome struct {
	Done    message.Message // zero where Failure says why it was not done
	Failure *cards.Error
	Further message.Message // to add to Failure
	Sent    bool            // the card was sent a secret, or the reader asked for one
	Err     error           // of the card, nil without one
}

// Find returns the identity of a card for a purpose.
func Find(card *cardos.Card, purpose cardos.Purpose) (identity int, spec cardos.PINSpec, err error) {
	identities, err := card.Identities()
	if err != nil {
		return 0, spec, cards.Explain(err)
	}
	for i, id := range identities {
		if id.Purpose == purpose {
			return i, id.PIN, nil
		}
	}
	return 0, spec, &cards.Error{Message: message.NoSuchPIN, Code: exit.NotGood}
}

func failed(err error) Outcome { return Outcome{Failure: cards.Explain(err), Err: err} }

func refused(code int, m message.Message) *cards.Error { return &cards.Error{Message: m, Code: code} }

// Verify asks for the PIN and sends it to the card once.
func (f *Flow) Verify() Outcome {
	how, stop := f.decide()
	if stop != nil {
		return *stop
	}
	var err error
	if f.Keypad && f.Card.PINPad().Verify {
		f.Tell(message.PINPadVerify)
		err = f.Card.VerifyPINOnPad(f.Identity)
	} else {
		secret, failure := f.Login()
		defer secret.Free()
		if failure != nil {
			return Outcome{Failure: failure}
		}
		err = f.Card.VerifyUnproven(f.Identity, secret.Bytes(), how)
	}
	return f.end(err, pin.PIN, message.PINVerified)
}

// decide says what is known of the tries. After a refusal in a form that the
// card has never accepted the person chooses how to go on.
func (f *Flow) decide() (how cardos.Retry, stop *Outcome) {
	u := f.Card.Unproven(f.Identity)
	left, puk, err := f.Card.QueryTries(f.Identity)
	if left.Known {
		u.Tries = left
	}
	switch {
	case err != nil:
		o := failed(err)
		return how, &o
	case left.Known && left.Left == 0 && f.LastTry:
		f.Tell(message.PINBlockedOnceMore)
		return cardos.NoRetry, nil
	case left.Known && left.Left == 0:
		return how, &Outcome{Failure: pin.Blocked(pin.PIN, puk)}
	case !u.Stopped:
		if failure := f.MayTry(pin.PIN, left); failure != nil {
			return how, &Outcome{Failure: failure}
		}
		return cardos.NoRetry, nil
	case u.LastTry || left.Known && left.Left == 1:
		return how, &Outcome{Failure: refused(exit.Unsafe, message.PINUnprovenLastTry)}
	}
	if how, ok := f.Unproven(u); ok {
		return how, nil
	}
	return how, &Outcome{Failure: refused(exit.Unsafe, message.PINNotSent)}
}

// renewal is a way to a new PIN: with the old one, or with the PUK.
type renewal struct {
	secret pin.Secret
	ask    func() (*secmem.Buffer, *cards.Error)
	done   message.Message
	tries  func(pin, puk cardos.Tries) cardos.Tries
	send   func(identity int, secret, next cardos.Secret) error
	onPad  func(identity int) error // nil: typed at the terminal or page
}

// Change asks for the PIN and twice for the new one, and has the card change it.
func (f *Flow) Change() Outcome {
	r := renewal{
		secret: pin.PIN, done: message.PINChanged,
		ask:   func() (*secmem.Buffer, *cards.Error) { return f.secret(PresentPIN, f.Card.CheckPIN, f.issued()) },
		tries: func(pin, _ cardos.Tries) cardos.Tries { return pin },
		send:  f.Card.ChangePIN,
	}
	if f.Keypad && f.Card.PINPad().Modify {
		r.onPad = f.Card.ChangePINOnPad
	}
	return f.renew(r)
}

// Unblock asks for the PUK and twice for a new PIN, and has the card set it.
func (f *Flow) Unblock() Outcome {
	rule := pin.Rule{Shortest: f.PIN.PUKMinLength, Longest: f.PIN.PUKMaxLength, Issued: true}
	return f.renew(renewal{
		secret: pin.PUK, done: message.PINUnblocked,
		ask:   func() (*secmem.Buffer, *cards.Error) { return f.secret(PUK, f.Card.CheckPUK, rule) },
		tries: func(_, puk cardos.Tries) cardos.Tries { return puk },
		send:  f.Card.UnblockPIN,
	})
}

// renew asks for the secret and twice for the new PIN, and sends them to the
// card once.
func (f *Flow) renew(r renewal) Outcome {
	if failure := f.KnowsForm(); failure != nil {
		return Outcome{Failure: failure}
	}
	pinTries, pukTries, err := f.Card.QueryTries(f.Identity)
	if err != nil {
		return failed(err)
	}
	left := r.tries(pinTries, pukTries)
	if left.Known && left.Left == 0 {
		return Outcome{Failure: pin.Blocked(r.secret, pukTries)}
	}
	if failure := f.MayTry(r.secret, left); failure != nil {
		return Outcome{Failure: failure}
	}
	if r.onPad != nil {
		f.Tell(message.PINPadModify)
		return f.end(r.onPad(f.Identity), r.secret, r.done)
	}
	secret, failure := r.ask()
	defer secret.Free()
	if failure != nil {
		return Outcome{Failure: failure}
	}
	next, failure := f.newPIN(r.secret.Name, secret.Bytes())
	defer next.Free()
	if failure != nil {
		return Outcome{Failure: failure}
	}
	return f.end(r.send(f.Identity, secret.Bytes(), next.Bytes()), r.secret, r.done)
}

// end says how a secret fared, and the way on. Of a PIN that is now blocked that
// is the PUK, unless it is known to be blocked too.
func (f *Flow) end(err error, s pin.Secret, done message.Message) Outcome {
	switch {
	case err == nil:
		return Outcome{Done: done, Sent: true}
	case !errors.Is(err, cardos.ErrPINBlocked) || s.Name != pin.PIN.Name:
		return Outcome{Failure: pin.Explain(err, s), Sent: true, Err: err}
	}
	_, puk, queryErr := f.Card.QueryTries(f.Identity)
	o := Outcome{Failure: pin.Blocked(s, puk), Sent: true, Err: err}
	if queryErr == nil && puk.Known && puk.Left > 0 {
		o.Further = message.PINTriesLeft.With(pin.PUK.Name, puk.Left)
	}
	return o
}

// KnowsForm returns nil where the driver knows the commands for the PIN of this
// kind of card. Without secrets the question stays in the driver: no command is
// sent.
func (f *Flow) KnowsForm() *cards.Error {
	if errors.Is(f.Card.ChangePIN(f.Identity, nil, nil), cardos.ErrNoKnownForm) {
		return pin.Explain(cardos.ErrNoKnownForm, pin.PIN)
	}
	return nil
}

// MayTry says what is known of the tries before one is risked. It returns why it
// may not be.
func (f *Flow) MayTry(s pin.Secret, left cardos.Tries) *cards.Error {
	m, may := pin.MayTry(s, left, f.LastTry)
	if !may {
		return refused(exit.Unsafe, m)
	}
	f.Tell(m)
	return nil
}

// Login asks for the PIN to log in with, and checks it. The caller frees it.
func (f *Flow) Login() (*secmem.Buffer, *cards.Error) {
	return f.secret(LoginPIN, f.Card.CheckPIN, f.issued())
}

// issued is the rule of the PIN as it is.
func (f *Flow) issued() pin.Rule {
	return pin.Rule{Shortest: f.PIN.MinLength, Longest: f.PIN.MaxLength, Issued: true}
}

// secret puts a question once, and checks length and digits before the card sees
// the answer.
func (f *Flow) secret(q Question, check func(int, cardos.Secret) error, rule pin.Rule) (*secmem.Buffer, *cards.Error) {
	s, failure := f.Secret(q, rule)
	if failure != nil {
		return s, failure
	}
	n := len(s.Bytes())
	if n == 0 {
		return s, refused(exit.NotGood, message.PINNothingTyped)
	}
	err := check(f.Identity, s.Bytes())
	if wrong := rule.Typed(err, n); !wrong.IsZero() {
		return s, refused(exit.Usage, wrong)
	}
	if err != nil {
		return s, cards.Explain(err)
	}
	return s, nil
}

// newPIN asks for a new PIN twice, again where that goes wrong. It has to
// differ from the present secret of that name. The caller frees it.
func (f *Flow) newPIN(name string, present []byte) (*secmem.Buffer, *cards.Error) {
	for {
		next, failure := f.newPINOnce(name, present)
		if failure == nil || failure.Code != exit.Usage || !f.Again(failure.Message) {
			return next, failure
		}
		next.Free()
	}
}

func (f *Flow) newPINOnce(name string, present []byte) (*secmem.Buffer, *cards.Error) {
	rule := pin.Rule{Shortest: f.PIN.MinLength, Longest: f.PIN.MaxLength}
	next, failure := f.secret(NewPIN, f.Card.CheckPIN, rule)
	switch {
	case failure != nil:
		return next, failure
	case bytes.Equal(next.Bytes(), present):
		return next, refused(exit.Usage, message.PINSameAsPresent.With(name))
	}
	same := func(_ int, again cardos.Secret) error {
		if !bytes.Equal(next.Bytes(), again) {
			return pin.ErrDiffer
		}
		return nil
	}
	again, failure := f.secret(NewPINAgain, same, rule)
	again.Free()
	return next, failure
}
