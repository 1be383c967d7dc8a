// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"tscns/cardos"
	"tscns/cardos/secmem"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/pin"
	"tscns/cmd/internal/pinflow"
)

// terminal is the person who types PINs at the terminal of the command.
type terminal struct {
	*app
	wrong int // new PINs that could not be one
}

// prompts are the questions.
var prompts = map[pinflow.Question]message.Message{
	pinflow.LoginPIN:   message.Verbatim("PIN (%s): "),
	pinflow.PresentPIN: message.PromptPresentPIN,
	pinflow.PUK:        message.Verbatim("PUK (%s): "),
	pinflow.NewPIN:     message.PromptNewPIN,
}

// Tell implements [pinflow.Asker].
func (t *terminal) Tell(m message.Message) { t.Say(m) }

// Secret implements [pinflow.Asker].
func (t *terminal) Secret(q pinflow.Question, rule pin.Rule) (*secmem.Buffer, *cards.Error) {
	none := &cards.Error{Message: message.PINTerminalOnly, Code: exit.NotGood}
	if !t.CanType() {
		return secmem.New(0), none
	}
	prompt := message.PromptNewPINAgain
	if q != pinflow.NewPINAgain {
		prompt = prompts[q].With(rule.Text())
	}
	fmt.Fprint(t.Out, t.Text(prompt))
	s, err := t.app.Secret()
	fmt.Fprintln(t.Out)
	if err != nil {
		return s, none
	}
	return s, nil
}

// newPINTries is how many times a new PIN is asked for that cannot be one, or that
// is not typed the same twice. Nothing of that reaches the card.
const newPINTries = 3

// Again implements [pinflow.Asker].
func (t *terminal) Again(wrong message.Message) bool {
	if t.wrong++; t.wrong == newPINTries {
		return false
	}
	fmt.Fprintf(t.Err, "tscns: %s\n", t.Text(wrong))
	return true
}

// Unproven implements [pinflow.Asker]: the person writes a word.
func (t *terminal) Unproven(u cardos.Unproven) (how cardos.Retry, ok bool) {
	same, other := t.Text(message.SameFormWord), t.Text(message.OtherFormWord)
	fmt.Fprint(t.Err, t.Text(message.PINUnprovenDecide, u.Refused, cards.TriesLeft(u.Tries), same, other))
	switch typed := t.ReadLine(); {
	case strings.EqualFold(typed, same):
		return cardos.SameForm, true
	case strings.EqualFold(typed, other):
		return cardos.OtherForm, true
	}
	return how, false
}
