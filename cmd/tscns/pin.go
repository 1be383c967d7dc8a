// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tscns/cardos"
)

func (a *app) pinCommand() *cobra.Command {
	return a.group("pin", pinTexts, a.pinChangeCommand(), a.pinUnblockCommand(), a.pinTriesCommand())
}

// pinJob is one PIN of one card, in the hands of a person.
type pinJob struct {
	*app
	card     *cardos.Card
	identity int
	spec     cardos.PINSpec
	lastTry  bool // the person accepts to risk it
	keyboard bool // not the keypad of the reader
}

type pinFlags struct {
	reader             *string
	signature, lastTry *bool
	keyboard           *bool
}

func (a *app) pinFlags(c *cobra.Command, risky bool) (f pinFlags) {
	f.reader = a.readerFlag(c)
	f.signature = c.Flags().Bool("signature", false, a.lang.of(text{"the PIN of the digital signature, where the card has one", "il PIN della firma digitale, se la tessera l'ha"}))
	f.lastTry, f.keyboard = new(bool), new(bool)
	if risky {
		c.Flags().BoolVar(f.lastTry, "last-try", false, a.lang.of(text{"go on even if only one try is left", "prosegui anche se resta una sola prova"}))
	}
	return f
}

// withPIN opens the card and does a job on a PIN. Afterwards the card is as
// before: a PIN that was accepted is not left in force.
func (a *app) withPIN(f pinFlags, do func(*pinJob)) {
	card, _, done := a.openCard(*f.reader)
	if card == nil {
		return
	}
	defer done()
	defer card.Forget()
	identities, err := card.Identities()
	if err != nil {
		a.complainOf(err)
		return
	}
	purpose := cardos.Authentication
	if *f.signature {
		purpose = cardos.DigitalSignature
	}
	for i, id := range identities {
		if id.Purpose == purpose {
			do(&pinJob{app: a, card: card, identity: i, spec: id.PIN, lastTry: *f.lastTry, keyboard: *f.keyboard})
			return
		}
	}
	a.complain(exitNotGood, text{"the card has no such PIN", "la tessera non ha questo PIN"})
}

func (a *app) pinChangeCommand() *cobra.Command {
	c := a.command("change", pinChangeTexts)
	f := a.pinFlags(c, true)
	c.Flags().BoolVar(f.keyboard, "keyboard", false, a.lang.of(text{"type at this terminal, although the reader has a keypad", "digita a questo terminale, anche se il lettore ha un tastierino"}))
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, (*pinJob).change) }
	return c
}

func (a *app) pinUnblockCommand() *cobra.Command {
	c := a.command("unblock", pinUnblockTexts)
	f := a.pinFlags(c, true)
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, (*pinJob).unblock) }
	return c
}

// way is a way to a new PIN: with the old one, or with the PUK.
type way struct {
	name, ask, done   text
	tries             func(pin, puk cardos.Tries) cardos.Tries
	check             func(int, cardos.Secret) error
	shortest, longest int
	send              func(identity int, secret, next cardos.Secret) error
	refusal           refusal
	onPad             func(identity int) error // where the reader asks
}

func (j *pinJob) change() {
	w := way{
		name: text{"PIN", "PIN"}, ask: text{"Present PIN: ", "PIN attuale: "}, done: text{"The PIN is changed.", "Il PIN è cambiato."},
		tries: func(pin, _ cardos.Tries) cardos.Tries { return pin },
		check: j.card.CheckPIN, shortest: j.spec.MinLength, longest: j.spec.MaxLength,
		send: j.card.ChangePIN, refusal: pinRefused,
	}
	if j.card.PINPad().Modify && !j.keyboard {
		w.onPad = j.card.ChangePINOnPad
	}
	j.renew(w)
}

