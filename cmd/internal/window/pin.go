// SPDX-License-Identifier: Apache-2.0

package window

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"

	"tscns/cardos"
	"tscns/cardos/secmem"
	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/pin"
	"tscns/cmd/internal/pinflow"
)

// pinView is the page with a form.
type pinView struct {
	Action    action
	Operation string
	Signature bool
	Tries     message.Message
	LastTry   message.Message // zero where more than one is left, and nothing else is to be confirmed
	LastWhy   message.Message
	Keypad    bool
	Keyboard  link
	Frame     string
	UsePUK    []link
}

// pinTitles are the headings of the forms, of the PIN to log in with and of that
// for digital signature.
var pinTitles = map[action][2]message.Message{
	change:  {message.WindowChange, message.WindowChangeSignature},
	unblock: {message.WindowUnblock, message.WindowUnblockSignature},
	verify:  {message.WindowVerify, message.WindowVerifySignature},
}

// pinPage is the form of an action, with a number that is good once.
func (s *Server) pinPage(w http.ResponseWriter, r *http.Request) {
	op, reader := s.asked(r)
	if reader == nil {
		http.Redirect(w, r, s.session.path+"card", http.StatusSeeOther)
		return
	}
	name, left, other := triesOf(reader.Card, op)
	if isZero(left) {
		s.stateScreen(w, r, blockedState(op, other))
		return
	}
	op.keypad = keypad(reader.Card.Keypad, op.action) && r.URL.Query().Get("keyboard") == ""
	v := pinView{Action: op.action, Signature: op.purpose == cardos.DigitalSignature, Tries: triesText(name, left), Keypad: op.keypad,
		Frame: "pin/frame?" + formQuery(op.action, op.purpose, op.reader)}
	op.last, op.risky = left != nil && *left == 1, reader.Card.Evidence == cardos.Unknown
	switch {
	case op.last:
		v.LastTry, v.LastWhy = message.WindowLastTry.With(name), message.WindowLastTryPIN
		if op.action == unblock {
			v.LastWhy = message.WindowLastTryPUK
		} else if !isZero(other) {
			v.UsePUK = []link{pinLink(unblock, op.purpose, op.reader, message.WindowUsePUK)}
		}
	case op.risky:
		v.LastTry, v.LastWhy = message.WindowMayCost, message.WindowMayCostWhy
	}
	v.Keyboard = keyboardLink(op)
	v.Operation = s.operations.begin(op)
	title := pinTitles[op.action][0]
	if v.Signature {
		title = pinTitles[op.action][1]
	}
	write(w, http.StatusOK, s.page(r, "pin", title, v))
}

// keyboardLink leads to the form with fields, at a reader with a keypad.
func keyboardLink(op operation) link {
	return link{pinLink(op.action, op.purpose, op.reader, message.Message{}).To + "&keyboard=1", message.WindowKeyboard}
}

// asked returns the action that the address of a form asks for, and the reader
// with the card for it, nil without.
func (s *Server) asked(r *http.Request) (op operation, reader *cardinfo.Reader) {
	q := r.URL.Query()
	op = operation{action: action(q.Get("action")), reader: q.Get("reader"), purpose: purposeOf(q)}
	reader = s.reader(op.reader)
	if _, known := actions[op.action]; !known || reader == nil || op.purpose == cardos.DigitalSignature && reader.Card.Signature == nil {
		return op, nil
	}
	op.events = reader.Events
	return op, reader
}

// keypad reports whether the reader asks for what an action needs.
func keypad(p cardos.Pad, a action) bool { return a == verify && p.Verify || a == change && p.Modify }

// reader returns a reader with a card that this driver knows, nil without.
func (s *Server) reader(name string) *cardinfo.Reader {
	st := s.status().within(patience)
	if st == nil {
		return nil
	}
	for i := range st.Readers {
		if r := &st.Readers[i]; r.Name == name && r.Card != nil {
			return r
		}
	}
	return nil
}

// triesOf returns what the action needs a try of, the tries of that, and those of
// the other of PIN and PUK.
func triesOf(c *cardinfo.Card, op operation) (name string, left, other *int) {
	left, other = c.PINTries, c.PUKTries
	if op.purpose == cardos.DigitalSignature {
		left, other = c.Signature.PINTries, c.Signature.PUKTries
	}
	if op.action == unblock {
		return pin.PUK.Name, other, left
	}
	return pin.PIN.Name, left, other
}

// blockedState is the state of what an action needs a try of, and which has none.
func blockedState(op operation, other *int) state {
	if op.action == unblock || isZero(other) {
		return pukBlocked(other)
	}
	return pinBlocked(op.reader, op.purpose)
}

