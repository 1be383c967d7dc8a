// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"bytes"
	"errors"
	"fmt"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/apps"
	"tscns/cardos/layout/secop"
)

// privateKey is the private key of the certificate.
type privateKey struct {
	card  *Card
	guess cardos.PrivateKey // for a card that reports nothing, whatever a record said
}

// Access implements [cardos.PrivateKey]: the place of the card says it all.
func (privateKey) Access() []byte { return nil }

// Use implements [cardos.PrivateKey]. It tries what is believed of the card's
// state first, then the key set anew, then from the application on. A result
// that does not fit the certificate is that of another key: the next one that
// the same PIN protects is used. None of it costs a try.
func (k privateKey) Use(t *cardos.Tx, op *cardos.RSAOperation) error {
	c := k.card
	if c.stated == nil {
		return k.guess.Use(t, op)
	}
	if _, err := c.stated.Key.input(op); err != nil {
		return err
	}
	selected := c.IsSelected(apps.Certificate)
	err := cardos.ErrWrongResult
	if selected && c.set {
		if err = c.operate(t, op); !refused(err) {
			return err
		}
	}
	if selected {
		if err = c.setAndOperate(t, op); !refused(err) {
			return err
		}
	}
	if !errors.Is(err, cardos.ErrWrongResult) || !selected {
		if err = c.Enter(t, apps.Certificate); err != nil {
			return err
		}
		if err = c.setAndOperate(t, op); !errors.Is(err, cardos.ErrWrongResult) {
			return err
		}
	}
	return c.otherKey(t, op)
}

// otherKey goes through the keys after the one that gave a wrong result.
func (c *Card) otherKey(t *cardos.Tx, op *cardos.RSAOperation) error {
	q := inquiry{t: t, contactless: c.contactless, size: op.Size()}
	for n := number(c.stated.Key.Reference) + 1; n <= maxNumber; {
		key, env, err := q.key(n)
		if err != nil {
			return err
		}
		if key == nil {
			break
		}
		n = number(key.Reference) + 1
		if env.pin != c.stated.PIN || key.Use != c.stated.Key.Use {
			continue
		}
		c.stated.Key = *key
		if err := c.setAndOperate(t, op); !refused(err) {
			return err
		}
	}
	return cardos.ErrWrongResult
}

// refused reports whether the key set anew may do after this error.
func refused(err error) bool { return cardos.Refused(err) || errors.Is(err, cardos.ErrWrongResult) }

func (c *Card) setAndOperate(t *cardos.Tx, op *cardos.RSAOperation) error {
	c.set = false
	if err := c.stated.Key.setIn(t); err != nil {
		return err
	}
	c.set = true
	return c.operate(t, op)
}

// Templates of MSE SET, by P2.
const (
	forAuthentication = 0xA4
	forHash           = 0xAA
	forSignature      = 0xB6
	forDecipherment   = 0xB8
)

// setIn names the key in the security environment.
func (k *Key) setIn(t *cardos.Tx) error {
	template := []byte{0x84, 0x01, k.Reference, 0x80, 0x01, k.Algorithm}
	switch k.Use {
	case Decipher:
		return secop.Set(t, 0x41, forDecipherment, template)
	case Sign:
		if err := secop.Set(t, 0x41, forHash, []byte{0x80, 0x01, k.Hash}); err != nil {
			return err
		}
		return secop.Set(t, 0x41, forSignature, template)
	}
	return secop.Set(t, 0x41, forAuthentication, template)
}

// digestInfos are the bytes of a DigestInfo before the hash (RFC 8017, 9.2), by
// the algorithm reference of the hash.
var digestInfos = map[byte]string{
	0x10: "\x30\x21\x30\x09\x06\x05\x2B\x0E\x03\x02\x1A\x05\x00\x04\x14",
	0x40: "\x30\x31\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
}

// input returns what the card gets: a DigestInfo, a padded block after the
// indicator 00, or a hash.
func (k *Key) input(op *cardos.RSAOperation) ([]byte, error) {
	if k.Use == Decipher {
		return append([]byte{0x00}, op.Block...), nil
	}
	message, err := op.MessageFor()
	if err != nil || k.Use == Authenticate {
		return message, err
	}
	head := []byte(digestInfos[k.Hash])
	if len(head) == 0 || !bytes.HasPrefix(message, head) || len(message)-len(head) != int(head[len(head)-1]) {
		return nil, fmt.Errorf("%w: this key signs hashes of one algorithm only", cardos.ErrUnsupported)
	}
	return message[len(head):], nil
}

// hash is PSO HASH, which takes a finished hash in tag 90 (ISO 7816-8, 11.9).
var hash = secop.Operation{INS: iso7816.InsPerformSecurityOp, P1: 0x90, P2: 0xA0}

// operate runs the operation with the key that is set.
func (c *Card) operate(t *cardos.Tx, op *cardos.RSAOperation) error {
	k := &c.stated.Key
	data, err := k.input(op)
	if err != nil {
		return err
	}
	operation := secop.Authenticate
	switch k.Use {
	case Decipher:
		operation = secop.Decipher
	case Sign:
		r, err := t.Send(iso7816.Command{INS: hash.INS, P1: hash.P1, P2: hash.P2, Data: append([]byte{0x90, byte(len(data))}, data...)})
		if err != nil {
			return err
		}
		if err := cardos.StatusError(r.Status); err != nil {
			return err
		}
		operation, data = secop.Sign, nil
	}
	return c.send(t, operation, data, op)
}

// send sends an operation in each form that the configuration names, from the
// one that the card took before on, until it takes one.
func (c *Card) send(t *cardos.Tx, operation secop.Operation, data []byte, op *cardos.RSAOperation) error {
	forms := c.layout.Forms
	if len(data) <= iso7816.MaxShortData {
		forms = []secop.Form{{}}
	}
	for i := min(c.form, len(forms)-1); ; i++ {
		r, err := operation.Send(t, data, op.Size(), forms[i])
		if err == nil && r.Status == iso7816.OK {
			c.form = i
			return op.Accept(r.Data)
		}
		if i+1 < len(forms) && forms[i].Failed(r, err) {
			continue
		}
		if err != nil {
			return err
		}
		return cardos.StatusError(r.Status)
	}
}
