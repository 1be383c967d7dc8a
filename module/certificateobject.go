// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/sha1"

	"tscns/module/ck"
)

// newCertificateObject makes the X.509 certificate object of a key (PKCS #11
// 3.1, section 4.6). The token vouches for nothing: CKA_TRUSTED is false.
func (l *library) newCertificateObject(k *rsaKey) *object {
	e := l.encoder()
	hash := sha1.Sum(k.cert.Raw)
	o := l.newObject(ck.CKO_CERTIFICATE, k.label, uniqueID("cert", hash[:]))
	for a, v := range (attributes{
		ck.CKA_CERTIFICATE_TYPE:           e.ulong(uint(ck.CKC_X_509)),
		ck.CKA_TRUSTED:                    e.boolean(false),
		ck.CKA_CERTIFICATE_CATEGORY:       e.ulong(ck.CK_CERTIFICATE_CATEGORY_TOKEN_USER),
		ck.CKA_CHECK_VALUE:                hash[:3],
		ck.CKA_START_DATE:                 e.date(k.cert.NotBefore),
		ck.CKA_END_DATE:                   e.date(k.cert.NotAfter),
		ck.CKA_PUBLIC_KEY_INFO:            k.cert.SPKI,
		ck.CKA_SUBJECT:                    k.cert.Subject,
		ck.CKA_ID:                         k.id,
		ck.CKA_ISSUER:                     k.cert.Issuer,
		ck.CKA_SERIAL_NUMBER:              k.cert.SerialDER,
		ck.CKA_VALUE:                      k.cert.Raw,
		ck.CKA_URL:                        {},
		ck.CKA_HASH_OF_SUBJECT_PUBLIC_KEY: {},
		ck.CKA_HASH_OF_ISSUER_PUBLIC_KEY:  {},
		ck.CKA_JAVA_MIDP_SECURITY_DOMAIN:  e.ulong(0),
		ck.CKA_NAME_HASH_ALGORITHM:        e.ulong(uint(ck.CKM_SHA_1)),
	}) {
		o.values[a] = v
	}
	return o
}
