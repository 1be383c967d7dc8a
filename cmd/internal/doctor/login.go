// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"strings"

	"tscns/cardos"
	"tscns/cmd/internal/words"
	"tscns/module/ck"
)

// ErrNoLogin is what World.Login returns where no PIN was given or sent.
var ErrNoLogin = errors.New("doctor: no login")

// Handshake is how a login with one version of TLS went.
type Handshake struct {
	Version string // "TLS 1.3"
	Err     error
}

var reinsert = words.Text{"take it out, insert it again and try once more; if that does not help: tscns report --login", "toglila, reinseriscila e riprova; se non basta: tscns report --login"}

// login has the card log in to a server of our own, with the PIN that a person
// types for it: what works there and not at a site is the site's.
func (e *exam) login() []Finding {
	switch {
	case e.Login == nil:
		return note(words.Text{"no login tried (--login)", "nessun accesso provato (--login)"})
	case e.card == nil || !e.canLogin():
		return note(skipped)
	}
	tries, err := e.Login(e.cardReader)
	var rv ck.RV
	switch {
	case errors.Is(err, ErrNoLogin), errors.As(err, &rv) && rv == ck.CKR_FUNCTION_CANCELED:
		return note(words.Text{"no login tried: no PIN was sent", "nessun accesso provato: non è stato inviato nessun PIN"})
	case errors.As(err, &rv) && rv == ck.CKR_PIN_INCORRECT:
		return failure(words.Text{"the card refused the PIN", "la tessera ha rifiutato il PIN"}, words.Text{"look it up before the next try; it may be half of it, or the PUK", "controllalo prima della prossima prova; può essere la metà, o il PUK"})
	case errors.As(err, &rv) && rv == ck.CKR_PIN_LOCKED:
		return failure(words.Text{"the card says that the PIN is blocked", "la tessera dice che il PIN è bloccato"}, words.Text{"unblock it with the PUK: tscns pin unblock", "sbloccalo con il PUK: tscns pin unblock"})
	case err != nil:
		return failure(words.Text{"the login did not work: %v", "l'accesso non è riuscito: %v"}.With(err), reinsert)
	}
	return loggedIn(tries)
}

func loggedIn(tries []Handshake) []Finding {
	var good, bad []string
	var last error
	for _, h := range tries {
		if h.Err == nil {
			good = append(good, h.Version)
		} else {
			bad, last = append(bad, h.Version), h.Err
		}
	}
	switch {
	case len(good) == 0:
		return failure(words.Text{"the card took the PIN, and could not log in to a server on this computer: %v", "la tessera ha accettato il PIN, e non è riuscita a entrare in un server su questo computer: %v"}.With(last), reinsert)
	case len(bad) > 0:
		return warning(words.Text{"the card logs in to a server on this computer with %s, and not with %s", "la tessera entra in un server su questo computer con %s, e non con %s"}.With(strings.Join(good, ", "), strings.Join(bad, ", ")),
			words.Text{"a site that speaks nothing else will refuse this kind of card; what each can do: %s", "un sito che non parla altro rifiuterà questo tipo di tessera; che cosa sa fare ciascuna: %s"}.
				With(words.Page("docs/cards.md", "docs/cards.md")))
	}
	return ok(words.Text{"the card logs in to a server on this computer (%s): where a site refuses it, it is the site", "la tessera entra in un server su questo computer (%s): se un sito la rifiuta, è il sito"}.With(strings.Join(good, ", ")))
}

func (e *exam) canLogin() bool {
	for _, id := range e.identities {
		if id.Purpose == cardos.Authentication && len(id.Keys) > 0 {
			return true
		}
	}
	return false
}
