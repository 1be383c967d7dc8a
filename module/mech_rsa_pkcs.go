// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"

	"tscns/module/ck"
)

// CKM_RSA_PKCS (PKCS #11 3.1, section 6.1.6): PKCS #1 v1.5. The message to
// sign is what stands after the padding, usually a DigestInfo; it is not
// looked into.
var mechRSAPKCS = mechanism{
	id:    ck.CKM_RSA_PKCS,
	flags: ck.CKF_SIGN | ck.CKF_VERIFY | ck.CKF_ENCRYPT | ck.CKF_DECRYPT,
	begin: beginRSAPKCS,
}

// pkcs1Overhead is the least padding: 00 bt, 8 bytes, 00 (RFC 8017, 7.2).
const pkcs1Overhead = 11

func beginRSAPKCS(_ *mechanism, kind Operation, k *rsaKey, param any) (*operation, error) {
	if param != nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	limit := k.size() - pkcs1Overhead
	switch kind {
	case OpSign:
		return k.signOperation(limit, func(m []byte) ([]byte, error) { return k.padPKCS1(m), nil }), nil
	case OpVerify:
		return k.verifyOperation(limit, func(m, signature []byte) error {
			if rsa.VerifyPKCS1v15(&k.public, 0, m, signature) != nil {
				return ck.CKR_SIGNATURE_INVALID
			}
			return nil
		}), nil
	case OpEncrypt:
		return k.encryptOperation(limit, k.padPKCS1Random), nil
	}
	return k.decryptOperation(limit, unpadPKCS1), nil
}

// padPKCS1 is EMSA-PKCS1-v1_5 without the digest (RFC 8017, 9.2):
// 00 01 FF .. FF 00 message. The message fits.
func (k *rsaKey) padPKCS1(message []byte) []byte {
	block := make([]byte, k.size())
	block[1] = 1
	end := len(block) - len(message) - 1
	for i := 2; i < end; i++ {
		block[i] = 0xff
	}
	copy(block[end+1:], message)
	return block
}

// padPKCS1Random is the padding of RSAES-PKCS1-v1_5 (RFC 8017, 7.2.1):
// 00 02 random bytes other than 0, 00 message.
func (k *rsaKey) padPKCS1Random(message []byte) ([]byte, error) {
	block := make([]byte, k.size())
	block[1] = 2
	padding := block[2 : len(block)-len(message)-1]
	if _, err := rand.Read(padding); err != nil {
		return nil, err
	}
	for i := range padding {
		for padding[i] == 0 {
			if _, err := rand.Read(padding[i : i+1]); err != nil {
				return nil, err
			}
		}
	}
	copy(block[len(block)-len(message):], message)
	return block, nil
}

// unpadPKCS1 takes the padding of RSAES-PKCS1-v1_5 off. Until the answer is
// known it takes the same time for every block.
func unpadPKCS1(block []byte) ([]byte, bool) {
	good := subtle.ConstantTimeByteEq(block[0], 0) & subtle.ConstantTimeByteEq(block[1], 2)
	looking, index := 1, 0
	for i := 2; i < len(block); i++ {
		zero := subtle.ConstantTimeByteEq(block[i], 0)
		index = subtle.ConstantTimeSelect(looking&zero, i, index)
		looking = subtle.ConstantTimeSelect(zero, 0, looking)
	}
	good &= subtle.ConstantTimeLessOrEq(pkcs1Overhead-1, index) & (looking ^ 1)
	if good != 1 {
		return nil, false
	}
	return append([]byte{}, block[index+1:]...), true
}
