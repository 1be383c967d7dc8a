// SPDX-License-Identifier: Apache-2.0

package module

import (
	"tscns/module/ck"
)

// mechanism is a row of the registry: what a mechanism is, and how one of its
// operations begins. Its file is mech_<name>.go.
type mechanism struct {
	id    ck.MechanismType
	param ParamKind
	// flags are the functions it has, with a key that may do everything.
	flags ck.Flags
	// raw: it is offered only where the card is known to exponentiate any
	// block that the host made (cardos.Key.RawRSA).
	raw bool
	// hash is the digest that it contains, 0 for none.
	hash ck.MechanismType
	// begin checks the parameter and the key size and makes the operation,
	// without the card.
	begin func(m *mechanism, kind Operation, k *rsaKey, param any) (*operation, error)
}

// flagOf says which flag of CK_MECHANISM_INFO stands for an operation.
func flagOf(kind Operation) ck.Flags {
	switch kind {
	case OpEncrypt:
		return ck.CKF_ENCRYPT
	case OpDecrypt:
		return ck.CKF_DECRYPT
	case OpDigest:
		return ck.CKF_DIGEST
	case OpSign:
		return ck.CKF_SIGN
	case OpVerify:
		return ck.CKF_VERIFY
	}
	return 0
}

func mechanismOf(id ck.MechanismType) *mechanism {
	for _, m := range mechanisms {
		if m.id == id {
			return m
		}
	}
	return nil
}

// ParamKindOf says how the parameter of a mechanism is to be decoded;
// ParamNone for those that take none and those nobody knows.
func ParamKindOf(id ck.MechanismType) ParamKind {
	if m := mechanismOf(id); m != nil {
		return m.param
	}
	return ParamNone
}

// keyCaps is what the keys of a token can do together.
type keyCaps struct {
	minBits, maxBits      uint
	signs, decrypts, raws bool
}

func (c *keyCaps) add(k *rsaKey) {
	bits := uint(k.bits())
	if c.minBits == 0 || bits < c.minBits {
		c.minBits = bits
	}
	c.maxBits = max(c.maxBits, bits)
	c.signs = c.signs || k.signs
	c.decrypts = c.decrypts || k.decrypts
	c.raws = c.raws || k.raw
}

// info tells what a mechanism does on a token; false where it is not offered
// there.
func (m *mechanism) info(c keyCaps) (MechanismInfo, bool) {
	if m.flags == ck.CKF_DIGEST {
		return MechanismInfo{Flags: m.flags}, true
	}
	flags := m.flags
	if !c.signs {
		flags &^= ck.CKF_SIGN | ck.CKF_VERIFY
	}
	if !c.decrypts {
		flags &^= ck.CKF_DECRYPT | ck.CKF_ENCRYPT
	}
	if flags == 0 || m.raw && !c.raws {
		return MechanismInfo{}, false
	}
	return MechanismInfo{MinKeySize: c.minBits, MaxKeySize: c.maxBits, Flags: flags | ck.CKF_HW}, true
}

// mechanisms lists what a token offers.
func (c keyCaps) mechanisms() []ck.MechanismType {
	var list []ck.MechanismType
	for _, m := range mechanisms {
		if _, ok := m.info(c); ok {
			list = append(list, m.id)
		}
	}
	return list
}

// keyMechanisms lists what one key may be used with (CKA_ALLOWED_MECHANISMS).
func (c keyCaps) keyMechanisms(o *object) []ck.MechanismType {
	one := keyCaps{}
	one.add(o.key)
	var list []ck.MechanismType
	for _, m := range mechanisms {
		if _, ok := m.info(one); ok && m.flags != ck.CKF_DIGEST {
			list = append(list, m.id)
		}
	}
	return list
}

// begin is the Init function of an operation. A NULL mechanism cancels, as
// 3.0 and later have it.
func (m *Module) begin(h ck.SessionHandle, kind Operation, mech *Mechanism, key ck.ObjectHandle) error {
	l, s, err := m.session(h)
	if err != nil {
		return err
	}
	if mech == nil {
		s.cancel(kind)
		return nil
	}
	s.mu.Lock()
	active := s.operations[kind] != nil
	s.mu.Unlock()
	if active {
		return ck.CKR_OPERATION_ACTIVE
	}
	if kind == OpSign || kind == OpDecrypt {
		if _, _, err := m.freshSession(h); err != nil {
			return err
		}
	}
	op, err := l.prepare(s, kind, mech, key)
	if err != nil {
		return err
	}
	return s.start(kind, op)
}

func (l *library) prepare(s *session, kind Operation, mech *Mechanism, key ck.ObjectHandle) (*operation, error) {
	row := mechanismOf(mech.Type)
	if row == nil || row.flags&flagOf(kind) == 0 {
		return nil, ck.CKR_MECHANISM_INVALID
	}
	if _, offered := row.info(s.token.caps); !offered {
		return nil, ck.CKR_MECHANISM_INVALID
	}
	var k *rsaKey
	if kind != OpDigest {
		var err error
		if k, err = l.usableKey(s, kind, key); err != nil {
			return nil, err
		}
		if row.raw && !k.raw {
			return nil, ck.CKR_KEY_FUNCTION_NOT_PERMITTED
		}
	}
	op, err := row.begin(row, kind, k, mech.Param)
	if err != nil {
		return nil, err
	}
	op.key = k
	op.needsPIN = k != nil && k.alwaysAuthenticate && (kind == OpSign || kind == OpDecrypt)
	return op, nil
}

// usableKey finds the key of an operation. Private operations need the
// private key, and a login; the others the public key.
func (l *library) usableKey(s *session, kind Operation, key ck.ObjectHandle) (*rsaKey, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var o *object
	for _, other := range s.token.objects {
		if other.handle == key {
			o = other
		}
	}
	class := ck.CKO_PUBLIC_KEY
	if kind == OpSign || kind == OpDecrypt {
		class = ck.CKO_PRIVATE_KEY
	}
	switch {
	case o == nil || o.key == nil:
		return nil, ck.CKR_KEY_HANDLE_INVALID
	case !s.token.visible(o):
		return nil, s.token.notLoggedIn()
	case o.class != class:
		return nil, ck.CKR_KEY_TYPE_INCONSISTENT
	}
	signing := kind == OpSign || kind == OpVerify
	if signing && !o.key.signs || !signing && !o.key.decrypts {
		return nil, ck.CKR_KEY_FUNCTION_NOT_PERMITTED
	}
	return o.key, nil
}
