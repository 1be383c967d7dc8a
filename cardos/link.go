// SPDX-License-Identifier: Apache-2.0

package cardos

import "fmt"

// Link is a connection to a card that is somebody else's: its owner makes the
// transactions, and is in one whenever a method of the [Card] is called. The
// owner may reset the card between two calls without notice. A Link may also be
// a [PINPad] and have a [ReaderLimit].
type Link interface {
	// ATR returns the answer to reset, at most 33 bytes.
	ATR() []byte
	// Transmit is that of [Conn].
	Transmit(command []byte) ([]byte, error)
}

// Adopt recognises the card behind a link, as [Open] does. Nothing is begun anew
// where the card was reset in between: that is ErrCardReset, and the owner's
// affair. The Card
//
//   - never connects, begins, ends or resets: Forget and Close leave the card as it
//     is, and Options.Logins and Options.Store are not used;
//   - takes the card's word, not its own memory, for whether a PIN is in force: a
//     key is used as after a transaction of another program, by the whole sequence
//     where the card refuses less, and is ErrPINRequired where it refuses that;
//   - does not die with an error: the link may lead to the card again.
func Adopt(l Link, o Options) (*Card, error) {
	if len(o.Profiles) == 0 {
		return nil, errNoProfiles
	}
	o.Logins, o.Store = nil, nil
	c := newCard(adopted{l}, o)
	c.adopted = true
	if err := c.recognise(o.Profiles); err != nil {
		return nil, err
	}
	c.readSize = c.largestRead(o.Reads)
	return c, nil
}

// SameCard compares the card behind the link with the one that was adopted, by
// the beginnings of its certificates: ErrCardRemoved is another one, or one whose
// certificates were not read before. It selects from the top, as after a reset. The
// owner of the link calls it before it has a PIN or PUK presented.
func (c *Card) SameCard() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.found) == 0 {
		return fmt.Errorf("%w: it had no certificate", ErrCardRemoved)
	}
	c.state.reset = true
	return c.do(func(t *Tx) error {
		p := &Prober{ATR: ParseATR(c.info.ATR), tx: t, asked: map[string]bool{}}
		match, err := c.layout.Again(p, [][]FoundKey{c.found})
		if err == nil && match < 0 {
			err = fmt.Errorf("%w: another is there", ErrCardRemoved)
		}
		return err
	})
}

// adopted is a [Conn] over a link.
type adopted struct{ Link }

func (adopted) Begin() error      { return nil }
func (adopted) End() error        { return nil }
func (adopted) Reset() error      { return nil }
func (adopted) Close() error      { return nil }
func (adopted) CloseReset() error { return nil }

// Pad implements [PINPad].
func (a adopted) Pad() Pad {
	if p, ok := a.Link.(PINPad); ok {
		return p.Pad()
	}
	return Pad{}
}

// VerifyOnPad implements [PINPad].
func (a adopted) VerifyOnPad(structure []byte) ([]byte, error) {
	if p, ok := a.Link.(PINPad); ok {
		return p.VerifyOnPad(structure)
	}
	return nil, ErrUnsupported
}

// ModifyOnPad implements [PINPad].
func (a adopted) ModifyOnPad(structure []byte) ([]byte, error) {
	if p, ok := a.Link.(PINPad); ok {
		return p.ModifyOnPad(structure)
	}
	return nil, ErrUnsupported
}

// MaxData implements [ReaderLimit].
func (a adopted) MaxData() (n int, ok bool) {
	if l, has := a.Link.(ReaderLimit); has {
		return l.MaxData()
	}
	return 0, false
}
