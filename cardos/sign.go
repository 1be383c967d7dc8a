// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"

	"tscns/cardos/iso7816"
	"tscns/cardos/pkcs1"
)

// errMismatch: the card's result is not the private operation on the block.
var errMismatch = fmt.Errorf("%w: result does not fit the public key", ErrCardFailure)

// SignPKCS1v15 returns the RSASSA-PKCS1-v1_5 signature of a key over t, usually
// a DigestInfo, as many bytes as the modulus (RFC 8017, 8.2). It pads t where
// the card does not do that itself. Errors: [ErrPINRequired], [ErrUnsupported]
// for a t that is too long for key or card, and those of the transport.
func (c *Card) SignPKCS1v15(k *Key, t []byte) ([]byte, error) {
	block, err := pkcs1.PadSignature(t, (k.Bits+7)/8)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return c.RawRSA(k, block)
}

// RawRSA raises a block to the private exponent of a key: block and result
// have exactly the size of the modulus, and the number in block is below it.
// The PIN of the key's identity must have been verified (ErrPINRequired). A
// key whose grade Key.RawRSA is Unknown takes only blocks of PKCS #1 v1.5
// signature padding, which its card makes anew; others are ErrUnsupported.
//
// The result was checked with the public key of the certificate. That makes it
// safe to rely on the directory and security environment that an earlier call
// left on the card, which another program may have changed since: a wrong
// result is thrown away and the whole sequence done anew, once.
func (c *Card) RawRSA(k *Key, block []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil {
		return nil, c.dead
	}
	if k == nil || k.slot < 0 || k.slot >= len(c.slots) || k.identity >= len(c.state.verified) {
		return nil, fmt.Errorf("%w: key of another card", ErrNotFound)
	}
	s := &c.slots[k.slot]
	if len(block) != s.size || new(big.Int).SetBytes(block).Cmp(s.n) >= 0 {
		return nil, fmt.Errorf("%w: block of %d bytes for a modulus of %d", ErrUnsupported, len(block), s.size)
	}
	if !c.state.verified[k.identity] {
		return nil, ErrPINRequired
	}
	var result []byte
	err := c.do(func(t *tx) (err error) {
		// A reset may have been noticed just now.
		if !c.state.verified[k.identity] {
			return ErrPINRequired
		}
		if c.profile.apps != nil {
			result, err = c.signInApplications(t, s, block)
		} else if err = c.resolve(t, s); err == nil {
			result, err = c.privateOperation(t, k.slot, block)
		}
		if errors.Is(err, ErrPINRequired) {
			c.state.verified[k.identity] = false
		}
		if errors.Is(err, errMismatch) {
			c.distrust()
		}
		return err
	})
	return result, err
}

// privateOperation tries what is believed of the card's state first, and the
// whole sequence once where the card refuses or the result is wrong.
func (c *Card) privateOperation(t *tx, slot int, block []byte) ([]byte, error) {
	believed := c.state.dir == c.slots[slot].dir && !t.sure
	result, err := c.attempt(t, slot, block)
	if err == nil || !(errors.Is(err, errMismatch) || believed && refused(err)) {
		return result, err
	}
	t.moved(dirUnknown, false)
	return c.attempt(t, slot, block)
}

// attempt runs SELECT, MSE and PSO as far as they seem needed, in each form of
// PSO that the profile names until the card takes one.
func (c *Card) attempt(t *tx, slot int, block []byte) ([]byte, error) {
	s := &c.slots[slot]
	data, err := s.input(block)
	if err != nil {
		return nil, err
	}
	short := len(data) <= iso7816.MaxShortData
	for {
		if err := c.prepare(t, slot); err != nil {
			return nil, err
		}
		var form psoForm
		if !short {
			form = c.profile.forms[c.form]
		}
		r, err := t.pso(s, data, form)
		if err == nil && r.Status == iso7816.OK {
			c.formKnown = c.formKnown || !short
			return s.check(block, r.Data)
		}
		c.state.key = noKey
		if !short && !c.formKnown && c.form+1 < len(c.profile.forms) && formFailed(form, r, err) {
			c.form++
			t.moved(dirUnknown, false)
			continue
		}
		if err != nil {
			return nil, err
		}
		return nil, statusError(r.Status)
	}
}

