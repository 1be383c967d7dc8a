// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"

	"tscns/cardos"
	"tscns/cardos/profile"
)

// openCard opens the card in the reader named, or in the only one that has a
// card. It complains and returns nil where there is none. The caller closes
// card and transport by done.
func (a *app) openCard(reader string) (card *cardos.Card, name string, done func()) {
	transport, err := a.open()
	if err != nil {
		a.complainOf(err)
		return nil, "", nil
	}
	card, name = a.pick(transport, reader)
	if card == nil {
		transport.Close()
		return nil, "", nil
	}
	return card, name, func() {
		card.Close()
		transport.Close()
	}
}

func (a *app) pick(transport cardos.Transport, reader string) (*cardos.Card, string) {
	readers, err := transport.Readers()
	if err != nil {
		a.complainOf(err)
		return nil, ""
	}
	var with []string
	named := false
	for _, r := range readers {
		named = named || r.Name == reader
		if r.Present && (reader == "" || r.Name == reader) {
			with = append(with, r.Name)
		}
	}
	switch {
	case reader != "" && !named:
		a.complain(exitUsage, text{"there is no reader %q; tscns status lists them", "non c'è un lettore %q; tscns status li elenca"}, reader)
		return nil, ""
	case len(readers) == 0:
		a.complain(exitNotGood, text{"no reader is connected", "nessun lettore collegato"})
		return nil, ""
	case len(with) == 0:
		a.complain(exitNotGood, text{"no card in the reader: insert it, chip first", "nessuna tessera nel lettore: inseriscila dal lato del chip"})
		return nil, ""
	}
	return a.first(transport, with)
}

// first opens the only card that this driver knows; with several the person
// has to say which.
func (a *app) first(transport cardos.Transport, readers []string) (card *cardos.Card, name string) {
	done := a.progress(text{"Reading the card ...", "Lettura della tessera ..."})
	defer done()
	var failure error
	for _, r := range readers {
		c, err := profile.Open(transport, r, a.cards)
		if err == nil {
			if _, err = c.Identities(); err != nil {
				c.Close()
			}
		}
		if err != nil {
			failure = err
			continue
		}
		if card != nil {
			card.Close()
			c.Close()
			done()
			a.complain(exitUsage, text{"more than one card is there (%q, %q): say which with --reader", "c'è più di una tessera (%q, %q): di' quale con --reader"}, name, r)
			return nil, ""
		}
		card, name = c, r
	}
	if card == nil {
		done()
		a.complainOf(failure)
	}
	return card, name
}

// complainOf says in plain words why a card could not be used.
func (a *app) complainOf(err error) {
	for _, row := range []struct {
		err error
		say text
	}{
		{cardos.ErrNoService, serviceOff},
		{cardos.ErrNoReader, text{"the reader is gone", "il lettore non c'è più"}},
		{cardos.ErrNoCard, text{"no card in the reader", "nessuna tessera nel lettore"}},
		{cardos.ErrCardRemoved, text{"the card was taken out", "la tessera è stata tolta"}},
		{cardos.ErrCardMute, text{"the card does not answer: is it upside down?", "la tessera non risponde: è al rovescio?"}},
		{cardos.ErrInUse, text{"another program holds the card for itself: close it", "un altro programma tiene la tessera tutta per sé: chiudilo"}},
		{cardos.ErrNotRecognized, text{"this is not a TS-CNS that this driver knows", "non è una TS-CNS che questo driver conosce"}},
	} {
		if errors.Is(err, row.err) {
			a.complain(exitNotGood, row.say)
			return
		}
	}
	a.complain(exitNotGood, text{"the card could not be used: %v", "non è stato possibile usare la tessera: %v"}, err)
}

// serviceOff is said where no service answers; Windows has its own name for it.
var serviceOff = text{"the smart card service (pcscd) does not answer; tscns doctor tells why",
	"il servizio smart card (pcscd) non risponde; tscns doctor dice perché"}
