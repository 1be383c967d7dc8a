// SPDX-License-Identifier: Apache-2.0

package message

// What is wrong with a certificate, what comes of it, and what to do.
var (
	CertificateDatesUnread = define("CertificateDatesUnread",
		"the dates of the certificate are not understood: nobody can tell whether it is valid")
	CertificateKeyUsage = define("CertificateKeyUsage",
		"the certificate is not for logging in, its key usage is %s: Firefox and Chromium do not offer it, and most servers refuse it")
	CertificateExtendedUsage = define("CertificateExtendedUsage",
		"the certificate is not for logging in to sites, its extended usage is %s: Firefox and Chromium do not offer it")
	CertificateOfAuthority = define("CertificateOfAuthority",
		"the certificate is that of an authority, not of a person: Firefox and Chromium do not offer it")
	CureCertificateUsage = define("CureCertificateUsage",
		"no site takes it: have the card replaced, at your Region's health service (ASL)")
	CertificateShortKey = definePlural("CertificateShortKey",
		"the certificate's key has %d bit: servers with OpenSSL as Debian sets it want 2048 and refuse it after the PIN, others take it",
		"the certificate's key has %d bits: servers with OpenSSL as Debian sets it want 2048 and refuse it after the PIN, others take it")
	CertificateWeakDigest = define("CertificateWeakDigest",
		"the authority signed the certificate with %s: most servers (OpenSSL, GnuTLS, Go) refuse it after the PIN, Java's may take it")
	CertificateNegativeSerial = define("CertificateNegativeSerial",
		"the certificate's serial number is negative: servers written in Go refuse it after the PIN, OpenSSL, GnuTLS and Java take it")
	CertificateOddForm = define("CertificateOddForm",
		"the certificate is not written as the standard wants (RFC 5280): servers that read it strictly refuse it after the PIN")
	CureCertificateRefused = define("CureCertificateRefused",
		"where a site refuses it, nothing on this computer helps: ask your Region's health service (ASL) for a new card")

	UsageNone           = define("UsageNone", "none")
	UsageNonRepudiation = define("UsageNonRepudiation", "signatures with legal effect")
	UsageEncryption     = define("UsageEncryption", "encryption")
	UsageKeyAgreement   = define("UsageKeyAgreement", "key agreement")
	UsageAuthority      = define("UsageAuthority", "an authority's signatures")
	UsageAny            = define("UsageAny", "\"any\" alone")
	UsageEmail          = define("UsageEmail", "e-mail")
	UsageServer         = define("UsageServer", "servers")
	UsageCode           = define("UsageCode", "signed programs")
	UsageLogon          = define("UsageLogon", "Windows logon")
	UsageKerberos       = define("UsageKerberos", "Kerberos logon")
	UsageTimestamp      = define("UsageTimestamp", "time stamps")
	UsageRevocation     = define("UsageRevocation", "answers on revocation")
)