func (j *pinJob) unblock() {
	j.renew(way{
		name: text{"PUK", "PUK"}, ask: text{"PUK: ", "PUK: "}, done: text{"The PIN is set, and unblocked.", "Il PIN è impostato, e sbloccato."},
		tries: func(_, puk cardos.Tries) cardos.Tries { return puk },
		check: j.card.CheckPUK, shortest: j.spec.PUKMinLength, longest: j.spec.PUKMaxLength,
		send: j.card.UnblockPIN, refusal: pukRefused,
	})
}

// renew asks for the secret of a way and twice for the new PIN, and sends them
// to the card once.
func (j *pinJob) renew(w way) {
	if !j.knowsForm() {
		return
	}
	pin, puk, err := j.card.QueryTries(j.identity)
	if err != nil {
		j.complainOf(err)
		return
	}
	left := w.tries(pin, puk)
	if left.Known && left.Left == 0 {
		j.complain(exitPIN, w.refusal.blocked)
		return
	}
	if !j.mayTry(left, w.name) {
		return
	}
	if w.onPad != nil {
		j.renewOnPad(w)
		return
	}
	secret, ok := j.secret(w.ask, w.check, w.shortest, w.longest)
	defer secret.Wipe()
	if !ok {
		return
	}
	next, ok := j.newPIN()
	defer next.Wipe()
	if !ok {
		return
	}
	if bytes.Equal(secret, next) {
		j.complain(exitUsage, text{"the new PIN is the same as the present %s; nothing was sent to the card", "il nuovo PIN è uguale al %s attuale; alla tessera non è stato inviato niente"}, j.lang.of(w.name))
		return
	}
	if err := w.send(j.identity, secret, next); err != nil {
		j.outcome(err, w.refusal)
		return
	}
	j.say(w.done)
}

// renewOnPad leaves the asking to the reader.
func (j *pinJob) renewOnPad(w way) {
	j.say(text{"Use the keypad of the reader: type the present PIN, then the new one, then the new one again, each with its confirmation key.",
		"Usa il tastierino del lettore: digita il PIN attuale, poi il nuovo, poi ancora il nuovo, ognuno con il tasto di conferma."})
	if err := w.onPad(j.identity); err != nil {
		j.outcome(err, w.refusal)
		return
	}
	j.say(w.done)
}

// knowsForm says whether the driver knows the commands for the PIN of this
// kind of card. Without secrets the question stays in the driver: no command
// is sent.
func (j *pinJob) knowsForm() bool {
	if errors.Is(j.card.ChangePIN(j.identity, nil, nil), cardos.ErrNoKnownForm) {
		j.outcome(cardos.ErrNoKnownForm, pinRefused)
		return false
	}
	return true
}

// mayTry tells what is known of the tries before one is risked, and stops
// before the last one unless the person said otherwise.
func (j *pinJob) mayTry(left cardos.Tries, what text) bool {
	name := j.lang.of(what)
	switch {
	case !left.Known:
		j.say(text{"How many tries the %s has left is not known for this card before one is used. A wrong entry costs one.",
			"Quante prove restano al %s non è noto per questa tessera prima di usarne una. Un inserimento sbagliato ne costa una."}, name)
	case left.Left > 1:
		j.say(text{"The %s has %d tries left. A wrong entry costs one.", "Al %s restano %d prove. Un inserimento sbagliato ne costa una."}, name, left.Left)
	case !j.lastTry:
		j.complain(exitUnsafe, text{"the %s has ONE try left; a wrong entry would block it. Nothing was sent. If you are sure of it: --last-try",
			"al %s resta UNA prova; un inserimento sbagliato lo bloccherebbe. Non è stato inviato niente. Se ne sei sicuro: --last-try"}, name)
		return false
	default:
		j.say(text{"Careful: this is the LAST try of the %s.", "Attenzione: è l'ULTIMA prova del %s."}, name)
	}
	return true
}

