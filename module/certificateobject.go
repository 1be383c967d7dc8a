// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/sha1"
	"maps"

	"tscns/module/ck"
)

// newCertificateObject makes the X.509 certificate object of a key (PKCS #11
// 3.1, section 4.6). The token vouches for nothing: CKA_TRUSTED is false.
func (l *library) newCertificateObject(k *key) *object {
	e := l.encoder()
	cert := k.onCard.Certificate
	hash := sha1.Sum(cert.Raw)
	o := l.newObject(ck.CKO_CERTIFICATE, k.label, uniqueID("cert", hash[:]))
	maps.Copy(o.values, attributes{
		ck.CKA_CERTIFICATE_TYPE:           e.ulong(uint(ck.CKC_X_509)),
		ck.CKA_TRUSTED:                    e.boolean(false),
		ck.CKA_CERTIFICATE_CATEGORY:       e.ulong(ck.CK_CERTIFICATE_CATEGORY_TOKEN_USER),
		ck.CKA_CHECK_VALUE:                hash[:3],
		ck.CKA_START_DATE:                 e.date(cert.NotBefore),
		ck.CKA_END_DATE:                   e.date(cert.NotAfter),
		ck.CKA_PUBLIC_KEY_INFO:            cert.SPKI,
		ck.CKA_SUBJECT:                    cert.Subject,
		ck.CKA_ID:                         k.id,
		ck.CKA_ISSUER:                     cert.Issuer,
		ck.CKA_SERIAL_NUMBER:              cert.SerialDER,
		ck.CKA_VALUE:                      cert.Raw,
		ck.CKA_URL:                        {},
		ck.CKA_HASH_OF_SUBJECT_PUBLIC_KEY: {},
		ck.CKA_HASH_OF_ISSUER_PUBLIC_KEY:  {},
		ck.CKA_JAVA_MIDP_SECURITY_DOMAIN:  e.ulong(0),
		ck.CKA_NAME_HASH_ALGORITHM:        e.ulong(uint(ck.CKM_SHA_1)),
	})
	return o
}
