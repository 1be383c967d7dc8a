// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"fmt"

	"tscns/cardos/iso7816"
)

// maxCommands bounds one transaction, so that no card keeps the caller: the
// longest certificate file takes 130 reads.
const maxCommands = 300

// Tx is a transaction in progress, and the only thing that can send a command
// to a card. It is valid until the function that got it returns.
type Tx struct {
	card *Card
	ch   iso7816.Channel
	// known: the card is one of ours, or claims to be, and may be asked twice.
	known bool
	// unanswered: a secret was sent and no answer came back, so that the
	// counter it belongs to is not known any more.
	unanswered bool
	retry      Retry
}

// Transmit implements [iso7816.Transmitter]. Use [Tx.Send].
func (t *Tx) Transmit(command []byte) ([]byte, error) {
	if t.ch.Count > maxCommands {
		return nil, fmt.Errorf("%w: more than %d commands", ErrProtocol, maxCommands)
	}
	return t.card.conn.Transmit(command)
}

// PINInForce reports whether a PIN that this program presented may be in force on
// the card: selecting another application may end that.
func (t *Tx) PINInForce() bool { return t.card.state.opened }

// Send sends a command. One that only selects or reads is sent once more where
// the card failed at it, as what is not found then would be missing as long as
// the card stays, or where it still waits for the rest of a chain that was cut
// off.
func (t *Tx) Send(c iso7816.Command) (iso7816.Response, error) {
	r, err := t.ch.Send(c)
	again := r.Status.Failed() || r.Status == iso7816.LastCommandExpected
	if err == nil && again && t.known && repeatable(c) {
		r, err = t.ch.Send(c)
	}
	return r, exchangeError(err)
}

func repeatable(c iso7816.Command) bool {
	return !c.Sensitive && (c.INS == iso7816.InsSelect || c.INS == iso7816.InsReadBinary || c.INS == iso7816.InsGetData)
}

// SendChained sends a command whose data are split into parts of size bytes
// (ISO 7816-4, 5.3.3); with lePerPart every part carries Le.
func (t *Tx) SendChained(c iso7816.Command, size int, lePerPart bool) (iso7816.Response, error) {
	r, err := t.ch.SendChained(c, size, lePerPart)
	return r, exchangeError(err)
}

// ParseSelected reads the answer to a SELECT of a file: ok is false if the
// card does not have the file.
func ParseSelected(r iso7816.Response) (fci iso7816.FCI, ok bool, err error) {
	switch r.Status {
	case iso7816.OK:
	case iso7816.FileNotFound, iso7816.ReferenceNotFound:
		return fci, false, nil
	default:
		return fci, false, StatusError(r.Status)
	}
	if fci, err = iso7816.ParseFCI(r.Data); err != nil {
		// What a card says of its file is a hint; a broken one is none.
		return iso7816.FCI{}, true, nil
	}
	return fci, true, nil
}

// ReadBinary reads at most n bytes of the selected file at an offset, in one
// command: as many as the card and its reader are asked for at most. Fewer come
// back at the end of the file, none past it.
func (t *Tx) ReadBinary(offset, n int) ([]byte, error) {
	if offset < 0 || offset > 0x7FFF {
		return nil, fmt.Errorf("%w: offset %d", ErrUnsupported, offset)
	}
	n = min(n, t.card.readSize)
	c := iso7816.Command{INS: iso7816.InsReadBinary, P1: byte(offset >> 8), P2: byte(offset), Ne: n}
	r, err := t.Send(c)
	if n > iso7816.MaxShortNe && extendedRefused(r, err) {
		t.card.readSize = iso7816.MaxShortNe
		n, c.Ne = t.card.readSize, t.card.readSize
		r, err = t.Send(c)
	} else if n > iso7816.MaxShortNe && len(r.Data) <= iso7816.MaxShortNe {
		t.card.readSize = iso7816.MaxShortNe // as much comes by short ones
	}
	if err == nil && r.Status == iso7816.WrongLength && n == iso7816.MaxShortNe {
		// A card that takes no Le = 00; it is not offered one again.
		t.card.readSize = iso7816.MaxShortNe - 1
		c.Ne = t.card.readSize
		r, err = t.Send(c)
	}
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case iso7816.OK, iso7816.EndOfFile:
		return r.Data, nil
	case iso7816.WrongOffset:
		return nil, nil
	}
	return nil, StatusError(r.Status)
}

// ReadTo extends what was read of the selected file up to length bytes. It
// ends earlier where the file does.
func (t *Tx) ReadTo(have []byte, length int) ([]byte, error) {
	for len(have) < length {
		b, err := t.ReadBinary(len(have), length-len(have))
		if err != nil {
			return nil, err
		}
		if len(b) == 0 {
			break
		}
		have = append(have, b...)
	}
	return have, nil
}

// ReadFile reads the selected file up to the size in its FCI, at most limit
// bytes.
func (t *Tx) ReadFile(fci iso7816.FCI, limit int) ([]byte, error) {
	if fci.HasSize {
		limit = min(limit, fci.Size)
	}
	return t.ReadTo(nil, limit)
}

// GetData reads a data object of the selected application.
func (t *Tx) GetData(tag uint16) ([]byte, error) {
	r, err := t.Send(iso7816.Command{INS: iso7816.InsGetData, P1: byte(tag >> 8), P2: byte(tag), Ne: iso7816.MaxShortNe})
	if err != nil {
		return nil, err
	}
	return r.Data, StatusError(r.Status)
}