// secret asks for a PIN or PUK, and checks length and digits before the card
// sees it.
func (j *pinJob) secret(ask text, check func(int, cardos.Secret) error, shortest, longest int) (cardos.Secret, bool) {
	fmt.Fprint(j.out, j.lang.of(ask))
	typed, err := j.person.secret()
	fmt.Fprintln(j.out)
	s := cardos.Secret(typed)
	if err != nil {
		j.complain(exitNotGood, text{"a PIN is typed at a terminal only, never given by a file or an option", "un PIN si digita solo a un terminale, mai da un file o da un'opzione"})
		return s, false
	}
	if len(s) == 0 {
		j.complain(exitNotGood, text{"nothing typed; nothing was sent to the card", "niente digitato; alla tessera non è stato inviato niente"})
		return s, false
	}
	switch err := check(j.identity, s); {
	case errors.Is(err, cardos.ErrPINLength) && 2*len(s) >= shortest && 2*len(s) <= longest:
		j.complain(exitUsage, text{"%d digits are half of it: PIN and PUK are handed over in two halves, one at the counter and one by mail or e-mail. Type both, the counter's first, without a blank. Nothing was sent to the card",
			"%d cifre ne sono la metà: PIN e PUK vengono consegnati in due metà, una allo sportello e una per posta o e-mail. Digitale tutte e due, prima quella dello sportello, senza spazi. Alla tessera non è stato inviato niente"}, len(s))
	case errors.Is(err, cardos.ErrPINLength) && shortest == longest:
		j.complain(exitUsage, text{"it has %d digits; nothing was sent to the card", "ha %d cifre; alla tessera non è stato inviato niente"}, longest)
	case errors.Is(err, cardos.ErrPINLength):
		j.complain(exitUsage, text{"it has %d to %d digits; nothing was sent to the card", "ha da %d a %d cifre; alla tessera non è stato inviato niente"}, shortest, longest)
	case errors.Is(err, cardos.ErrPINCharacter):
		j.complain(exitUsage, text{"it has digits only; nothing was sent to the card", "ha solo cifre; alla tessera non è stato inviato niente"})
	case err != nil:
		j.complainOf(err)
	default:
		return s, true
	}
	return s, false
}

// newPIN asks for a new PIN twice.
func (j *pinJob) newPIN() (cardos.Secret, bool) {
	next, ok := j.secret(text{"New PIN: ", "Nuovo PIN: "}, j.card.CheckPIN, j.spec.MinLength, j.spec.MaxLength)
	if !ok {
		return next, false
	}
	again, ok := j.secret(text{"New PIN, once more: ", "Nuovo PIN, ancora una volta: "}, j.card.CheckPIN, j.spec.MinLength, j.spec.MaxLength)
	defer again.Wipe()
	if ok && !bytes.Equal(next, again) {
		j.complain(exitUsage, text{"the two are not the same; nothing was sent to the card", "i due non sono uguali; alla tessera non è stato inviato niente"})
		ok = false
	}
	return next, ok
}

// refusal holds the words for a secret that the card refused.
type refusal struct{ wrong, wrongLeft, blocked text }

var pinRefused = refusal{
	text{"wrong PIN; that was one try, and it is not tried again. How many are left the card does not tell", "PIN sbagliato; era una prova, e non viene riprovato. Quante ne restano la tessera non lo dice"},
	text{"wrong PIN; tries left: %d. It is not tried again", "PIN sbagliato; prove rimaste: %d. Non viene riprovato"},
	text{"the PIN is blocked; the PUK unblocks it: tscns pin unblock", "il PIN è bloccato; lo sblocca il PUK: tscns pin unblock"},
}

var pukRefused = refusal{
	text{"wrong PUK; that was one try, and it is not tried again. How many are left the card does not tell", "PUK sbagliato; era una prova, e non viene riprovato. Quante ne restano la tessera non lo dice"},
	text{"wrong PUK; tries left: %d. It is not tried again", "PUK sbagliato; prove rimaste: %d. Non viene riprovato"},
	text{"the PUK is blocked: the card has to be replaced, ask at the counter that issued it", "il PUK è bloccato: la tessera va sostituita, chiedi allo sportello che l'ha rilasciata"},
}

