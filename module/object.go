// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"tscns/cardos"
	"tscns/module/ck"
)

// object is one object of a token. All but the handle and the value read
// later is fixed when the card is recognised.
type object struct {
	handle  ck.ObjectHandle // guarded by library.mu
	class   ck.ObjectClass
	private bool
	values  attributes
	key     *key // of public and private keys
	file    *dataFile
}

// attributes are the values of an object. A nil value stands for one that
// exists and is never shown (CKR_ATTRIBUTE_SENSITIVE).
type attributes map[ck.AttributeType][]byte

// encoder makes attribute values.
type encoder struct{ ulongSize int }

func (l *library) encoder() encoder { return encoder{l.m.config.ULongSize} }

// newObject starts an object with the attributes that all have (PKCS #11 3.1,
// section 4.4). Nothing on the card can be changed, copied or destroyed.
func (l *library) newObject(class ck.ObjectClass, label, unique string) *object {
	e := l.encoder()
	return &object{
		handle:  ck.ObjectHandle(l.m.nextHandle()),
		class:   class,
		private: class == ck.CKO_PRIVATE_KEY,
		values: attributes{
			ck.CKA_CLASS:       e.ulong(uint(class)),
			ck.CKA_TOKEN:       e.boolean(true),
			ck.CKA_PRIVATE:     e.boolean(class == ck.CKO_PRIVATE_KEY),
			ck.CKA_MODIFIABLE:  e.boolean(false),
			ck.CKA_COPYABLE:    e.boolean(false),
			ck.CKA_DESTROYABLE: e.boolean(false),
			ck.CKA_LABEL:       []byte(label),
			ck.CKA_UNIQUE_ID:   []byte(unique),
		},
	}
}

// buildObjects makes the objects of a token: certificate, public key and private
// key of each key as far as its kind is known, then the public data files, which
// belong to the first identity, and last the profile: there are hosts whose
// search of all objects ends at a class that they do not know (python-pkcs11).
func (l *library) buildObjects(t *token, id *cardos.Identity) {
	for i := range id.Keys {
		key := newKey(&id.Keys[i], t.purpose == cardos.DigitalSignature)
		t.caps.add(key)
		t.objects = append(t.objects, l.newCertificateObject(key))
		if key.public != nil {
			t.objects = append(t.objects, l.newPublicKeyObject(key))
		}
		if key.pair == nil {
			l.m.trace("identity %d, key %d: no private key of its kind can be used", t.identity, i)
			continue
		}
		t.objects = append(t.objects, l.newPrivateKeyObject(key))
	}
	if t.identity == 0 {
		for _, f := range t.inserted.card.DataFiles() {
			t.objects = append(t.objects, l.newDataObject(f))
		}
	}
	t.objects = append(t.objects, l.newProfileObject())
}

// visible reports whether the token shows an object now: private ones only to
// the user who is logged in (section 5.7.7). The caller holds library.mu.
func (t *token) visible(o *object) bool { return !o.private || t.user == loggedInUser }

// object finds a visible object by its handle. The caller holds library.mu.
func (t *token) object(h ck.ObjectHandle) *object {
	for _, o := range t.objects {
		if o.handle == h && t.visible(o) {
			return o
		}
	}
	return nil
}

// findObject returns an open session and a visible object of its token.
func (m *Module) findObject(h ck.SessionHandle, oh ck.ObjectHandle) (*library, *session, *object, error) {
	l, s, err := m.session(h)
	if err != nil {
		return nil, nil, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	o := s.token.object(oh)
	if o == nil {
		return l, s, nil, ck.CKR_OBJECT_HANDLE_INVALID
	}
	return l, s, o, nil
}

// value returns an attribute. ok is false where the object has none; a nil
// value is sensitive. Only the value of a data file may need the card.
func (l *library) value(s *session, o *object, a ck.AttributeType) (value []byte, ok bool, err error) {
	if o.file != nil && a == ck.CKA_VALUE {
		value, err = l.fileValue(s, o.file)
		return value, err == nil, err
	}
	value, ok = o.values[a]
	return value, ok, nil
}

// matches reports whether an object has all attributes of a template, byte for
// byte. A value that would have to be read from the card is compared last.
func (l *library) matches(s *session, o *object, tmpl []Attribute) bool {
	later := false
	for _, a := range tmpl {
		if o.file != nil && a.Type == ck.CKA_VALUE {
			later = true
			continue
		}
		v, ok := o.values[a.Type]
		if !ok || v == nil || !bytes.Equal(v, a.Value) {
			return false
		}
	}
	if !later {
		return true
	}
	v, err := l.fileValue(s, o.file)
	return err == nil && !slices.ContainsFunc(tmpl, func(a Attribute) bool {
		return a.Type == ck.CKA_VALUE && !bytes.Equal(v, a.Value)
	})
}

// GetAttributeValue is C_GetAttributeValue (5.7.5). Every entry is answered;
// the error is that of the first entry that has one.
func (m *Module) GetAttributeValue(h ck.SessionHandle, oh ck.ObjectHandle, q []AttributeQuery) error {
	l, s, o, err := m.findObject(h, oh)
	if err != nil {
		return err
	}
	var result error
	for i := range q {
		if err := l.answer(s, o, &q[i]); err != nil && result == nil {
			result = err
		}
	}
	return result
}

func (l *library) answer(s *session, o *object, q *AttributeQuery) error {
	q.Len, q.Value = ck.CK_UNAVAILABLE_INFORMATION, nil
	v, ok, err := l.value(s, o, q.Type)
	switch {
	case notShown(err):
		return ck.CKR_ATTRIBUTE_SENSITIVE
	case err != nil:
		return err
	case !ok:
		return ck.CKR_ATTRIBUTE_TYPE_INVALID
	case v == nil:
		return ck.CKR_ATTRIBUTE_SENSITIVE
	case q.Buffer != SizeQuery && int(q.Buffer) < len(v):
		return ck.CKR_BUFFER_TOO_SMALL
	}
	q.Len = uint(len(v))
	if q.Buffer != SizeQuery {
		q.Value = v
	}
	return nil
}

// notShown reports whether the card shows a file only in another state: with
// its PIN verified, or, where the file lies in another application than the
// key, without.
func notShown(err error) bool {
	return errors.Is(err, cardos.ErrPINRequired) || errors.Is(err, cardos.ErrUnsupported)
}

// GetObjectSize is C_GetObjectSize (5.7.4): the sum of the values shown.
func (m *Module) GetObjectSize(h ck.SessionHandle, oh ck.ObjectHandle) (uint, error) {
	l, s, o, err := m.findObject(h, oh)
	if err != nil {
		return 0, err
	}
	size := 0
	for _, v := range o.values {
		size += len(v)
	}
	if o.file != nil {
		v, err := l.fileValue(s, o.file)
		if notShown(err) {
			return 0, ck.CKR_INFORMATION_SENSITIVE
		}
		if err != nil {
			return 0, err
		}
		size += len(v)
	}
	return uint(size), nil
}

// uniqueID names an object for good: the kind and a hash that is the same at
// every insertion of the same card.
func uniqueID(kind string, id []byte) string { return fmt.Sprintf("%s-%x", kind, id) }
