// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"hash"

	"tscns/module/ck"
)

// operation is an active operation of a session. The rules of PKCS#11 for
// NULL and short buffers, for mixing single-part and multi-part calls, and
// for what ends an operation live in this file only (PKCS #11 3.1, sections
// 5.2 and 5.13).
type operation struct {
	form form

	// The message is hashed as it comes, or, where hash is nil, kept up to
	// limit bytes; beyond that the answer is tooLong.
	hash    hash.Hash
	message []byte
	limit   int
	tooLong ck.RV

	// size is the largest length of the result in bytes, known without the
	// card.
	size int
	// The result is made of the message, or of its hash, in three steps, of
	// which nil ones are left out: prepare and finish work in software, private
	// uses the private key on the card. check, for a verification, compares a
	// signature instead.
	prepare func(message []byte) ([]byte, error)
	private func(c card, input []byte) ([]byte, error)
	finish  func(output []byte) ([]byte, error)
	check   func(message, signature []byte) error

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
// result set, the call wants the result in buffer: then done is false while
// only the size is told, and the operation stays; otherwise it is over,
// whatever comes of it.
func (s *session) take(kind Operation, f form, result bool, buffer BufferSize) (op *operation, done bool, err error) {
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
	case buffer == SizeQuery:
		return op, false, nil
	case int(buffer) < op.size:
		return op, false, ck.CKR_BUFFER_TOO_SMALL
	}
	s.operations[kind] = nil
	return op, true, nil
}

// finishOperation makes the result of an operation: in one part with its data
// (C_Sign and its like), or in several, of which none is left (C_SignFinal).
func (m *Module) finishOperation(h ck.SessionHandle, kind Operation, f form, data []byte, buffer BufferSize) (Output, error) {
	l, s, err := m.session(h)
	if err != nil {
		return Output{}, err
	}
	op, done, err := s.take(kind, f, true, buffer)
	if !done {
		return Output{Len: uint(op.size)}, err
	}
	if err != nil {
		return Output{}, err
	}
	if err := op.write(data); err != nil {
		return Output{}, err
	}
	if !s.mayFinish(op) {
		return Output{}, ck.CKR_USER_NOT_LOGGED_IN
	}
	result := op.sum()
	if op.prepare != nil {
		result, err = op.prepare(result)
	}
	if err == nil && op.private != nil {
		result, err = l.useCard(s, loggedInUser, result, op.private)
	}
	if err == nil && op.finish != nil {
		result, err = op.finish(result)
	}
	if err != nil {
		return Output{}, err
	}
	return Output{Data: result, Len: uint(len(result))}, nil
}

// updateOperation adds a part to a multi-part operation. An error ends it.
func (m *Module) updateOperation(h ck.SessionHandle, kind Operation, part []byte) error {
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

// updateWithOutput is updateOperation for functions that could give a part of
// the result: there never is one, since keys work on one block.
func (m *Module) updateWithOutput(h ck.SessionHandle, kind Operation, part []byte, buffer BufferSize) (Output, error) {
	if buffer == SizeQuery {
		part = nil
	}
	if err := m.updateOperation(h, kind, part); err != nil {
		return Output{}, err
	}
	return Output{}, nil
}

// finishVerify ends a verification, single-part with its data or multi-part.
func (m *Module) finishVerify(h ck.SessionHandle, f form, data, signature []byte) error {
	_, s, err := m.session(h)
	if err != nil {
		return err
	}
	op, _, err := s.take(OpVerify, f, true, BufferSize(len(signature)))
	if errors.Is(err, ck.CKR_BUFFER_TOO_SMALL) {
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

// mayFinish reports whether an operation has the context-specific login that it
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
