// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"slices"

	"tscns/module/ck"
)

// FindObjectsInit is C_FindObjectsInit (PKCS #11 3.1, section 5.7.7). The
// objects are found here; those that appear later need a new search. A search
// for a class that the token never has (built-in roots, trust: browsers make
// hundreds) is answered without a look at anything.
func (m *Module) FindObjectsInit(h ck.SessionHandle, tmpl []Attribute) error {
	l, s, err := m.session(h)
	if err != nil {
		return err
	}
	if err := s.beginSearch(); err != nil {
		return err
	}
	if !l.mayMatch(tmpl) {
		return nil
	}
	// A card that went away ends the session, and the search with it.
	if _, _, err := m.recentSession(h); err != nil {
		s.cancel(OpFind)
		return err
	}
	var found []*object
	for _, o := range l.visibleObjects(s.token) {
		if l.matches(s, o, tmpl) {
			found = append(found, o)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.search = found
	return nil
}

// classes are the object classes of the token.
var classes = []ck.ObjectClass{ck.CKO_DATA, ck.CKO_CERTIFICATE, ck.CKO_PUBLIC_KEY,
	ck.CKO_PRIVATE_KEY, ck.CKO_PROFILE}

func (l *library) mayMatch(tmpl []Attribute) bool {
	for _, a := range tmpl {
		if a.Type != ck.CKA_CLASS {
			continue
		}
		v, ok := l.encoder().parseULong(a.Value)
		if !ok {
			return false
		}
		return slices.Contains(classes, ck.ObjectClass(v))
	}
	return true
}

func (l *library) visibleObjects(t *token) []*object {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*object, 0, len(t.objects))
	for _, o := range t.objects {
		if t.visible(o) {
			list = append(list, o)
		}
	}
	return list
}

func (s *session) beginSearch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.searching {
		return ck.CKR_OPERATION_ACTIVE
	}
	s.searching, s.search = true, nil
	return nil
}

// FindObjects is C_FindObjects (5.7.8). max 0 gives none.
func (m *Module) FindObjects(h ck.SessionHandle, max uint) ([]ck.ObjectHandle, error) {
	l, s, err := m.session(h)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.searching {
		return nil, ck.CKR_OPERATION_NOT_INITIALIZED
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found := []ck.ObjectHandle{}
	for len(s.search) > 0 && uint(len(found)) < max {
		// What was found before a logout is not shown after it.
		if o := s.search[0]; s.token.visible(o) {
			found = append(found, o.handle)
		}
		s.search = s.search[1:]
	}
	return found, nil
}

// FindObjectsFinal is C_FindObjectsFinal (5.7.9).
func (m *Module) FindObjectsFinal(h ck.SessionHandle) error {
	_, s, err := m.session(h)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.searching {
		return ck.CKR_OPERATION_NOT_INITIALIZED
	}
	s.searching, s.search = false, nil
	return nil
}

// CreateObject is C_CreateObject (5.7.1): the card takes no new objects, and
// the library keeps none in memory.
func (m *Module) CreateObject(h ck.SessionHandle, tmpl []Attribute) (ck.ObjectHandle, error) {
	l, _, err := m.session(h)
	if err != nil {
		return 0, err
	}
	hasClass := false
	token := false
	for _, a := range tmpl {
		switch a.Type {
		case ck.CKA_CLASS:
			_, ok := l.encoder().parseULong(a.Value)
			if !ok {
				return 0, ck.CKR_ATTRIBUTE_VALUE_INVALID
			}
			hasClass = true
		case ck.CKA_TOKEN:
			token = len(a.Value) == 1 && a.Value[0] != 0
		}
	}
	switch {
	case !hasClass:
		return 0, ck.CKR_TEMPLATE_INCOMPLETE
	case token:
		return 0, ck.CKR_TOKEN_WRITE_PROTECTED
	}
	return 0, ck.CKR_FUNCTION_NOT_SUPPORTED
}

// CopyObject is C_CopyObject (5.7.2). A copy on the card meets the write
// protection; a copy in the session is a function that is not there, and
// pkcs11-provider stops asking for it after this answer only.
func (m *Module) CopyObject(h ck.SessionHandle, oh ck.ObjectHandle, tmpl []Attribute) (ck.ObjectHandle, error) {
	if err := m.refuseChange(h, oh); !errors.Is(err, ck.CKR_TOKEN_WRITE_PROTECTED) {
		return 0, err
	}
	for _, a := range tmpl {
		if a.Type == ck.CKA_TOKEN && len(a.Value) == 1 && a.Value[0] == 0 {
			return 0, ck.CKR_FUNCTION_NOT_SUPPORTED
		}
	}
	return 0, ck.CKR_TOKEN_WRITE_PROTECTED
}

// DestroyObject is C_DestroyObject (5.7.3).
func (m *Module) DestroyObject(h ck.SessionHandle, oh ck.ObjectHandle) error {
	return m.refuseChange(h, oh)
}

// refuseChange answers for whatever would change the card. The flag
// CKF_WRITE_PROTECTED outranks a session that is read-only and an object that
// prohibits it (5.1.6).
func (m *Module) refuseChange(h ck.SessionHandle, oh ck.ObjectHandle) error {
	if _, _, _, err := m.findObject(h, oh); err != nil {
		return err
	}
	return ck.CKR_TOKEN_WRITE_PROTECTED
}

// SetAttributeValue is C_SetAttributeValue (5.7.6).
func (m *Module) SetAttributeValue(h ck.SessionHandle, oh ck.ObjectHandle, tmpl []Attribute) error {
	if len(tmpl) == 0 {
		if err := m.refuseChange(h, oh); !errors.Is(err, ck.CKR_TOKEN_WRITE_PROTECTED) {
			return err
		}
		return ck.CKR_ARGUMENTS_BAD
	}
	return m.refuseChange(h, oh)
}