// outcome puts the card's refusal into plain words.
func (j *pinJob) outcome(err error, r refusal) {
	for _, p := range padTexts {
		if errors.Is(err, p.err) {
			j.complain(p.code, p.text)
			return
		}
	}
	var refused *cardos.PINError
	switch {
	case errors.Is(err, cardos.ErrPINBlocked):
		j.complain(exitPIN, r.blocked)
	case errors.As(err, &refused) && refused.Tries.Known:
		j.complain(exitPIN, r.wrongLeft, refused.Tries.Left)
	case errors.Is(err, cardos.ErrPINIncorrect):
		j.complain(exitPIN, r.wrong)
	case errors.Is(err, cardos.ErrPINNotUsable):
		j.complain(exitPIN, text{"the card says that this PIN cannot be used; one that was never activated is set with the PUK: tscns pin unblock", "la tessera dice che questo PIN non si può usare; uno mai attivato si imposta con il PUK: tscns pin unblock"})
	case errors.Is(err, cardos.ErrNoKnownForm), errors.Is(err, cardos.ErrUnsupported):
		j.complain(exitNotGood, text{"nobody has shown yet how this kind of card does that; nothing was lost on it", "nessuno ha ancora mostrato come lo fa questo tipo di tessera; non è andato perso niente"})
	default:
		j.complainOf(err)
	}
}

func (a *app) pinTriesCommand() *cobra.Command {
	c := a.command("tries", pinTriesTexts)
	f := a.pinFlags(c, false)
	asJSON := a.jsonFlag(c)
	ask := c.Flags().Bool("ask", false, a.lang.of(text{"ask the card even where that may cost a try; it asks you first", "chiedi alla tessera anche dove può costare una prova; prima chiede a te"}))
	c.RunE = func(*cobra.Command, []string) (err error) {
		a.withPIN(f, func(j *pinJob) { err = j.tries(*ask, *asJSON) })
		return err
	}
	return c
}

// triesLeftJSON is the --json output of tscns pin tries; null is not known.
type triesLeftJSON struct {
	PIN *int `json:"pinTries"`
	PUK *int `json:"pukTries"`
}

func (j *pinJob) tries(ask, asJSON bool) error {
	pin, puk, err := j.card.QueryTries(j.identity)
	if err != nil {
		j.complainOf(err)
		return nil
	}
	if !pin.Known && ask {
		if !j.knowsForm() || !j.acceptRisk() {
			return nil
		}
		if pin, err = j.card.AskTries(j.identity); err != nil {
			j.outcome(err, pinRefused)
			return nil
		}
	}
	if asJSON {
		return writeJSON(j.out, triesLeftJSON{known(pin), known(puk)})
	}
	j.say(text{"PIN: %s", "PIN: %s"}, triesText(known(pin), j.lang))
	j.say(text{"PUK: %s", "PUK: %s"}, triesText(known(puk), j.lang))
	return nil
}

// acceptRisk says what the question may cost; the person types a word to go on.
func (j *pinJob) acceptRisk() bool {
	word := j.lang.text(msgReportRiskWord)
	fmt.Fprint(j.errs, j.lang.of(text{"Other drivers ask this kind of card without harm, but nothing proves it: some cards count the question as a wrong PIN,\nso it may cost ONE TRY, and on the last one block the PIN. Type %s to accept that: ",
		"Altri driver lo chiedono a questo tipo di tessera senza danno, ma niente lo prova: alcune contano la domanda come un PIN\nsbagliato, quindi può costare UNA PROVA, e all'ultima bloccare il PIN. Scrivi %s per accettarlo: "}, word))
	line, _ := j.person.in.ReadString('\n')
	if strings.EqualFold(strings.TrimSpace(line), word) {
		return true
	}
	j.complain(exitUnsafe, text{"not asked", "non chiesto"})
	return false
}
