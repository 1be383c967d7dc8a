// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"

	"tscns/module/ck"
)

// CKM_RSA_X_509 (PKCS #11 3.1, section 6.1.10): RSA on the bare number. A
// shorter message gets leading zeros; results always have the length of the
// modulus.
var mechRSAX509 = mechanism{
	id:    ck.CKM_RSA_X_509,
	flags: ck.CKF_SIGN | ck.CKF_VERIFY | ck.CKF_ENCRYPT | ck.CKF_DECRYPT,
	raw:   true,
	begin: beginRSAX509,
}

func beginRSAX509(_ *mechanism, kind Operation, k *rsaKey, param any) (*operation, error) {
	if param != nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	pad := func(message []byte) ([]byte, error) {
		return append(make([]byte, k.size()-len(message)), message...), nil
	}
	switch kind {
	case OpSign:
		return k.signOperation(k.size(), pad), nil
	case OpVerify:
		return k.verifyOperation(k.size(), func(message, signature []byte) error {
			want, _ := pad(message)
			if got, ok := k.publicOp(signature); !ok || !bytes.Equal(got, want) {
				return ck.CKR_SIGNATURE_INVALID
			}
			return nil
		}), nil
	case OpEncrypt:
		return k.encryptOperation(k.size(), pad), nil
	}
	return k.decryptOperation(k.size(), func(block []byte) ([]byte, bool) { return block, true }), nil
}
