// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/module/ck"

// DigestInit is C_DigestInit (PKCS #11 3.1, section 5.12.1).
func (m *Module) DigestInit(h ck.SessionHandle, mech *Mechanism) error {
	return m.begin(h, OpDigest, mech, 0)
}

// Digest is C_Digest (5.12.2).
func (m *Module) Digest(h ck.SessionHandle, data []byte, room Room) (Output, error) {
	return m.single(h, OpDigest, data, room)
}

// DigestUpdate is C_DigestUpdate (5.12.3).
func (m *Module) DigestUpdate(h ck.SessionHandle, part []byte) error {
	return m.update(h, OpDigest, part)
}

// DigestFinal is C_DigestFinal (5.12.5).
func (m *Module) DigestFinal(h ck.SessionHandle, room Room) (Output, error) {
	return m.final(h, OpDigest, room)
}
