// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/module/ck"

// SignInit is C_SignInit (PKCS #11 3.1, section 5.13.1).
func (m *Module) SignInit(h ck.SessionHandle, mech *Mechanism, key ck.ObjectHandle) error {
	return m.initOperation(h, OpSign, mech, key)
}

// Sign is C_Sign (5.13.2).
func (m *Module) Sign(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error) {
	return m.finishOperation(h, OpSign, singlePart, data, buffer)
}

// SignUpdate is C_SignUpdate (5.13.3). Mechanisms that work on one block take
// their data in parts too, up to the block.
func (m *Module) SignUpdate(h ck.SessionHandle, part []byte) error {
	return m.updateOperation(h, OpSign, part)
}

// SignFinal is C_SignFinal (5.13.4).
func (m *Module) SignFinal(h ck.SessionHandle, buffer BufferSize) (Output, error) {
	return m.finishOperation(h, OpSign, multiPart, nil, buffer)
}

// VerifyInit is C_VerifyInit (5.15.1), with the public key, in software.
func (m *Module) VerifyInit(h ck.SessionHandle, mech *Mechanism, key ck.ObjectHandle) error {
	return m.initOperation(h, OpVerify, mech, key)
}

// Verify is C_Verify (5.15.2).
func (m *Module) Verify(h ck.SessionHandle, data, signature []byte) error {
	return m.finishVerify(h, singlePart, data, signature)
}

// VerifyUpdate is C_VerifyUpdate (5.15.3).
func (m *Module) VerifyUpdate(h ck.SessionHandle, part []byte) error {
	return m.updateOperation(h, OpVerify, part)
}

// VerifyFinal is C_VerifyFinal (5.15.4).
func (m *Module) VerifyFinal(h ck.SessionHandle, signature []byte) error {
	return m.finishVerify(h, multiPart, nil, signature)
}
