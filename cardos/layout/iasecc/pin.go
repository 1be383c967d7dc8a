// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"bytes"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/apps"
)

// pukLength are the shortest and the longest PUK that is sent, in digits, where
// the card reports a length that allows it.
const pukShortest, pukLongest = 4, cardos.PINBlock

// PINs implements [cardos.Instance].
func (c *Card) PINs() []cardos.PIN {
	list := c.Card.PINs()
	if c.stated == nil {
		return list
	}
	pin := &list[0]
	// Not by VERIFY: by GET DATA, which this card has answered.
	pin.Spec.TriesQuery, pin.Tries = cardos.Proven, c.queryTries
	pin.Spec.PUKMinLength, pin.Spec.PUKMaxLength = pukShortest, pukLongest
	pin.Change, pin.Unblock = c.change, c.unblock
	guess := pin.Search
	pin.Search = func(t *cardos.Tx, secret cardos.Secret) error {
		c.set = false
		return c.present(t, secret, guess)
	}
	return list
}

// lengths are those of the value of a PIN in bytes, zeros where the card does
// not report them.
type lengths struct{ shortest, longest int }

// fixed reports whether the value is always of one length: digits that are
// fewer are filled, as a rule with FF (D).
func (l lengths) fixed() bool { return l.longest > 0 && l.shortest == l.longest }

// present presents the PIN at the reference that the card reported, and in the
// form that it reports: as digits alone. Where something has to be guessed,
// guess presents it.
func (c *Card) present(t *cardos.Tx, secret cardos.Secret, guess func(*cardos.Tx, cardos.Secret) error) error {
	if err := c.Enter(t, apps.Certificate); err != nil {
		return err
	}
	if !c.asked {
		if done, err := c.presentAccepted(t, secret); done || err != nil {
			return err
		}
	}
	if err := c.confirm(t); err != nil {
		return err
	}
	if c.stated == nil {
		c.Narrow(c.layout.PINForms)
		return guess(t, secret)
	}
	value, err := c.valueOf(t)
	if err != nil {
		return err
	}
	if !value.holds(len(secret)) {
		return cardos.ErrPINLength
	}
	if value.longest > 0 && (!value.fixed() || len(secret) == value.longest) {
		sw, err := verify(t, c.stated.PIN, secret)
		if err != nil {
			return err
		}
		if sw == iso7816.OK {
			return c.keepAccepted(t, value)
		}
		return cardos.PINResult(sw)
	}
	c.Narrow(c.formsOf(value))
	return guess(t, secret)
}

// verify presents the digits alone.
func verify(t *cardos.Tx, reference byte, secret cardos.Secret) (iso7816.Status, error) {
	return t.Present(iso7816.Command{INS: iso7816.InsVerify, P2: reference}, false, secret)
}

// holds reports whether a PIN of so many digits can be the value.
func (l lengths) holds(digits int) bool {
	return (l.longest == 0 || digits <= l.longest) && (l.fixed() || digits >= l.shortest)
}

// acceptedSize is the length of [store.PINRecord.Accepted] for a PIN that the
// card accepted as it reports: application, reference, not filled, shortest and
// longest value. Package apps has another length.
const acceptedSize = 5

// keepAccepted notes that the card accepted a PIN at the reference and in the
// form that it reports.
func (c *Card) keepAccepted(t *cardos.Tx, value lengths) error {
	if value.longest > 0xFF {
		return nil
	}
	cert, err := c.CertificateOfKey(t)
	if err != nil {
		return err
	}
	record := t.PINRecord(cert)
	accepted := []byte{byte(apps.Certificate), c.stated.PIN, 0, byte(value.shortest), byte(value.longest)}
	if !bytes.Equal(record.Accepted, accepted) {
		record.Accepted = accepted
		if !value.fixed() {
			// With one length a shorter PIN is filled, in a way that was refused.
			record.Refused = nil
		}
		t.KeepPINRecord(cert, record)
	}
	return nil
}

// presentAccepted presents the PIN without a question where a program of this
// user has seen the card accept one where and how the record of this card says.
// done is false where none has, or where the card compared nothing.
func (c *Card) presentAccepted(t *cardos.Tx, secret cardos.Secret) (done bool, err error) {
	cert, err := c.CertificateOfKey(t)
	if err != nil {
		return false, err
	}
	accepted := t.PINRecord(cert).Accepted
	if len(accepted) != acceptedSize {
		c.Narrow(c.formsOf(lengths{}))
		return c.PresentAccepted(t, secret)
	}
	value := lengths{int(accepted[3]), int(accepted[4])}
	sound := bytes.HasPrefix(accepted, []byte{byte(apps.Certificate), c.stated.PIN, 0}) &&
		value.shortest >= 1 && value.shortest <= value.longest
	if !sound || value.fixed() && len(secret) < value.longest {
		return false, nil
	}
	if !value.holds(len(secret)) {
		return true, cardos.ErrPINLength
	}
	sw, err := verify(t, c.stated.PIN, secret)
	switch {
	case err != nil:
		return true, err
	case apps.NoReference(sw):
		return false, nil
	}
	return true, cardos.PINResult(sw)
}

// formsOf returns the forms that a PIN may have which does not have the length
// of its value.
func (c *Card) formsOf(value lengths) []apps.PINForm {
	digits := apps.PINForm{App: apps.Certificate, Ref: c.stated.PIN, Source: "reported by the card"}
	filled := digits
	filled.Filled = true
	switch value.longest {
	case 0:
		return []apps.PINForm{digits, filled}
	case cardos.PINBlock:
		return []apps.PINForm{filled}
	}
	return nil
}

// valueOf asks once for the lengths of the value.
func (c *Card) valueOf(t *cardos.Tx) (lengths, error) {
	if c.value != nil {
		return *c.value, nil
	}
	value, err := askLengths(t, c.stated.PIN)
	if err == nil {
		c.value = &value
	}
	return value, err
}

// askLengths asks for the lengths of the value of a PIN or PUK.
func askLengths(t *cardos.Tx, reference byte) (lengths, error) {
	o, _, err := getData(t, classPIN, number(reference), tagPIN)
	return o.lengths(), err
}

// queryTries asks for the counter of the PIN. Nothing reports that of a PUK.
func (c *Card) queryTries(t *cardos.Tx) (pin, puk cardos.Tries, err error) {
	if c.stated == nil {
		return pin, puk, nil // a record said otherwise
	}
	// Selecting the application anew could end a login.
	if !c.StillSelected(t) {
		if err := c.Enter(t, apps.Certificate); err != nil {
			return pin, puk, err
		}
	}
	for _, element := range []uint16{tagControl, tagPIN} {
		o, _, err := getData(t, classPIN, number(c.stated.PIN), element)
		if err != nil {
			return pin, puk, err
		}
		if pin = o.tries(); pin.Known {
			return pin, puk, nil
		}
	}
	return pin, puk, nil
}
