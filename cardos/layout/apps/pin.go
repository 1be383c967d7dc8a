// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"errors"
	"fmt"
	"slices"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
	"tscns/cardos/store"
)

// presentPIN presents a PIN in the form in which this card accepted one
// before, or else in one candidate form after the other.
func (c *Card) presentPIN(t *cardos.Tx, pin cardos.Secret) error {
	defer func() {
		c.search.exhausted = false
		// The directory stays what it is, but a card that changes it at a
		// VERIFY is not trusted with the next selection.
		c.atRoot = false
	}()
	cert, err := c.CertificateOfKey(t)
	if err != nil {
		return err
	}
	record := t.PINRecord(cert)
	done, err := c.presentAccepted(t, record, pin)
	if done || err != nil {
		return err
	}
	record.Accepted = nil // if any, it is not that of this card
	return c.searchForm(t, cert, record, pin)
}

// PresentAccepted presents a PIN in the form in which this card accepted one
// before, as [Card.Narrow] left it. done is false where there is none, or where
// the card does not know it and so compared nothing.
func (c *Card) PresentAccepted(t *cardos.Tx, pin cardos.Secret) (done bool, err error) {
	cert, err := c.CertificateOfKey(t)
	if err != nil {
		return false, err
	}
	return c.presentAccepted(t, t.PINRecord(cert), pin)
}

func (c *Card) presentAccepted(t *cardos.Tx, record *store.PINRecord, pin cardos.Secret) (done bool, err error) {
	f := c.search.pin
	known := f != nil
	if !known {
		if f = c.layout.formNamed(record.Accepted); f == nil {
			return false, nil
		}
	}
	sw, err := c.presentAs(t, f, pin)
	if known || !NoReference(sw) {
		return true, err
	}
	c.noteTried(f, len(pin))
	return false, nil
}

// CertificateOfKey returns the certificate of the key that the PIN is for. A
// card without one is asked for no PIN: it could not sign, and nothing would
// tell it from others in the record.
func (c *Card) CertificateOfKey(t *cardos.Tx) (*certificate.Certificate, error) {
	keys, err := c.Keys(t)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.Usable {
			return k.Certificate, nil
		}
	}
	return nil, fmt.Errorf("%w: PIN: no key was found that it could open", cardos.ErrNoKnownForm)
}

// presentAs presents a PIN in one form, and returns the answer with the error
// that it stands for.
func (c *Card) presentAs(t *cardos.Tx, f *PINForm, pin cardos.Secret) (iso7816.Status, error) {
	if err := c.enter(t, f.App); err != nil {
		return 0, err
	}
	sw, err := c.present(t, f, pin)
	if err != nil {
		return 0, err
	}
	if sw == iso7816.OK {
		c.search.pin = f
	}
	return sw, cardos.PINResult(sw)
}

// searchForm presents a PIN in one form after the other, as long as the card
// compares nothing. What is sent is in the record before it is sent: a program
// that ends in between has sent it.
func (c *Card) searchForm(t *cardos.Tx, cert *certificate.Certificate, record *store.PINRecord, pin cardos.Secret) error {
	before := cardos.UnprovenIn(record)
	if before.Stopped && (t.Retry() == cardos.NoRetry || before.LastTry) {
		return &cardos.UnprovenError{Tries: before.Tries}
	}
	refused, sent := record.Refused, false
	for _, f := range c.formsToTry(refused, t.Retry(), len(pin)) {
		if err := c.enter(t, f.App); err != nil {
			if cardos.Refused(err) || errors.Is(err, cardos.ErrNotFound) {
				continue
			}
			return err
		}
		record.Refused = append(slices.Clone(refused[max(0, len(refused)+1-store.MaxRefused):]), store.Refusal{Form: f.encode()})
		t.KeepPINRecord(cert, record)
		sent = true
		sw, err := c.present(t, f, pin)
		if err != nil {
			return err
		}
		if notCompared(sw) {
			c.noteTried(f, len(pin))
			continue
		}
		return c.learnForm(t, cert, record, f, sw)
	}
	if sent {
		record.Refused = refused
		t.KeepPINRecord(cert, record)
	}
	return fmt.Errorf("%w: PIN", cardos.ErrNoKnownForm)
}

// noteTried remembers a form, and those that are the same for a PIN of so many
// digits, in which the card compared nothing.
func (c *Card) noteTried(f *PINForm, digits int) {
	for i := range c.layout.PINForms {
		if other := &c.layout.PINForms[i]; other.sameBytes(f, digits) {
			c.search.tried[string(other.encode())] = true
		}
	}
}

// learnForm takes over what the answer to a PIN shows of the form that it was
// sent in, the last of the record.
func (c *Card) learnForm(t *cardos.Tx, cert *certificate.Certificate, record *store.PINRecord, f *PINForm, sw iso7816.Status) error {
	if sw == iso7816.OK {
		c.search.pin = f
		record.Accepted, record.Refused = f.encode(), nil
		t.KeepPINRecord(cert, record)
		return nil
	}
	last := &record.Refused[len(record.Refused)-1]
	last.Left, last.Counted = sw.Tries()
	if sw == iso7816.MethodBlocked {
		last.Left, last.Counted = 0, true
	}
	t.KeepPINRecord(cert, record)
	return &cardos.UnprovenError{Sent: true, Tries: cardos.UnprovenIn(record).Tries}
}

// formsToTry returns the forms that a PIN of so many digits may be sent in, by
// what was refused before and how a person decided to go on.
func (c *Card) formsToTry(refused []store.Refusal, how cardos.Retry, digits int) (list []*PINForm) {
	var last *PINForm
	var out []*PINForm
	for _, r := range refused {
		if last = c.layout.formNamed(r.Form); last != nil {
			out = append(out, last)
		}
	}
	if how == cardos.SameForm {
		if last != nil {
			list = []*PINForm{last}
		}
		return list
	}
	for i := range c.layout.PINForms {
		f := &c.layout.PINForms[i]
		same := func(other *PINForm) bool { return f.sameBytes(other, digits) }
		if !c.search.tried[string(f.encode())] && !slices.ContainsFunc(out, same) && !slices.ContainsFunc(list, same) {
			list = append(list, f)
		}
	}
	if last != nil {
		// The reference that compared a PIN is there: its other form comes first.
		slices.SortStableFunc(list, func(a, b *PINForm) int {
			return order(a.sameReference(last)) - order(b.sameReference(last))
		})
	}
	return list
}

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

// present sends a PIN in one form, once, to the application that was entered.
func (c *Card) present(t *cardos.Tx, f *PINForm, pin cardos.Secret) (iso7816.Status, error) {
	return t.Present(iso7816.Command{INS: iso7816.InsVerify, P2: f.Ref}, f.Filled, pin)
}
