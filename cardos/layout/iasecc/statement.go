// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"errors"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// Use is what a card lets a private key do, in the order of preference.
type Use int

// The uses of a key that sign.
const (
	Authenticate Use = iota // INTERNAL AUTHENTICATE of a DigestInfo, which the card pads
	Decipher                // PSO DECIPHER of a block that was padded here
	Sign                    // PSO HASH and COMPUTE DIGITAL SIGNATURE
	uses
)

// Statement is what a card reports of the key of its certificate and of the PIN
// that protects it.
type Statement struct {
	PIN byte // reference, P2 of VERIFY
	Key Key
}

// Key is a private key.
type Key struct {
	Reference byte // in MSE SET, tag 84
	Size      int  // of its modulus in bytes, 0 where it is not reported
	Use       Use
	Algorithm byte // reference of the algorithm, for that use
	Hash      byte // the same of the hash, for Sign
}

// number returns the number of the object with a reference.
func number(reference byte) byte { return reference & 0x1F }

// local is the bit of a reference of an object of the application's own.
const local = 0x80

// insGetData is GET DATA with a list of what is asked for in its data (ISO
// 7816-4, 11.5.1, odd instruction code).
const insGetData = 0xCB

// getData asks for one element of an object. The object is nil where the card
// refuses or answers something else. None of this can cost a try.
func getData(t *cardos.Tx, class, number byte, element uint16) (object, iso7816.Status, error) {
	tag := []byte{byte(element), 0x80}
	if element > 0xFF {
		tag = append([]byte{byte(element >> 8)}, tag...)
	}
	list := append([]byte{0xBF, class, number, byte(len(tag))}, tag...)
	list = append([]byte{tagTemplate, byte(len(list))}, list...)
	list = append([]byte{0x4D, byte(len(list))}, list...)
	c := iso7816.Command{INS: insGetData, P1: 0x3F, P2: 0xFF, Data: list, Ne: iso7816.MaxShortNe}
	r, err := t.Send(c)
	if err == nil && r.Status.Failed() {
		r, err = t.Send(c)
	}
	if errors.Is(err, cardos.ErrProtocol) {
		return nil, 0, nil
	}
	if err != nil || r.Status != iso7816.OK {
		return nil, r.Status, err
	}
	o, err := parseObject(r.Data, class, number)
	if err != nil {
		return nil, r.Status, nil
	}
	return o, r.Status, nil
}

// inquiry asks the application of the certificate, which is selected, for what
// it reports.
type inquiry struct {
	t           *cardos.Tx
	contactless bool
	size        int // of the modulus of the certificate, in bytes
}

// statement returns what the card reports of the key of the certificate, the
// first from a number on, and of its PIN. It is nil where the card does not
// report all that is needed to use them.
func (q inquiry) statement(from byte) (*Statement, error) {
	key, env, err := q.key(from)
	if err != nil || env == nil {
		return nil, err
	}
	return &Statement{PIN: env.pin, Key: *key}, nil
}

// key returns the first key from a number on that can be used after a PIN, with
// the environment that names the PIN: one that authenticates, else one that
// can be made to sign otherwise. It returns nil if there is none.
func (q inquiry) key(from byte) (*Key, *environment, error) {
	var key *Key
	var env *environment
	for n := from; n <= maxNumber; n++ {
		o, sw, err := q.ask(n, n == from)
		if err != nil {
			return nil, nil, err
		}
		if o == nil && (key != nil || notAnObject(sw)) {
			break
		}
		k, condition := q.usable(o, n)
		if k == nil || key != nil && k.Use != Authenticate {
			continue
		}
		e, err := q.environment(condition)
		if err != nil {
			return nil, nil, err
		}
		if e == nil {
			continue
		}
		k.complete(e)
		if key, env = k, e; k.Use == Authenticate {
			break
		}
	}
	return key, env, nil
}

// notAnObject: answers that say that the application has no such objects at
// all, rather than not this one.
func notAnObject(sw iso7816.Status) bool {
	switch sw {
	case iso7816.ReferenceNotFound, iso7816.IncorrectData, iso7816.FileNotFound, iso7816.RecordNotFound, iso7816.OK:
		return false
	}
	return true
}

// ask asks for the control parameters of a key: by themselves, and where that
// says nothing, with its template. Which of the two a card answers differs (P);
// both are asked of the first key alone.
func (q inquiry) ask(n byte, both bool) (object, iso7816.Status, error) {
	o, sw, err := getData(q.t, classKey, n, tagControl)
	if _, ok := find(o, tagControl); ok || err != nil || !both || notAnObject(sw) {
		return o, sw, err
	}
	return getData(q.t, classKey, n, tagKey)
}

// usable returns a key that has the size of the certificate's and that may be
// used after a PIN, nil for any other. A key for qualified signatures is not
// the one that authenticates.
func (q inquiry) usable(o object, n byte) (*Key, condition) {
	control, ok := find(o, tagControl)
	if !ok {
		return nil, 0
	}
	size, _ := control.number(tagSize)
	qualified, _ := control.number(tagNonRepudiation)
	if qualified != 0 || size != 0 && size != q.size {
		return nil, 0
	}
	for use, bit := range []byte{Authenticate: ruleAuthenticate, Decipher: ruleDecipher, Sign: ruleSign} {
		c := control.rule(bit, q.contactless)
		if _, ok := c.environment(); ok {
			return &Key{Reference: n | local, Size: size, Use: Use(use)}, c
		}
	}
	return nil, 0
}

// environment asks for the environment that a condition names, nil where it
// names no PIN.
func (q inquiry) environment(c condition) (*environment, error) {
	n, _ := c.environment()
	o, _, err := getData(q.t, classEnvironment, n, tagEnvironment)
	if err != nil {
		return nil, err
	}
	crts, ok := find(o, tagEnvironment)
	if !ok {
		return nil, nil
	}
	if e := crts.environment(); e.hasPIN {
		return &e, nil
	}
	return nil, nil
}

// Algorithm references where the environment names none (D).
const (
	algorithmPKCS1    = 0x02
	algorithmDecipher = 0x0A
	algorithmSHA256   = 0x40
)

// complete takes over the algorithms that an environment names.
func (k *Key) complete(e *environment) {
	named := func(algorithm, otherwise byte) byte {
		if algorithm != 0 {
			return algorithm
		}
		return otherwise
	}
	switch k.Use {
	case Authenticate:
		k.Algorithm = named(e.authenticate, algorithmPKCS1)
	case Decipher:
		k.Algorithm = named(e.decipher, algorithmDecipher)
	case Sign:
		k.Hash = named(e.hash, algorithmSHA256)
		k.Algorithm = named(e.sign, algorithmPKCS1|algorithmSHA256)
	}
}
