// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"
	"fmt"

	"tscns/cardos/iso7816"
)

// maxCommands bounds one transaction, so that no card keeps the caller: the
// longest certificate file takes 130 reads.
const maxCommands = 300

// tx is a transaction in progress, the only thing that can send a command.
type tx struct {
	card *Card
	ch   iso7816.Channel
	// dir is the directory selected in this very transaction, so that nobody
	// else can have changed it since; sure says that there is one.
	dir  path
	sure bool
	// root: the root of the application selected last is current.
	root bool
	// ours: the card is one of ours, or says that it is, and may be asked twice.
	ours bool
}

// Transmit implements iso7816.Transmitter.
func (t *tx) Transmit(command []byte) ([]byte, error) {
	if t.ch.Count > maxCommands {
		return nil, fmt.Errorf("%w: more than %d commands", ErrProtocol, maxCommands)
	}
	return t.card.conn.Transmit(command)
}

// send sends a command. One that only selects or reads is sent once more where
// the card failed at it, as what is not found then would be missing as long as
// the card stays, or where it still waits for the rest of a chain that was cut
// off.
func (t *tx) send(c iso7816.Command) (iso7816.Response, error) {
	r, err := t.ch.Send(c)
	again := r.Status.Failed() || r.Status == iso7816.LastCommandExpected
	if err == nil && again && t.ours && repeatable(c) {
		r, err = t.ch.Send(c)
	}
	return r, cardError(err)
}

func repeatable(c iso7816.Command) bool {
	return !c.Sensitive && (c.INS == iso7816.InsSelect || c.INS == iso7816.InsReadBinary || c.INS == iso7816.InsGetData)
}

// cardError names a broken answer by the error of this package.
func cardError(err error) error {
	if err != nil && (errors.Is(err, iso7816.ErrProtocol) || errors.Is(err, iso7816.ErrCommand)) {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return err
}

// statusError turns a status word other than 9000 into an error.
func statusError(sw iso7816.Status) error {
	switch sw {
	case iso7816.OK:
		return nil
	case iso7816.FileNotFound, iso7816.RecordNotFound, iso7816.ReferenceNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, sw)
	case iso7816.SecurityNotSatisfied:
		return fmt.Errorf("%w: %w", ErrPINRequired, sw)
	}
	return fmt.Errorf("%w: %w", ErrCardFailure, sw)
}

// refused says whether an error is a status word of the card, and not a
// failure to talk with it.
func refused(err error) bool {
	var sw iso7816.Status
	return errors.As(err, &sw)
}

// moved notes the current directory after a SELECT that the card accepted, or
// that it is unknown.
func (t *tx) moved(dir path, sure bool) {
	t.dir, t.sure = dir, sure
	if !sure {
		dir = dirUnknown
	}
	if t.card.state.dir != dir {
		t.card.state.dir, t.card.state.key = dir, noKey
	}
}

func (t *tx) selectApplet(aid []byte) (bool, error) {
	r, err := t.send(iso7816.Command{INS: iso7816.InsSelect, P1: 0x04, Data: aid, Ne: iso7816.MaxShortNe})
	if err != nil {
		return false, err
	}
	if r.Status != iso7816.OK {
		return false, statusError(r.Status)
	}
	t.moved(pathMF, true)
	t.card.state.key = noKey
	t.card.state.applet = true
	return true, nil
}

// selectDir makes a directory current, if it is not known to be.
func (t *tx) selectDir(dir path) error {
	if t.sure && t.dir == dir {
		return nil
	}
	c := iso7816.Command{INS: iso7816.InsSelect, P1: 0x08, Data: []byte(dir)}
	if dir == pathMF {
		c.P1, c.Data = 0x00, []byte{0x3F, 0x00}
	}
	r, err := t.send(c)
	if err == nil && r.Status == iso7816.FileNotFound && t.card.profile != nil && t.card.profile.applet != nil {
		// Another program may have selected another application.
		if _, err := t.selectApplet(t.card.profile.applet); err != nil {
			return err
		}
		r, err = t.send(c)
	}
	if err != nil {
		return err
	}
	if r.Status != iso7816.OK {
		return statusError(r.Status)
	}
	t.moved(dir, true)
	return nil
}

// selectFile selects a file by its path from the master file. ok is false
// where the card does not have it.
func (t *tx) selectFile(file path) (fci iso7816.FCI, ok bool, err error) {
	c := iso7816.Command{INS: iso7816.InsSelect, P1: 0x08, Data: []byte(file), Ne: iso7816.MaxShortNe}
	r, err := t.send(c)
	if err == nil && r.Status == iso7816.WrongLength {
		c.Ne = 0 // a card that tells no FCI
		r, err = t.send(c)
	}
	if err != nil {
		return fci, false, err
	}
	if fci, ok, err = selected(r); ok {
		t.moved(file[:max(0, len(file)-2)], true)
	}
	return fci, ok, err
}

// selected reads the answer to a SELECT of a file; ok is false where the card
// does not have it.
func selected(r iso7816.Response) (fci iso7816.FCI, ok bool, err error) {
	switch r.Status {
	case iso7816.OK:
	case iso7816.FileNotFound, iso7816.ReferenceNotFound:
		return fci, false, nil
	default:
		return fci, false, statusError(r.Status)
	}
	if fci, err = iso7816.ParseFCI(r.Data); err != nil {
		// What a card says of its file is a hint; a broken one is none.
		return iso7816.FCI{}, true, nil
	}
	return fci, true, nil
}

// readBinary reads at most n bytes of the selected file at an offset, in one
// command: as many as the card and its reader are asked for at most. Fewer come
// back at the end of the file, none past it.
func (t *tx) readBinary(offset, n int) ([]byte, error) {
	if offset < 0 || offset > 0x7FFF {
		return nil, fmt.Errorf("%w: offset %d", ErrUnsupported, offset)
	}
	n = min(n, t.card.readSize)
	c := iso7816.Command{INS: iso7816.InsReadBinary, P1: byte(offset >> 8), P2: byte(offset), Ne: n}
	r, err := t.send(c)
	if n > iso7816.MaxShortNe && extendedRefused(r, err) {
		t.card.readSize = iso7816.MaxShortNe
		n, c.Ne = t.card.readSize, t.card.readSize
		r, err = t.send(c)
	} else if n > iso7816.MaxShortNe && len(r.Data) <= iso7816.MaxShortNe {
		t.card.readSize = iso7816.MaxShortNe // as much comes by short ones
	}
	if err == nil && r.Status == iso7816.WrongLength && n == iso7816.MaxShortNe {
		// A card that takes no Le = 00; it is not offered one again.
		t.card.readSize = iso7816.MaxShortNe - 1
		c.Ne = t.card.readSize
		r, err = t.send(c)
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
	return nil, statusError(r.Status)
}

// readTo extends what was read of the selected file up to length bytes. It
// ends earlier where the file does.
func (t *tx) readTo(have []byte, length int) ([]byte, error) {
	for len(have) < length {
		b, err := t.readBinary(len(have), length-len(have))
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

// getData reads a data object of the selected application.
func (t *tx) getData(tag uint16) ([]byte, error) {
	r, err := t.send(iso7816.Command{INS: iso7816.InsGetData, P1: byte(tag >> 8), P2: byte(tag), Ne: iso7816.MaxShortNe})
	if err != nil {
		return nil, err
	}
	return r.Data, statusError(r.Status)
}
