// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/module/ck"

// EncryptInit is C_EncryptInit (PKCS #11 3.1, section 5.8.1), with the public
// key, in software.
func (m *Module) EncryptInit(h ck.SessionHandle, mech *Mechanism, key ck.ObjectHandle) error {
	return m.initOperation(h, OpEncrypt, mech, key)
}

// Encrypt is C_Encrypt (5.8.2).
func (m *Module) Encrypt(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error) {
	return m.finishOperation(h, OpEncrypt, singlePart, data, buffer)
}

// EncryptUpdate is C_EncryptUpdate (5.8.3): the result comes with
// C_EncryptFinal.
func (m *Module) EncryptUpdate(h ck.SessionHandle, part []byte, buffer BufferSize) (Output, error) {
	return m.updateWithOutput(h, OpEncrypt, part, buffer)
}

// EncryptFinal is C_EncryptFinal (5.8.4).
func (m *Module) EncryptFinal(h ck.SessionHandle, buffer BufferSize) (Output, error) {
	return m.finishOperation(h, OpEncrypt, multiPart, nil, buffer)
}

// DecryptInit is C_DecryptInit (5.10.1).
func (m *Module) DecryptInit(h ck.SessionHandle, mech *Mechanism, key ck.ObjectHandle) error {
	return m.initOperation(h, OpDecrypt, mech, key)
}

// Decrypt is C_Decrypt (5.10.2). The size told beforehand is the longest
// plaintext there can be, and a buffer below that is too small: so the card
// is never asked twice, and the size says nothing about the plaintext.
func (m *Module) Decrypt(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error) {
	return m.finishOperation(h, OpDecrypt, singlePart, data, buffer)
}

// DecryptUpdate is C_DecryptUpdate (5.10.3).
func (m *Module) DecryptUpdate(h ck.SessionHandle, part []byte, buffer BufferSize) (Output, error) {
	return m.updateWithOutput(h, OpDecrypt, part, buffer)
}

// DecryptFinal is C_DecryptFinal (5.10.4).
func (m *Module) DecryptFinal(h ck.SessionHandle, buffer BufferSize) (Output, error) {
	return m.finishOperation(h, OpDecrypt, multiPart, nil, buffer)
}