// formFailed says whether another form of PSO may do: the card refused this
// one, or the reader could not carry an extended command.
func formFailed(form psoForm, r iso7816.Response, err error) bool {
	if err != nil {
		return form.extended && notCarried(err)
	}
	return r.Status.FormRefused()
}

// prepare makes directory and security environment fit, unless they are
// believed to.
func (c *Card) prepare(t *tx, slot int) error {
	s := &c.slots[slot]
	if c.state.dir != s.dir {
		t.sure = false
		if err := t.selectDir(s.dir); err != nil {
			return err
		}
	}
	if c.state.key == slot {
		return nil
	}
	if err := t.restoreSE(); err != nil {
		return err
	}
	template := byte(0xB8) // decipher
	if s.padded {
		template = 0xB6 // sign
	}
	r, err := t.send(iso7816.Command{INS: iso7816.InsManageSecurityEnv, P1: 0xF1, P2: template,
		Data: []byte{0x83, 0x01, s.refs[0].ref}})
	if err != nil {
		return err
	}
	if r.Status != iso7816.OK {
		return statusError(r.Status)
	}
	c.state.key = slot
	return nil
}

// restoreSE restores security environment 03. The CNS specification wants an
// empty Lc; layout T was recorded without it.
func (t *tx) restoreSE() error {
	c := iso7816.Command{INS: iso7816.InsManageSecurityEnv, P1: 0xF3, P2: 0x03}
	if !t.card.profile.seRestore4 {
		c.Ne = iso7816.MaxShortNe // the same byte 00 on the wire
	}
	r, err := t.send(c)
	if err == nil && r.Status == iso7816.WrongLength {
		c.Ne = iso7816.MaxShortNe - c.Ne
		r, err = t.send(c)
	}
	if err != nil {
		return err
	}
	return statusError(r.Status)
}

// input is what PSO gets for a block: the block behind its padding indicator,
// or the DigestInfo inside where the card pads.
func (s *keySlot) input(block []byte) ([]byte, error) {
	if !s.padded {
		return append([]byte{0x00}, block...), nil // indicator 00: no padding
	}
	return digestInfo(block, s.size)
}

// pso sends PSO DECIPHER, or COMPUTE DIGITAL SIGNATURE for a key that pads, in
// the form given; short where it fits.
func (t *tx) pso(s *keySlot, data []byte, form psoForm) (iso7816.Response, error) {
	op := opDecipher
	if s.padded {
		op = opSign
	}
	return t.operate(op, s, data, form)
}

// operate sends the command that uses the private key.
func (t *tx) operate(op operation, s *keySlot, data []byte, form psoForm) (iso7816.Response, error) {
	c := iso7816.Command{INS: op.ins, P1: op.p1, P2: op.p2, Data: data, Ne: iso7816.MaxShortNe}
	switch {
	case form.extended:
		c.Extended, c.Ne = true, s.size
	case form.part > 0:
		r, err := t.ch.SendChained(c, form.part, form.lePerPart)
		return r, cardError(err)
	}
	return t.send(c)
}

// check pads a result that lacks leading zeros and verifies it with the public
// exponent.
func (s *keySlot) check(block, result []byte) ([]byte, error) {
	if len(result) == 0 || len(result) > s.size {
		return nil, errMismatch
	}
	back := new(big.Int).Exp(new(big.Int).SetBytes(result), s.e, s.n)
	if back.Cmp(new(big.Int).SetBytes(block)) != 0 {
		return nil, errMismatch
	}
	padded := make([]byte, s.size)
	copy(padded[s.size-len(result):], result)
	return padded, nil
}

// resolve finds the reference of a key where several come into question: its
// attribute file, readable once the PIN is verified, holds the modulus.
func (c *Card) resolve(t *tx, s *keySlot) error {
	if len(s.refs) == 1 {
		return nil
	}
	modulus := s.n.Bytes()
	for _, ref := range s.refs {
		b, err := readSelected(t, ref.attributes, maxAttributes)
		if err != nil {
			return err
		}
		if bytes.Contains(b, modulus) {
			s.refs = []keyRef{ref}
			return nil
		}
	}
	return fmt.Errorf("%w: private key of the certificate", ErrNotFound)
}

// maxAttributes bounds an attribute file, in bytes.
const maxAttributes = 2048
