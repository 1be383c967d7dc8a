// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"

	"tscns/module/ck"
)

// rsaX509 is CKM_RSA_X_509 (PKCS #11 3.1, section 6.1.10): RSA on the bare
// number. A shorter message gets leading zeros; results always have the length
// of the modulus.
var rsaX509 = rsaScheme{anyBlock: true, newOperation: newX509Operation}

func newX509Operation(k *rsaKey, _ *mechanism, kind Operation, param any) (*operation, error) {
	if param != nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	withZeros := func(message []byte) []byte {
		return append(make([]byte, k.size()-len(message)), message...)
	}
	fill := func(message []byte) ([]byte, error) { return withZeros(message), nil }
	switch kind {
	case OpSign:
		return k.signOperation(k.size(), fill), nil
	case OpVerify:
		return k.verifyOperation(k.size(), func(message, signature []byte) error {
			if got, ok := k.publicOperation(signature); !ok || !bytes.Equal(got, withZeros(message)) {
				return ck.CKR_SIGNATURE_INVALID
			}
			return nil
		}), nil
	case OpEncrypt:
		return k.encryptOperation(k.size(), fill), nil
	}
	return k.decryptOperation(k.size(), func(block []byte) ([]byte, bool) { return block, true }), nil
}