// frameView is the document with the fields.
type frameView struct {
	Origin string
	Fields []message.Message
	Button message.Message
}

// fieldLabels are the questions as labels of fields.
var fieldLabels = map[pinflow.Question]message.Message{
	pinflow.LoginPIN: message.WindowFieldPIN, pinflow.PresentPIN: message.WindowFieldPresent, pinflow.PUK: message.WindowFieldPUK,
	pinflow.NewPIN: message.WindowFieldNew, pinflow.NewPINAgain: message.WindowFieldAgain,
}

// pinFrame is the document with the fields, which the page has in a frame. It is
// of no origin (sandbox), where no browser offers to save what was typed; what is
// typed it hands to the page, which sends it.
func (s *Server) pinFrame(w http.ResponseWriter, r *http.Request) {
	op, reader := s.asked(r)
	if reader == nil {
		http.NotFound(w, r)
		return
	}
	spec := reader.Card.Spec
	if op.purpose == cardos.DigitalSignature {
		spec = reader.Card.Signature.Spec
	}
	v := frameView{Origin: s.origin(), Button: pinTitles[op.action][0]}
	for _, q := range actions[op.action] {
		label := fieldLabels[q]
		switch q {
		case pinflow.NewPINAgain:
		case pinflow.PUK:
			label = label.With(pin.Rule{Shortest: spec.PUKMinLength, Longest: spec.PUKMaxLength}.Text())
		default:
			label = label.With(pin.Rule{Shortest: spec.MinLength, Longest: spec.MaxLength}.Text())
		}
		v.Fields = append(v.Fields, label)
	}
	p := s.page(r, "frame", message.WindowFrame, v)
	p.Nonce = secret(16)
	w.Header().Del("X-Frame-Options") // frame-ancestors says who may
	w.Header().Set("Content-Security-Policy", inline(p.Nonce, "form-action 'none'", "frame-ancestors 'self'", "sandbox allow-scripts"))
	write(w, http.StatusOK, p)
}

// pinType is the content type of what the form sends. No form of another site can
// send it, and a script there would have to ask first (CORS).
const pinType = "application/x-tscns-pin"

// answer is what the script of the page gets.
type answer struct {
	Next      string `json:"next,omitempty"`      // where to go on
	Operation string `json:"operation,omitempty"` // number of the form from now on
	Error     string `json:"error,omitempty"`     // what is wrong with what was typed
}

