// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"bytes"
	"errors"
	"fmt"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/secop"
)

// key is the private key of the certificate.
type key struct{ card *Card }

// Use implements [cardos.PrivateKey]. It signs by the form that signed before,
// or by one candidate form after the other. None of it costs a try.
func (k *key) Use(t *cardos.Tx, op *cardos.RSAOperation) error {
	if _, err := op.MessageFor(); err != nil {
		return err
	}
	c := k.card
	s := &c.search
	if s.pin == nil || s.exhausted {
		return fmt.Errorf("%w: signature", cardos.ErrNoKnownForm)
	}
	if s.sign != nil {
		return c.signAgain(t, op)
	}
	for _, try := range c.signaturesToTry(t) {
		if c.here != try.app {
			if err := c.enter(t, try.app); err != nil {
				if cardos.Refused(err) {
					continue
				}
				return err
			}
		}
		length, err := c.signBy(t, try.form, try.length, op)
		if err == nil {
			try.length = length
			s.sign = &try
			return c.keepSignature(t)
		}
		if !refused(err) {
			return err
		}
	}
	s.exhausted = true
	return fmt.Errorf("%w: signature", cardos.ErrNoKnownForm)
}

// signaturesToTry returns the forms in the order to try them: the one by which
// this card signed for another program, then all, with the application of the
// PIN before the other.
func (c *Card) signaturesToTry(t *cardos.Tx) (list []signature) {
	if cert, err := c.CertificateOfKey(t); err == nil {
		if kept, ok := c.layout.signatureNamed(t.PINRecord(cert).Accepted); ok && c.selection(kept.app) != nil {
			list = append(list, kept)
		}
	}
	home := c.search.pin.App
	for _, app := range []App{home, home.other()} {
		if c.selection(app) == nil {
			continue
		}
		for i := range c.layout.SignForms {
			list = append(list, signature{app: app, form: i})
		}
	}
	return list
}

// keepSignature keeps the form that signed beside the form of the PIN.
func (c *Card) keepSignature(t *cardos.Tx) error {
	cert, err := c.CertificateOfKey(t)
	if err != nil {
		return err
	}
	record := t.PINRecord(cert)
	accepted := append(c.search.pin.encode(), c.search.sign.encode()...)
	if c.layout.formNamed(record.Accepted) == c.search.pin && !bytes.Equal(record.Accepted, accepted) {
		record.Accepted = accepted
		t.KeepPINRecord(cert, record)
	}
	return nil
}

// refused reports whether another form may do after this error.
func refused(err error) bool { return cardos.Refused(err) || errors.Is(err, cardos.ErrWrongResult) }

// signAgain uses the form that is known, and once more after selecting the
// application anew, which another program may have left.
func (c *Card) signAgain(t *cardos.Tx, op *cardos.RSAOperation) error {
	s := &c.search
	if c.here == s.sign.app {
		_, err := c.signBy(t, s.sign.form, s.sign.length, op)
		if err == nil || !refused(err) {
			return err
		}
	}
	c.atRoot = false
	if err := c.enter(t, s.sign.app); err != nil {
		return err
	}
	_, err := c.signBy(t, s.sign.form, s.sign.length, op)
	return err
}

// signBy runs one candidate form: MSE, then the operation in the forms of
// length, from the first one given. It returns the index of the one that the
// card took.
func (c *Card) signBy(t *cardos.Tx, candidate, first int, op *cardos.RSAOperation) (int, error) {
	f := &c.layout.SignForms[candidate]
	if f.Restore {
		if err := secop.Restore(t, false); err != nil {
			return 0, err
		}
	}
	if err := secop.Set(t, f.P1, f.P2, []byte(f.Template)); err != nil {
		return 0, err
	}
	data := op.Block
	switch f.Input {
	case Indicated:
		data = append([]byte{0x00}, op.Block...)
	case Message:
		data = op.Message
	}
	for i := first; ; i++ {
		form := c.layout.Forms[i]
		short := len(data) <= iso7816.MaxShortData
		if short {
			form = secop.Form{}
		}
		r, err := f.Operation.Send(t, data, op.Size(), form)
		if err == nil && r.Status == iso7816.OK {
			return i, op.Accept(r.Data)
		}
		if !short && i+1 < len(c.layout.Forms) && form.Failed(r, err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		return 0, cardos.StatusError(r.Status)
	}
}
