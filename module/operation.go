// SPDX-License-Identifier: Apache-2.0

package module

import (
	"hash"

	"tscns/cardos"
	"tscns/module/ck"
)

// operation is an active operation of a session. The rules of PKCS#11 for
// NULL and short buffers, for mixing single-part and multi-part calls, and
// for what ends an operation live in this file only (PKCS #11 3.1, sections
// 5.2 and 5.13).
type operation struct {
	key  *rsaKey // nil for digests
	form form

	// The message is hashed as it comes, or, where hash is nil, kept up to
	// limit bytes; beyond that the answer is tooLong.
	hash    hash.Hash
	message []byte
	limit   int
	tooLong ck.RV

	// size is the largest length of the result, known without the card.
	size int
	// finish makes the result; check compares a signature. One is nil.
	finish func(message []byte, raw rawRSA) ([]byte, error)
	check  func(message, signature []byte) error

	// needsPIN: the key wants a context-specific login for each operation.
	needsPIN, authenticated bool
}

// form is how an operation is carried on. The first call decides, a size
// query too.
type form int

const (
	undecided form = iota
	singlePart
	multiPart
)

// rawRSA is the private key operation of the card on one block.
type rawRSA func(block []byte) ([]byte, error)

func (op *operation) write(part []byte) error {
	if op.hash != nil {
		op.hash.Write(part)
		return nil
	}
	if len(part) > op.limit-len(op.message) {
		return op.tooLong
	}
	op.message = append(op.message, part...)
	return nil
}

func (op *operation) sum() []byte {
	if op.hash != nil {
		return op.hash.Sum(nil)
	}
	return op.message
}

// cancel ends an operation, or nothing.
func (s *session) cancel(kind Operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind == OpFind {
		s.searching, s.search = false, nil
		return
	}
	if kind > OpFind && int(kind) < len(s.operations) {
		s.operations[kind] = nil
	}
}

// start makes an operation active.
func (s *session) start(kind Operation, op *operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[kind] != nil {
		return ck.CKR_OPERATION_ACTIVE
	}
	s.operations[kind] = op
	return nil
}

// take returns the active operation for a call of the given form. With
// result set, the call wants the result in room: then done is false while
// only the size is told, and the operation stays; otherwise it is over,
// whatever comes of it.
func (s *session) take(kind Operation, f form, result bool, room Room) (op *operation, done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op = s.operations[kind]
	if op == nil {
		return nil, true, ck.CKR_OPERATION_NOT_INITIALIZED
	}
	if op.form != undecided && op.form != f {
		s.operations[kind] = nil
		return nil, true, ck.CKR_OPERATION_ACTIVE
	}
	op.form = f
	switch {
	case !result:
		return op, false, nil
	case room == SizeQuery:
		return op, false, nil
	case int(room) < op.size:
		return op, false, ck.CKR_BUFFER_TOO_SMALL
	}
	s.operations[kind] = nil
	return op, true, nil
}

// single is the single-part call of an operation: C_Sign and its kin.
func (m *Module) single(h ck.SessionHandle, kind Operation, data []byte, room Room) (Output, error) {
	l, s, err := m.session(h)
	if err != nil {
		return Output{}, err
	}
	op, done, err := s.take(kind, singlePart, true, room)
	if !done {
		return Output{Len: uint(op.size)}, err
	}
	if err != nil {
		return Output{}, err
	}
	if err := op.write(data); err != nil {
		return Output{}, err
	}
	return l.run(s, op)
}

// update is a part of a multi-part operation. An error ends it.
func (m *Module) update(h ck.SessionHandle, kind Operation, part []byte) error {
	_, s, err := m.session(h)
	if err != nil {
		return err
	}
	op, _, err := s.take(kind, multiPart, false, 0)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[kind] != op {
		return ck.CKR_OPERATION_NOT_INITIALIZED
	}
	if err := op.write(part); err != nil {
		s.operations[kind] = nil
		return err
	}
	return nil
}

// updateThrough is update for functions that could give a part of the result:
// there never is one, since RSA works on one block.
func (m *Module) updateThrough(h ck.SessionHandle, kind Operation, part []byte, room Room) (Output, error) {
	if room == SizeQuery {
		part = nil
	}
	if err := m.update(h, kind, part); err != nil {
		return Output{}, err
	}
	return Output{}, nil
}

// final ends a multi-part operation with its result.
func (m *Module) final(h ck.SessionHandle, kind Operation, room Room) (Output, error) {
	l, s, err := m.session(h)
	if err != nil {
		return Output{}, err
	}
	op, done, err := s.take(kind, multiPart, true, room)
	if !done {
		return Output{Len: uint(op.size)}, err
	}
	if err != nil {
		return Output{}, err
	}
	return l.run(s, op)
}

// verify ends a verification, single-part with its data or multi-part.
func (m *Module) verify(h ck.SessionHandle, f form, data, signature []byte) error {
	_, s, err := m.session(h)
	if err != nil {
		return err
	}
	op, _, err := s.take(OpVerify, f, true, Room(len(signature)))
	if err == ck.CKR_BUFFER_TOO_SMALL {
		// Too short for a signature: an answer, and it ends the operation.
		s.cancel(OpVerify)
		return ck.CKR_SIGNATURE_LEN_RANGE
	}
	if err != nil {
		return err
	}
	if err := op.write(data); err != nil {
		return err
	}
	if len(signature) != op.size {
		return ck.CKR_SIGNATURE_LEN_RANGE
	}
	return op.check(op.sum(), signature)
}

// run makes the result of an operation that is not active any more.
func (l *library) run(s *session, op *operation) (Output, error) {
	if !s.mayFinish(op) {
		return Output{}, ck.CKR_USER_NOT_LOGGED_IN
	}
	result, err := op.finish(op.sum(), func(block []byte) ([]byte, error) {
		return l.rawRSA(s, op.key, block)
	})
	if err != nil {
		return Output{}, err
	}
	return Output{Data: result, Len: uint(len(result))}, nil
}

// rawRSA is the single place that uses a private key.
func (l *library) rawRSA(s *session, k *rsaKey, block []byte) ([]byte, error) {
	var result []byte
	err := l.use(s, func(c card) error {
		l.mu.Lock()
		err := s.token.needUser(loggedInUser)
		l.mu.Unlock()
		if err != nil {
			return err
		}
		result, err = c.RawRSA(k.onCard, block)
		if err == nil && len(result) != k.size() {
			return cardos.ErrProtocol
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// waitingForPIN returns the operation that a context-specific login is for.
func (s *session) waitingForPIN() *operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range []Operation{OpSign, OpDecrypt} {
		if op := s.operations[kind]; op != nil && op.needsPIN && !op.authenticated {
			return op
		}
	}
	return nil
}

// mayFinish says whether an operation has the context-specific login that it
// needs.
func (s *session) mayFinish(op *operation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !op.needsPIN || op.authenticated
}

func (s *session) authenticated(op *operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op.authenticated = true
}
