// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"

	"tscns/cardos"
	"tscns/cardos/secmem"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/pin"
)

// question is how a secret is asked for.
type question struct {
	prompt message.Message
	check  func(identity int, typed cardos.Secret) error
	rule   pin.Rule
}

// ask returns the question for a secret that follows a rule, which the prompt
// says.
func ask(prompt message.Message, check func(int, cardos.Secret) error, rule pin.Rule) question {
	return question{prompt.With(rule.Text()), check, rule}
}

// pinQuestion asks for the PIN as it is.
func (d *pinDialogue) pinQuestion(prompt message.Message) question {
	return ask(prompt, d.card.CheckPIN, pin.Rule{Shortest: d.spec.MinLength, Longest: d.spec.MaxLength, Issued: true})
}

// typedPIN asks for the PIN to log in with. The caller frees it.
func (d *pinDialogue) typedPIN() (*secmem.Buffer, bool) {
	return d.secret(d.pinQuestion(message.Verbatim("PIN (%s): ")))
}

// secret asks for a PIN or PUK, and checks length and digits before the card
// sees it. The caller frees it.
func (d *pinDialogue) secret(q question) (s *secmem.Buffer, ok bool) {
	s, code, wrong := d.put(q)
	if !wrong.IsZero() {
		d.complain(code, wrong)
	}
	return s, wrong.IsZero() && code == exit.OK
}

// put puts a question once, and returns what is wrong with the answer. A code
// without a message is one of an error that was printed.
func (d *pinDialogue) put(q question) (s *secmem.Buffer, code int, wrong message.Message) {
	if !d.CanType() {
		return secmem.New(0), exit.NotGood, message.PINTerminalOnly
	}
	fmt.Fprint(d.Out, d.Text(q.prompt))
	s, err := d.Secret()
	fmt.Fprintln(d.Out)
	if err != nil {
		return s, exit.NotGood, message.PINTerminalOnly
	}
	n := len(s.Bytes())
	if n == 0 {
		return s, exit.NotGood, message.PINNothingTyped
	}
	err = q.check(d.identity, s.Bytes())
	if wrong := q.rule.Typed(err, n); !wrong.IsZero() {
		return s, exit.Usage, wrong
	}
	if err != nil {
		d.fail(err)
		return s, d.code, wrong
	}
	return s, exit.OK, wrong
}

// newPINTries is how many times a new PIN is asked for that cannot be one, or that
// is not typed the same twice. Nothing of that reaches the card.
const newPINTries = 3

// newPIN asks for a new PIN twice, again where that goes wrong. It has to
// differ from the present secret of that name. The caller frees it.
func (d *pinDialogue) newPIN(name string, present []byte) (*secmem.Buffer, bool) {
	for left := newPINTries - 1; ; left-- {
		next, code, wrong := d.newPINOnce(name, present)
		switch {
		case wrong.IsZero():
			return next, code == exit.OK
		case code != exit.Usage || left == 0:
			d.complain(code, wrong)
			return next, false
		}
		next.Free()
		fmt.Fprintf(d.Err, "tscns: %s\n", d.Text(wrong))
	}
}

func (d *pinDialogue) newPINOnce(name string, present []byte) (next *secmem.Buffer, code int, wrong message.Message) {
	rule := pin.Rule{Shortest: d.spec.MinLength, Longest: d.spec.MaxLength}
	next, code, wrong = d.put(ask(message.PromptNewPIN, d.card.CheckPIN, rule))
	switch {
	case code != exit.OK:
		return next, code, wrong
	case bytes.Equal(next.Bytes(), present):
		return next, exit.Usage, message.PINSameAsPresent.With(name)
	}
	same := func(_ int, again cardos.Secret) error {
		if !bytes.Equal(next.Bytes(), again) {
			return pin.ErrDiffer
		}
		return nil
	}
	again, code, wrong := d.put(question{message.PromptNewPINAgain, same, rule})
	again.Free()
	return next, code, wrong
}
