// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto"
	_ "crypto/sha1"   // for crypto.SHA1
	_ "crypto/sha256" // for crypto.SHA224 and crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512

	"tscns/module/ck"
)

// digestMechanisms are the digests that are offered (PKCS #11 3.1, sections
// 6.20 to 6.24), in software.
var digestMechanisms = []*mechanism{
	{id: ck.CKM_SHA_1, hash: crypto.SHA1, flags: ck.CKF_DIGEST},
	{id: ck.CKM_SHA224, hash: crypto.SHA224, flags: ck.CKF_DIGEST},
	{id: ck.CKM_SHA256, hash: crypto.SHA256, flags: ck.CKF_DIGEST},
	{id: ck.CKM_SHA384, hash: crypto.SHA384, flags: ck.CKF_DIGEST},
	{id: ck.CKM_SHA512, hash: crypto.SHA512, flags: ck.CKF_DIGEST},
}

func newDigestOperation(m *mechanism, param any) (*operation, error) {
	if param != nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	return &operation{hash: m.hash.New(), size: m.hash.Size()}, nil
}

// DigestInit is C_DigestInit (PKCS #11 3.1, section 5.12.1).
func (m *Module) DigestInit(h ck.SessionHandle, mech *Mechanism) error {
	return m.initOperation(h, OpDigest, mech, 0)
}

// Digest is C_Digest (5.12.2).
func (m *Module) Digest(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error) {
	return m.finishOperation(h, OpDigest, singlePart, data, buffer)
}

// DigestUpdate is C_DigestUpdate (5.12.3).
func (m *Module) DigestUpdate(h ck.SessionHandle, part []byte) error {
	return m.updateOperation(h, OpDigest, part)
}

// DigestFinal is C_DigestFinal (5.12.5).
func (m *Module) DigestFinal(h ck.SessionHandle, buffer BufferSize) (Output, error) {
	return m.finishOperation(h, OpDigest, multiPart, nil, buffer)
}
