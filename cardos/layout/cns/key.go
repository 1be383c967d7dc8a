// SPDX-License-Identifier: Apache-2.0

package cns

import (
	"bytes"
	"errors"
	"fmt"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/secop"
)

// Key is a private key in the file system.
type Key struct {
	card    *Card
	place   Place
	refs    []Reference // what may be the key's reference; one where it is known
	modulus []byte
	others  func(*cardos.Tx) ([]Reference, error) // nil for none; see OtherReferences
}

// OtherReferences has the key ask list for its reference, once, if the card
// cannot use the one that is assumed.
func (k *Key) OtherReferences(list func(*cardos.Tx) ([]Reference, error)) { k.others = list }

// newKey returns the key of a certificate; ok is false where no PIN protects
// keys of its purpose.
func (c *Card) newKey(place Place, refs []Reference, cert *certificate.Certificate) (k cardos.FoundKey, ok bool) {
	for i, pin := range c.config.PINs {
		if pin.Purpose == place.Purpose {
			k.PIN, ok = i, true
			break
		}
	}
	key := &Key{card: c, place: place, refs: refs}
	if public := cert.RSA(); public != nil {
		key.modulus, k.Usable = public.Modulus, true
	}
	k.Certificate, k.Private, k.CardPads = cert, key, place.CardPads
	// By the configuration: a record does not say where a PIN goes.
	for _, known := range c.config.Keys {
		if ok && known.PINHere && known.Certificate == place.Certificate {
			c.pinDirs[place.Purpose] = known.Directory
		}
	}
	return k, ok
}

// Use implements [cardos.PrivateKey]. It tries what is believed of the card's
// state first, and the whole sequence once where the card refuses or the
// result is wrong.
func (k *Key) Use(t *cardos.Tx, op *cardos.RSAOperation) error {
	operation, data := secop.Decipher, append([]byte{0x00}, op.Block...) // indicator 00: no padding
	if k.place.CardPads {
		message, err := op.MessageFor()
		if err != nil {
			return err
		}
		operation, data = secop.Sign, message
	}
	for {
		if err := k.resolve(t); err != nil {
			return err
		}
		current := &k.card.current
		believed := current.dir == k.place.Directory && !current.certain
		err := k.attempt(t, op, operation, data)
		if errors.Is(err, cardos.ErrWrongResult) || believed && cardos.Refused(err) {
			current.forget()
			err = k.attempt(t, op, operation, data)
		}
		if !errors.Is(err, cardos.ErrWrongResult) && !cardos.Refused(err) || !k.listReferences(t) {
			if err != nil && !k.card.formKnown {
				k.card.form = 0 // a reader that failed once may carry it the next time
			}
			return err
		}
		current.forget()
	}
}

// listReferences takes the references that [Key.OtherReferences] gave the means
// to list, once. It reports whether there are any.
func (k *Key) listReferences(t *cardos.Tx) bool {
	if k.others == nil {
		return false
	}
	refs, err := k.others(t)
	if err != nil || len(refs) == 0 {
		return false
	}
	k.others, k.refs = nil, refs
	return true
}

// attempt runs SELECT, MSE and PSO as far as they seem needed, in each form of
// PSO that the configuration names until the card takes one.
func (k *Key) attempt(t *cardos.Tx, op *cardos.RSAOperation, operation secop.Operation, data []byte) error {
	c := k.card
	short := len(data) <= iso7816.MaxShortData
	for {
		if err := k.prepare(t); err != nil {
			return err
		}
		var form secop.Form
		if !short {
			form = c.config.Forms[c.form]
		}
		r, err := operation.Send(t, data, op.Size(), form)
		if err == nil && r.Status == iso7816.OK {
			c.formKnown = c.formKnown || !short
			return op.Accept(r.Data)
		}
		c.current.key = nil
		if !short && !c.formKnown && c.form+1 < len(c.config.Forms) && form.Failed(r, err) {
			c.form++
			c.current.forget()
			continue
		}
		if err != nil {
			return err
		}
		return cardos.StatusError(r.Status)
	}
}

// Control reference templates of the CNS (MSE SET, P2).
const (
	templateDecipher = 0xB8
	templateSign     = 0xB6
)

// prepare makes directory and security environment fit, unless they are
// believed to.
func (k *Key) prepare(t *cardos.Tx) error {
	c := k.card
	if c.current.dir != k.place.Directory {
		c.current.certain = false
		if err := c.selectDir(t, k.place.Directory); err != nil {
			return err
		}
	}
	if c.current.key == k {
		return nil
	}
	if err := secop.Restore(t, c.config.RestoreWithoutLc); err != nil {
		return err
	}
	template := byte(templateDecipher)
	if k.place.CardPads {
		template = templateSign
	}
	if err := secop.Set(t, 0xF1, template, []byte{0x83, 0x01, k.refs[0].Ref}); err != nil {
		return err
	}
	c.current.key = k
	return nil
}

// maxAttributes bounds an attribute file, in bytes.
const maxAttributes = 2048

// resolve finds the reference of a key where several come into question: its
// attribute file, readable once the PIN is verified, holds the modulus.
func (k *Key) resolve(t *cardos.Tx) error {
	if len(k.refs) == 1 {
		return nil
	}
	for _, ref := range k.refs {
		b, err := k.card.Read(t, ref.Attributes, maxAttributes)
		if err != nil {
			return err
		}
		if bytes.Contains(b, k.modulus) {
			k.refs = []Reference{ref}
			return nil
		}
	}
	return fmt.Errorf("%w: private key of the certificate", cardos.ErrNotFound)
}
