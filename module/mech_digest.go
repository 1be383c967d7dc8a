// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/module/ck"

// Digests (PKCS #11 3.1, sections 6.20 to 6.24), in software.
var (
	mechSHA1   = mechanism{ck.CKM_SHA_1, ParamNone, ck.CKF_DIGEST, false, ck.CKM_SHA_1, beginDigest}
	mechSHA224 = mechanism{ck.CKM_SHA224, ParamNone, ck.CKF_DIGEST, false, ck.CKM_SHA224, beginDigest}
	mechSHA256 = mechanism{ck.CKM_SHA256, ParamNone, ck.CKF_DIGEST, false, ck.CKM_SHA256, beginDigest}
	mechSHA384 = mechanism{ck.CKM_SHA384, ParamNone, ck.CKF_DIGEST, false, ck.CKM_SHA384, beginDigest}
	mechSHA512 = mechanism{ck.CKM_SHA512, ParamNone, ck.CKF_DIGEST, false, ck.CKM_SHA512, beginDigest}
)

func beginDigest(m *mechanism, _ Operation, _ *rsaKey, param any) (*operation, error) {
	if param != nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	d := digestOf(m.hash)
	op := &operation{size: d.size, finish: func(sum []byte, _ rawRSA) ([]byte, error) { return sum, nil }}
	return op.hashed(d), nil
}
