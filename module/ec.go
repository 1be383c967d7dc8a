// SPDX-License-Identifier: Apache-2.0

package module

import (
	"encoding/asn1"

	"tscns/cardos/certificate"
	"tscns/module/ck"
)

// ecKey is an elliptic curve public key (PKCS #11 3.1, section 6.3.3). No card
// layout is known to use the private half, so there is no keyPair of this
// type.
type ecKey struct {
	params []byte // DER of ECParameters
	point  []byte // DER OCTET STRING with the point
}

// newECKey returns false for a key without curve or point.
func newECKey(public *certificate.ECPublicKey) (*ecKey, bool) {
	point, err := asn1.Marshal(public.Point)
	if err != nil || len(public.Parameters) == 0 || len(public.Point) == 0 {
		return nil, false
	}
	return &ecKey{params: public.Parameters, point: point}, true
}

func (k *ecKey) keyType() ck.KeyType { return ck.CKK_EC }

func (k *ecKey) publicAttributes(encoder) attributes {
	return attributes{ck.CKA_EC_PARAMS: k.params, ck.CKA_EC_POINT: k.point}
}
