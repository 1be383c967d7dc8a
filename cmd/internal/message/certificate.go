// SPDX-License-Identifier: Apache-2.0

package message

// What is wrong with a certificate, what comes of it, and what to do.
var (
	CertificateDatesUnread = define("CertificateDatesUnread",
		"the dates of the certificate are not understood: nobody can tell whether it is valid",
		"le date del certificato non si capiscono: non si può dire se è valido")
	CertificateKeyUsage = define("CertificateKeyUsage",
		"the certificate is not for logging in, its key usage is %s: Firefox and Chromium do not offer it, and most servers refuse it",
		"il certificato non serve per accedere, l'uso della chiave è %s: Firefox e Chromium non lo propongono, e quasi tutti i server lo rifiutano")
	CertificateExtendedUsage = define("CertificateExtendedUsage",
		"the certificate is not for logging in to sites, its extended usage is %s: Firefox and Chromium do not offer it",
		"il certificato non serve per accedere ai siti, l'uso esteso è %s: Firefox e Chromium non lo propongono")
	CertificateOfAuthority = define("CertificateOfAuthority",
		"the certificate is that of an authority, not of a person: Firefox and Chromium do not offer it",
		"il certificato è di un'autorità, non di una persona: Firefox e Chromium non lo propongono")
	CureCertificateUsage = define("CureCertificateUsage",
		"no site takes it: have the card replaced, at your Region's health service (ASL)",
		"nessun sito lo accetta: fai sostituire la tessera, alla tua ASL")
	CertificateShortKey = define("CertificateShortKey",
		"the certificate's key has %d bits: servers with OpenSSL as Debian sets it want 2048 and refuse it after the PIN, others take it",
		"la chiave del certificato ha %d bit: i server con OpenSSL come lo imposta Debian ne vogliono 2048 e lo rifiutano dopo il PIN, altri lo accettano")
	CertificateWeakDigest = define("CertificateWeakDigest",
		"the authority signed the certificate with %s: most servers (OpenSSL, GnuTLS, Go) refuse it after the PIN, Java's may take it",
		"l'autorità ha firmato il certificato con %s: quasi tutti i server (OpenSSL, GnuTLS, Go) lo rifiutano dopo il PIN, quelli in Java possono accettarlo")
	CertificateNegativeSerial = define("CertificateNegativeSerial",
		"the certificate's serial number is negative: servers written in Go refuse it after the PIN, OpenSSL, GnuTLS and Java take it",
		"il numero di serie del certificato è negativo: i server scritti in Go lo rifiutano dopo il PIN, OpenSSL, GnuTLS e Java lo accettano")
	CertificateOddForm = define("CertificateOddForm",
		"the certificate is not written as the standard wants (RFC 5280): servers that read it strictly refuse it after the PIN",
		"il certificato non è scritto come vuole lo standard (RFC 5280): i server che lo leggono con rigore lo rifiutano dopo il PIN")
	CureCertificateRefused = define("CureCertificateRefused",
		"where a site refuses it, nothing on this computer helps: ask your Region's health service (ASL) for a new card",
		"se un sito lo rifiuta, su questo computer non c'è niente da fare: chiedi una nuova tessera alla tua ASL")

	UsageNone           = define("UsageNone", "none", "nessuno")
	UsageNonRepudiation = define("UsageNonRepudiation", "signatures with legal effect", "la firma con valore legale")
	UsageEncryption     = define("UsageEncryption", "encryption", "la cifratura")
	UsageKeyAgreement   = define("UsageKeyAgreement", "key agreement", "l'accordo di chiavi")
	UsageAuthority      = define("UsageAuthority", "an authority's signatures", "la firma di un'autorità")
	UsageAny            = define("UsageAny", "\"any\" alone", "solo \"qualsiasi\"")
	UsageEmail          = define("UsageEmail", "e-mail", "la posta elettronica")
	UsageServer         = define("UsageServer", "servers", "i server")
	UsageCode           = define("UsageCode", "signed programs", "i programmi firmati")
	UsageLogon          = define("UsageLogon", "Windows logon", "l'accesso a Windows")
	UsageKerberos       = define("UsageKerberos", "Kerberos logon", "l'accesso Kerberos")
	UsageTimestamp      = define("UsageTimestamp", "time stamps", "la marcatura dell'ora")
	UsageRevocation     = define("UsageRevocation", "answers on revocation", "le risposte sulle revoche")
)
