// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/module/ck"

// newProfileObject makes the object that tells hosts that certificates and public
// keys are readable without login (PKCS #11 3.1, section 4.5). NSS searches
// it with {CKA_TOKEN true, CKA_CLASS CKO_PROFILE} and then asks for the PIN
// only when the private key is used.
func (l *library) newProfileObject() *object {
	o := l.newObject(ck.CKO_PROFILE, "Public certificates token", "profile-4")
	o.values[ck.CKA_PROFILE_ID] = l.encoder().ulong(uint(ck.CKP_PUBLIC_CERTIFICATES_TOKEN))
	return o
}
