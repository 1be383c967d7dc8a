// SPDX-License-Identifier: Apache-2.0

package message

// What tscns status prints: a label, and behind it a value.
var (
	LabelReader      = define("LabelReader", "Reader", "Lettore")
	LabelInterface   = define("LabelInterface", "Interface", "Interfaccia")
	LabelEvidence    = define("LabelEvidence", "Evidence", "Evidenza")
	LabelNote        = define("LabelNote", "Note", "Nota")
	LabelHolder      = define("LabelHolder", "Holder", "Titolare")
	LabelCertificate = define("LabelCertificate", "Certificate", "Certificato")
	LabelPINTries    = define("LabelPINTries", "PIN tries", "Tent. PIN")
	LabelPUKTries    = define("LabelPUKTries", "PUK tries", "Tent. PUK")
	LabelPINPad      = define("LabelPINPad", "PIN pad", "Tastierino")
	LabelActive      = define("LabelActive", "Active", "Attiva")
	LabelState       = define("LabelState", "State", "Stato")
	IssuedBy         = define("IssuedBy", "issued by", "emesso da")
	LabelSubject     = define("LabelSubject", "subject", "soggetto")
	LabelIssuer      = define("LabelIssuer", "issuer", "emesso da")
	LabelValid       = define("LabelValid", "valid", "valido")
	LabelPolicy      = define("LabelPolicy", "policy", "policy")
	LabelKey         = define("LabelKey", "key", "chiave")

	StatusUnproven = define("StatusUnproven",
		"this card can be read; nobody has shown yet how it logs in and signs. With one in hand you can help: tscns report --login",
		"questa tessera si può leggere; nessuno ha ancora mostrato come accede e firma. Se ne hai una puoi aiutare: tscns report --login")
	StatusPINStopped = define("StatusPINStopped",
		"a PIN was refused, and it may be our form, not your PIN; no more is sent. Tries left: %s. To go on: tscns pin verify",
		"un PIN è stato rifiutato, e può essere la nostra forma di inviarlo, non il tuo PIN; non ne viene inviato altro. Tentativi rimasti: %s. Per proseguire: tscns pin verify")
	StatusHolderUnread = define("StatusHolderUnread", "the card does not tell", "la tessera non lo dice")
	StatusNoSubject    = define("StatusNoSubject", "without a name in it", "senza un nome")
	StatusPINPad       = define("StatusPINPad", "the PIN is typed at the reader", "il PIN si digita al lettore")

	CardProfile = define("CardProfile", "%s (family %s)", "%s (famiglia %s)")
	Contactless = define("Contactless", "contactless", "senza contatti (NFC)")
	Evidence    = define("Evidence", "signing with this kind of card is %s", "la firma con questo tipo di tessera è %s")
	ValidFromTo = define("ValidFromTo", "%s to %s", "dal %s al %s")
	KeyBits     = define("KeyBits", "RSA %d bits", "RSA a %d bit")
	KeyUnusable = define("KeyUnusable", "%s, of a kind that is not supported", "%s, di un tipo non supportato")
	DaysLeft    = define("DaysLeft", "%d days left", "restano %d giorni")
	CNSPolicy   = define("CNSPolicy", "CNS authentication", "autenticazione CNS")
	NoCNSPolicy = define("NoCNSPolicy", "not that of CNS authentication", "non quella di autenticazione CNS")

	Yes                    = define("Yes", "yes", "sì")
	No                     = define("No", "no", "no")
	StatusCertificateValid = define("StatusCertificateValid", "valid certificate present", "certificato valido presente")
	StatusCertificateThere = define("StatusCertificateThere", "%s; whether the PIN works, only the PIN shows", "%s; se il PIN funziona, lo mostra solo il PIN")
	ObstacleNoCertificate  = define("ObstacleNoCertificate", "no certificate", "manca il certificato")
	ObstacleNotUnderstood  = define("ObstacleNotUnderstood", "its certificate is not understood", "il certificato non viene capito")
	ObstacleKey            = define("ObstacleKey", "the certificate's key is of a kind that is not supported", "la chiave del certificato è di un tipo non supportato")
	ObstacleNotFound       = define("ObstacleNotFound", "no certificate was found", "nessun certificato trovato")
	ObstacleRevoked        = define("ObstacleRevoked", "the certificate is revoked", "il certificato è revocato")
	ObstacleSuspended      = define("ObstacleSuspended", "the certificate is suspended", "il certificato è sospeso")
	ObstacleUsage          = define("ObstacleUsage", "the certificate is not for logging in", "il certificato non serve per accedere")
	ObstaclePUKBlocked     = define("ObstaclePUKBlocked",
		"PIN and PUK are blocked: the card has to be replaced, ask at your Region's health service (ASL)",
		"PIN e PUK sono bloccati: la tessera va sostituita, chiedi alla tua ASL")
	CertificateExpired = define("CertificateExpired", "the certificate has expired", "il certificato è scaduto")
	ObstaclePINBlocked = define("ObstaclePINBlocked",
		"the PIN is blocked; unblock it with: tscns pin unblock", "il PIN è bloccato; sbloccalo con: tscns pin unblock")
	TriesUnknown     = define("TriesUnknown", "not known for this card (asking might cost one)", "non noti per questa tessera (chiederli potrebbe costarne uno)")
	TriesOf          = define("TriesOf", "%d of %d", "%d su %d")
	TriesNone        = define("TriesNone", "none left: BLOCKED", "nessuno: BLOCCATO")
	GradeUnknown     = define("GradeUnknown", "unknown", "sconosciuta")
	GradeInferred    = define("GradeInferred", "inferred, never seen to work", "dedotta, mai vista funzionare")
	GradeDriverKnown = define("GradeDriverKnown", "driver-known: other drivers do it the same way", "nota dai driver: altri driver fanno lo stesso")
	GradeProven      = define("GradeProven", "proven by a recorded card", "provata da una tessera registrata")
)
