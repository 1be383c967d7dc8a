// SPDX-License-Identifier: Apache-2.0

package message

// What tscns status prints: a label, and behind it a value.
var (
	LabelReader      = define("LabelReader", "Reader")
	LabelInterface   = define("LabelInterface", "Interface")
	LabelEvidence    = define("LabelEvidence", "Evidence")
	LabelNote        = define("LabelNote", "Note")
	LabelHolder      = define("LabelHolder", "Holder")
	LabelCertificate = define("LabelCertificate", "Certificate")
	LabelPINTries    = define("LabelPINTries", "PIN tries")
	LabelPUKTries    = define("LabelPUKTries", "PUK tries")
	LabelPINPad      = define("LabelPINPad", "PIN pad")
	LabelActive      = define("LabelActive", "Active")
	LabelState       = define("LabelState", "State")
	IssuedBy         = define("IssuedBy", "issued by")
	LabelSubject     = define("LabelSubject", "subject")
	LabelIssuer      = define("LabelIssuer", "issuer")
	LabelValid       = define("LabelValid", "valid")
	LabelPolicy      = define("LabelPolicy", "policy")
	LabelKey         = define("LabelKey", "key")

	StatusUnproven = define("StatusUnproven",
		"this card can be read; nobody has shown yet how it logs in and signs. With one in hand you can help: tscns report --login")
	StatusPINStopped = define("StatusPINStopped",
		"a PIN was refused, and it may be our form, not your PIN; no more is sent. Tries left: %s. To go on: tscns pin verify")
	StatusHolderUnread = define("StatusHolderUnread", "the card does not tell")
	StatusNoSubject    = define("StatusNoSubject", "without a name in it")
	StatusPINPad       = define("StatusPINPad", "the PIN is typed at the reader")

	CardProfile = define("CardProfile", "%s (family %s)")
	Contactless = define("Contactless", "contactless")
	Evidence    = define("Evidence", "signing with this kind of card is %s")
	ValidFromTo = define("ValidFromTo", "%s to %s")
	KeyBits     = definePlural("KeyBits", "RSA %d bit", "RSA %d bits")
	KeyUnusable = define("KeyUnusable", "%s, of a kind that is not supported")
	DaysLeft    = definePlural("DaysLeft", "%d day left", "%d days left")
	CNSPolicy   = define("CNSPolicy", "CNS authentication")
	NoCNSPolicy = define("NoCNSPolicy", "not that of CNS authentication")

	Yes                    = define("Yes", "yes")
	No                     = define("No", "no")
	StatusCertificateValid = define("StatusCertificateValid", "valid certificate present")
	StatusCertificateThere = define("StatusCertificateThere", "%s; whether the PIN works, only the PIN shows")
	ObstacleNoCertificate  = define("ObstacleNoCertificate", "no certificate")
	ObstacleNotUnderstood  = define("ObstacleNotUnderstood", "its certificate is not understood")
	ObstacleKey            = define("ObstacleKey", "the certificate's key is of a kind that is not supported")
	ObstacleNotFound       = define("ObstacleNotFound", "no certificate was found")
	ObstacleRevoked        = define("ObstacleRevoked", "the certificate is revoked")
	ObstacleSuspended      = define("ObstacleSuspended", "the certificate is suspended")
	ObstacleUsage          = define("ObstacleUsage", "the certificate is not for logging in")
	ObstaclePUKBlocked     = define("ObstaclePUKBlocked",
		"PIN and PUK are blocked: the card has to be replaced, ask at your Region's health service (ASL)")
	CertificateExpired = define("CertificateExpired", "the certificate has expired")
	ObstaclePINBlocked = define("ObstaclePINBlocked",
		"the PIN is blocked; unblock it with: tscns pin unblock")
	TriesUnknown     = define("TriesUnknown", "not known for this card (asking might cost one)")
	TriesOf          = define("TriesOf", "%d of %d")
	TriesNone        = define("TriesNone", "none left: BLOCKED")
	GradeUnknown     = define("GradeUnknown", "unknown")
	GradeInferred    = define("GradeInferred", "inferred, never seen to work")
	GradeDriverKnown = define("GradeDriverKnown", "driver-known: other drivers do it the same way")
	GradeProven      = define("GradeProven", "proven by a recorded card")
)