// pinSend does the action of a form: the only place that receives a PIN. The body
// is read into protected memory: lines with the number of the form, 1 where the
// person has confirmed that it may be the last try, and what was typed.
func (s *Server) pinSend(w http.ResponseWriter, r *http.Request) {
	l := s.languageOf(r)
	body := secmem.New(secmem.Size)
	defer body.Free()
	n, err := io.ReadFull(r.Body, body.Bytes())
	// EOF: empty, nil: too long. A connection that ends early ends in the same error as
	// one that was read to its end, and half of a PIN would cost a try.
	if !errors.Is(err, io.ErrUnexpectedEOF) || int64(n) != r.ContentLength || r.Header.Get("Content-Type") != pinType {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	s.answers.RLock()
	defer s.answers.RUnlock()
	answering, err := wipe(w)
	if err != nil {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	defer answering.Close()
	w = answering
	lines := bytes.Split(body.Bytes()[:n], []byte("\n"))
	if !s.operation.TryLock() {
		writeJSON(w, http.StatusConflict, answer{Error: l.Text(message.WindowBusy)})
		return
	}
	defer s.operation.Unlock() // before the answer, which may be followed by the next form
	op, open := s.operations.take(string(lines[0]))
	typed := slices.Clip(lines[min(2, len(lines)):])
	switch {
	case !open:
		writeJSON(w, http.StatusConflict, answer{Error: l.Text(message.WindowFormOver)})
		return
	case len(lines) < 2 || !op.keypad && len(typed) != len(actions[op.action]):
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	confirmed := string(lines[1]) == "1"
	outcome := refusal(message.PINLastTryRefused)
	if confirmed || !op.risky {
		outcome = s.operate(op, asker{op.action, typed}, confirmed && op.last)
	}
	status, a := s.settle(l, op, outcome, confirmed)
	writeJSON(w, status, a)
}

// settle returns what the page is told of how an operation ended: to go on to a
// page, or what is wrong with the form.
func (s *Server) settle(l message.Language, op operation, o pinflow.Outcome, confirmed bool) (status int, a answer) {
	is := func(m message.Message) bool { return o.Failure != nil && o.Failure.Message.Is(m) }
	refused := is(message.PINLastTryRefused)
	switch {
	case is(message.WindowClosed), is(message.WindowFormOver):
		return http.StatusConflict, answer{Error: l.Text(o.Failure.Message)}
	case refused && (op.last || op.risky && !confirmed):
		return http.StatusOK, answer{Operation: s.operations.begin(op), Error: l.Text(message.WindowTick)}
	case !o.Sent && slices.ContainsFunc(typing, is):
		return http.StatusOK, answer{Operation: s.operations.begin(op), Error: l.Sentence(o.Failure.Message)}
	}
	s.changed(false) // the tries are others now
	if refused {
		// The form has no box for that: one that is opened now has.
		return http.StatusOK, answer{Next: s.session.path + pinLink(op.action, op.purpose, op.reader, message.Message{}).To}
	}
	return http.StatusOK, answer{Next: s.session.path + "pin/result?number=" + s.operations.keep(ended{op, o})}
}

// typing are what can be wrong with what was typed, of which nothing was sent.
var typing = []message.Message{message.PINNothingTyped, message.PINHalf, message.PINLength, message.PINDigitsOnly, message.PINsDiffer, message.PINSameAsPresent}

// refusal is the outcome of an operation of which nothing was sent.
func refusal(why message.Message) pinflow.Outcome {
	return pinflow.Outcome{Failure: &cards.Error{Message: why, Code: exit.NotGood}}
}

// operate opens the card, does the action, and leaves the card as it was.
func (s *Server) operate(op operation, who asker, lastTry bool) (o pinflow.Outcome) {
	s.card.Lock()
	defer s.card.Unlock()
	if s.closed() { // while it waited: the process ends, perhaps in the middle
		return refusal(message.WindowClosed)
	}
	transport, err := s.Connect()
	if err != nil {
		return pinflow.Outcome{Failure: cards.Explain(err), Err: err}
	}
	defer transport.Close()
	card, _, err := cards.Pick(transport, op.reader, s.Cards)
	if err != nil {
		return pinflow.Outcome{Failure: cards.Explain(err), Err: err}
	}
	defer card.Close()
	defer func() { _ = card.Forget() }()
	switch same, err := sameCard(transport, op); {
	case err != nil:
		return pinflow.Outcome{Failure: cards.Explain(err), Err: err}
	case !same:
		return refusal(message.WindowFormOver)
	}
	identity, spec, err := pinflow.Find(card, op.purpose)
	if err != nil {
		return pinflow.Outcome{Failure: cards.Explain(err), Err: err}
	}
	f := pinflow.Flow{Asker: who, Card: card, Identity: identity, PIN: spec, LastTry: lastTry, Keypad: op.keypad}
	switch op.action {
	case change:
		return f.Change()
	case unblock:
		return f.Unblock()
	}
	return f.Verify()
}

// sameCard reports whether the card of an operation, which is open, is the one that
// its form was about: a form can outlive the moment at which forms are closed.
func sameCard(t cardos.Transport, op operation) (bool, error) {
	readers, err := t.Readers()
	for _, r := range readers {
		if r.Name == op.reader {
			return r.Events == op.events, err
		}
	}
	return false, err
}

// asker answers the questions with what was typed into the fields.
type asker struct {
	action action
	typed  [][]byte
}

// Tell implements [pinflow.Asker]: the page has said it.
func (a asker) Tell(message.Message) {}

// Secret implements [pinflow.Asker].
func (a asker) Secret(q pinflow.Question, _ pin.Rule) (*secmem.Buffer, *cards.Error) {
	i := slices.Index(actions[a.action], q)
	if i < 0 || i >= len(a.typed) {
		return secmem.New(0), &cards.Error{Message: message.PINNothingTyped, Code: exit.NotGood}
	}
	return secmem.Copy(a.typed[i]), nil
}

// Again implements [pinflow.Asker]: that is another press of the button.
func (a asker) Again(message.Message) bool { return false }

// Unproven implements [pinflow.Asker]: that is decided in a terminal.
func (a asker) Unproven(cardos.Unproven) (how cardos.Retry, ok bool) { return how, false }

// pinResult shows how an operation ended, as often as it is asked for.
func (s *Server) pinResult(w http.ResponseWriter, r *http.Request) {
	e, ok := s.operations.result(r.URL.Query().Get("number"))
	if !ok {
		http.Redirect(w, r, s.session.path+"card", http.StatusSeeOther)
		return
	}
	s.stateScreen(w, r, resultOf(e))
}

// stateScreen shows a state alone.
func (s *Server) stateScreen(w http.ResponseWriter, r *http.Request, st state) {
	st.Actions = append(st.Actions, toCard)
	write(w, http.StatusOK, s.page(r, "result", st.Title, st))
}
