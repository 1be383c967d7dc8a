// SPDX-License-Identifier: Apache-2.0

// Package cards opens cards for the commands, and says in plain words why one
// could not be opened.
package cards

import (
	"strconv"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/profile"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
)

// Connect returns the smart card service. The caller closes it.
type Connect func() (cardos.Transport, error)

// Open opens the card in a reader. Every card of the commands is opened here.
func Open(t cardos.Transport, reader string, o cardos.Options) (*cardos.Card, error) {
	return profile.Open(t, reader, o)
}

// Options returns what the library opens cards with too: the person's
// configuration.
func Options(getenv func(string) string) cardos.Options {
	config := localfiles.ReadConfig(getenv)
	dir := localfiles.RuntimeDir(getenv)
	o := cardos.Options{Reads: cardos.ReadsNamed(config.Reads), PINRecords: localfiles.NewPINRecords(dir),
		Logins: localfiles.NewLogins(dir)}
	if config.Cache {
		o.Store = localfiles.NewCache(dir)
	}
	return o
}

// Fresh returns the options with a write-only store: the card is read, and what
// is kept of it renewed.
func Fresh(o cardos.Options) cardos.Options {
	if o.Store != nil {
		o.Store = writeOnly{o.Store}
	}
	return o
}

type writeOnly struct{ cardos.Store }

func (writeOnly) Load() [][]byte { return nil }

// Pick opens the card in the reader named; where name is "", the only card that
// this driver knows. Its error is an [*Error].
func Pick(t cardos.Transport, name string, o cardos.Options) (card *cardos.Card, reader string, err error) {
	readers, err := t.Readers()
	if err != nil {
		return nil, "", Explain(err)
	}
	var with []cardos.ReaderState
	named := false
	for _, r := range readers {
		named = named || r.Name == name
		if r.Present && (name == "" || r.Name == name) {
			with = append(with, r)
		}
	}
	switch {
	case name != "" && !named:
		return nil, "", &Error{message.NoSuchReader.With(name), message.CureNoSuchReader, exit.Usage}
	case len(readers) == 0:
		return nil, "", &Error{message.NoReader, message.CureNoReader, exit.NotGood}
	case len(with) == 0:
		return nil, "", Explain(cardos.ErrNoCard)
	}
	return only(t, with, o)
}

// only opens the only card that this driver knows.
func only(t cardos.Transport, readers []cardos.ReaderState, o cardos.Options) (card *cardos.Card, name string, err error) {
	var failure error
	for _, r := range readers {
		c, err := Open(t, r.Name, o)
		if err == nil {
			if _, err = c.Identities(); err != nil {
				c.Close()
			}
		}
		if err != nil {
			failure = ExplainIn(err, r.ATR)
			continue
		}
		if card != nil {
			card.Close()
			c.Close()
			return nil, "", &Error{message.SeveralCards.With(name, r.Name), message.CureSeveralCards, exit.Usage}
		}
		card, name = c, r.Name
	}
	if card == nil {
		return nil, "", failure
	}
	return card, name, nil
}

// TriesLeft returns the tries that a card reported, as an argument of a message.
func TriesLeft(t cardos.Tries) message.Message {
	if !t.Known {
		return message.PINTriesNotTold
	}
	return message.Verbatim(strconv.Itoa(t.Left))
}
