// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"time"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cmd/internal/words"
)

func (e *exam) cardThere() []Finding {
	if e.noService() || len(e.readers) == 0 {
		return note(skipped)
	}
	if e.card != nil {
		info := e.card.Info()
		t := words.Text{"card: %s, read without trouble", "tessera: %s, letta senza problemi"}.With(info.Profile)
		if info.Grade == cardos.Unknown {
			return warning(t, words.Text{"nobody has shown yet how this kind logs in and signs; help with: tscns report --login", "nessuno ha ancora mostrato come questo tipo accede e firma; aiuta con: tscns report --login"})
		}
		return ok(t)
	}
	for _, r := range e.readers {
		switch err := e.cardErrs[r.Name]; {
		case isAny(err, cardos.ErrNoService):
			return note(skipped)
		case isAny(err, cardos.ErrNotRecognized) && contactlessATR(r.ATR):
			return failure(words.Text{"the card, read over NFC as it seems, is not a TS-CNS that this driver knows", "la tessera, letta via NFC a quanto pare, non è una TS-CNS che questo driver conosce"},
				words.Text{"if it is a health card, insert it with its chip instead of laying it on the reader", "se è una tessera sanitaria, inseriscila dal lato del chip invece di appoggiarla sul lettore"})
		case err != nil:
			return cardFailure(err)
		}
	}
	return failure(words.Text{"no card in the reader", "nessuna tessera nel lettore"},
		words.Text{"insert it, chip first and upwards, up to the stop", "inseriscila, dal lato del chip e con il chip in su, fino in fondo"})
}

func cardFailure(err error) []Finding {
	switch {
	case isAny(err, cardos.ErrCardMute):
		return failure(words.Text{"the card does not answer", "la tessera non risponde"},
			words.Text{"turn it round; clean the chip with a dry cloth; try another reader", "girala; pulisci il chip con un panno asciutto; prova un altro lettore"})
	case isAny(err, cardos.ErrInUse):
		return failure(words.Text{"another program holds the card for itself", "un altro programma tiene la tessera tutta per sé"},
			words.Text{"close that program; if it is GnuPG: gpgconf --kill scdaemon", "chiudi quel programma; se è GnuPG: gpgconf --kill scdaemon"})
	case isAny(err, cardos.ErrNotRecognized):
		return failure(words.Text{"the card is not a TS-CNS that this driver knows", "la tessera non è una TS-CNS che questo driver conosce"},
			words.Text{"insert the health card; the identity card (CIE) and bank cards need other software. If it is a health card: tscns report", "inserisci la tessera sanitaria; la carta d'identità (CIE) e le carte bancarie vogliono altri programmi. Se è una tessera sanitaria: tscns report"})
	case isAny(err, cardos.ErrNoCard, cardos.ErrCardRemoved):
		return failure(words.Text{"the card was taken out", "la tessera è stata tolta"}, words.Text{"insert it again and try once more", "reinseriscila e riprova"})
	}
	return failure(words.Text{"the card could not be read: %v", "la tessera non è leggibile: %v"}.With(err),
		words.Text{"take it out, insert it again; if that does not help: tscns report", "toglila, reinseriscila; se non basta: tscns report"})
}

// contactlessATR says whether an answer to reset looks like one that a reader
// makes up for a card over NFC (PC/SC part 3, 3.1.3.2.3). A few cards with
// contacts answer alike.
func contactlessATR(atr []byte) bool {
	return len(atr) > 3 && atr[0] == 0x3B && atr[1]&0xF0 == 0x80 && atr[2] == 0x80 && atr[3] == 0x01
}

func (e *exam) side() []Finding {
	switch {
	case e.card == nil:
		return note(skipped)
	case e.card.Info().Contactless:
		return warning(words.Text{"the reader reads the NFC side of the card, which is less well known than the chip's contacts", "il lettore legge il lato NFC della tessera, meno noto dei contatti del chip"},
			words.Text{"insert the card with its chip instead of laying it on the reader", "inserisci la tessera dal lato del chip invece di appoggiarla sul lettore"})
	}
	return ok(words.Text{"the card is read by its contacts", "la tessera è letta dai contatti"})
}

// soon is how long before its end a certificate is worth a word.
const soon = 30 * 24 * time.Hour

func (e *exam) certificate() []Finding {
	if e.card == nil {
		return note(skipped)
	}
	var findings []Finding
	for _, id := range e.identities {
		if id.Purpose != cardos.Authentication {
			continue
		}
		for _, k := range id.Keys {
			findings = append(findings, e.dates(k.Certificate)...)
		}
	}
	if findings == nil {
		return failure(words.Text{"the card has no certificate", "la tessera non ha un certificato"},
			words.Text{"have it activated as CNS: at the counters of your Region's health service (ASL) or in many pharmacies", "falla attivare come CNS: agli sportelli della tua ASL o in molte farmacie"})
	}
	return findings
}

func (e *exam) dates(c *certificate.Certificate) []Finding {
	end := c.NotAfter.Format("2006-01-02")
	switch {
	case e.Now.Before(c.NotBefore):
		return failure(words.Text{"the certificate is not valid yet", "il certificato non è ancora valido"}, words.Text{"set this computer's date: sudo timedatectl set-ntp true", "correggi la data del computer: sudo timedatectl set-ntp true"})
	case e.Now.After(c.NotAfter):
		return failure(words.Text{"the certificate expired on %s", "il certificato è scaduto il %s"}.With(end), words.Text{"ask for a new card: it comes by itself before the end, or at your Region's health service (ASL)", "chiedi una nuova tessera: arriva da sola prima della scadenza, o si chiede alla tua ASL"})
	case c.NotAfter.Sub(e.Now) < soon:
		return warning(words.Text{"the certificate expires on %s", "il certificato scade il %s"}.With(end), words.Text{"a new card should arrive by mail; otherwise ask your Region's health service (ASL)", "una nuova tessera dovrebbe arrivare per posta; altrimenti chiedi alla tua ASL"})
	case !c.IsCNS():
		return warning(words.Text{"the certificate, valid until %s, has no CNS policy", "il certificato, valido fino al %s, non ha la policy CNS"}.With(end), words.Text{"sites that ask for a CNS may refuse it; ask the administration that issued it", "i siti che chiedono una CNS possono rifiutarlo; chiedi all'ente che l'ha emesso"})
	}
	return ok(words.Text{"the certificate is valid until %s", "il certificato è valido fino al %s"}.With(end))
}

// pin tells what is known of the tries. It asks only where that is proven to
// cost none, and never sends a PIN.
func (e *exam) pin() []Finding {
	if e.card == nil {
		return note(skipped)
	}
	left, _, err := e.card.QueryTries(0)
	switch {
	case err != nil && !errors.Is(err, cardos.ErrNotFound):
		return note(words.Text{"the state of the PIN could not be read", "lo stato del PIN non è leggibile"})
	case !left.Known:
		return note(words.Text{"how many tries the PIN has left this card tells only after one", "quante prove restano al PIN questa tessera lo dice solo dopo una"})
	case left.Left == 0:
		return failure(words.Text{"the PIN is blocked", "il PIN è bloccato"}, words.Text{"unblock it with the PUK: tscns pin unblock", "sbloccalo con il PUK: tscns pin unblock"})
	case left.Left == 1:
		return warning(words.Text{"the PIN has ONE try left", "al PIN resta UNA prova"}, words.Text{"look the PIN up before you type it: a wrong one blocks it", "controlla il PIN prima di digitarlo: uno sbagliato lo blocca"})
	}
	return ok(words.Text{"the PIN has %d tries left", "al PIN restano %d prove"}.With(left.Left))
}
