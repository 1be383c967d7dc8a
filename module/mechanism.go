// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto"
	"slices"

	"tscns/module/ck"
)

// mechanism is what a mechanism is. Each is one row of a table, in the file of
// its kind.
type mechanism struct {
	id    ck.MechanismType
	param ParamKind
	// flags are the functions it has, with a key that may do everything.
	flags ck.Flags
	// hash is the digest that it makes or contains, 0 for none.
	hash crypto.Hash
	// rsa is how it uses RSA keys; nil for digests.
	rsa *rsaScheme
}

// mechanisms is the registry, in the order of C_GetMechanismList.
var mechanisms = slices.Concat(rsaMechanisms, digestMechanisms)

// flagOf returns the flag of CK_MECHANISM_INFO that stands for an operation.
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

// ParamKindOf returns how the parameter of a mechanism is to be decoded:
// ParamNone for those that take none and those nobody knows.
func ParamKindOf(id ck.MechanismType) ParamKind {
	if m := mechanismOf(id); m != nil {
		return m.param
	}
	return ParamNone
}

// keyCaps is what the keys of a token can do together.
type keyCaps struct {
	pairs            []keyPair
	minBits, maxBits uint
	signs, decrypts  bool
}

// add adds a key, unless its private half cannot be used.
func (c *keyCaps) add(k *key) {
	if k.pair == nil {
		return
	}
	bits := uint(k.pair.bits())
	if c.minBits == 0 || bits < c.minBits {
		c.minBits = bits
	}
	c.maxBits = max(c.maxBits, bits)
	c.signs = c.signs || k.signs
	c.decrypts = c.decrypts || k.decrypts
	c.pairs = append(c.pairs, k.pair)
}

// takes reports whether a key can be used with a mechanism.
func (c *keyCaps) takes(m *mechanism) bool {
	return slices.ContainsFunc(c.pairs, func(k keyPair) bool { return k.takes(m) })
}

// info returns what a mechanism does on a token; false where it is not offered
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
	if flags == 0 || !c.takes(m) {
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

// mechanisms lists what a key may be used with (CKA_ALLOWED_MECHANISMS).
func (k *key) mechanisms() []ck.MechanismType {
	var one keyCaps
	one.add(k)
	var list []ck.MechanismType
	for _, m := range mechanisms {
		if _, ok := m.info(one); ok && m.flags != ck.CKF_DIGEST {
			list = append(list, m.id)
		}
	}
	return list
}

// initOperation is the Init function of an operation. A NULL mechanism
// cancels, as 3.0 and later have it.
func (m *Module) initOperation(h ck.SessionHandle, kind Operation, mech *Mechanism, key ck.ObjectHandle) error {
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
	op, err := l.newOperation(s, kind, mech, key)
	if err != nil {
		return err
	}
	return s.start(kind, op)
}

// newOperation makes an operation, of which session, mechanism, key and
// parameter are checked in this order.
func (l *library) newOperation(s *session, kind Operation, mech *Mechanism, key ck.ObjectHandle) (*operation, error) {
	row := mechanismOf(mech.Type)
	if row == nil || row.flags&flagOf(kind) == 0 {
		return nil, ck.CKR_MECHANISM_INVALID
	}
	if _, offered := row.info(s.token.caps); !offered {
		return nil, ck.CKR_MECHANISM_INVALID
	}
	if kind == OpDigest {
		return newDigestOperation(row, mech.Param)
	}
	k, err := l.usableKey(s, kind, key)
	if err != nil {
		return nil, err
	}
	op, err := k.pair.newOperation(row, kind, mech.Param)
	if err != nil {
		return nil, err
	}
	op.needsPIN = k.alwaysAuthenticate && (kind == OpSign || kind == OpDecrypt)
	return op, nil
}

// usableKey finds the key of an operation. Private operations need the
// private key, and a login; the others the public key.
func (l *library) usableKey(s *session, kind Operation, handle ck.ObjectHandle) (*key, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var o *object
	for _, other := range s.token.objects {
		if other.handle == handle {
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
	case o.class != class, o.key.pair == nil:
		return nil, ck.CKR_KEY_TYPE_INCONSISTENT
	case !o.key.permits(kind):
		return nil, ck.CKR_KEY_FUNCTION_NOT_PERMITTED
	}
	return o.key, nil
}
