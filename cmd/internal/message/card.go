// SPDX-License-Identifier: Apache-2.0

package message

var (
	NoReader    = define("NoReader", "no reader is connected")
	NoCard      = define("NoCard", "no card in the reader")
	CardRemoved = define("CardRemoved", "the card was taken out")
	CardMute    = define("CardMute", "the card does not answer")
	CardInUse   = define("CardInUse", "another program holds the card for itself")
	CardForeign = define("CardForeign",
		"the card is not a TS-CNS that this driver knows")
	ReadingCard              = define("ReadingCard", "Reading the card ...")
	NoCertificate            = define("NoCertificate", "the card has no certificate")
	CertificateNotUnderstood = define("CertificateNotUnderstood",
		"where the card keeps its certificate there is something that this version does not understand")
	CertificateKeyUnsupported = define("CertificateKeyUnsupported",
		"the certificate is for a key of a kind that is not supported (%s)")
	CertificateNotFound = define("CertificateNotFound",
		"this version found no certificate, and knows too little of this kind of card to say that it has none")
	ReportCertificate = define("ReportCertificate",
		"with this card in hand you can help: tscns report")
	NoSuchCertificate      = define("NoSuchCertificate", "the card has no such certificate")
	CertificateNotYetValid = define("CertificateNotYetValid", "the certificate is not valid yet")
	PINBlocked             = define("PINBlocked", "the PIN is blocked")
	NoSuchReader           = define("NoSuchReader", "there is no reader %q")
	CureNoSuchReader       = define("CureNoSuchReader", "tscns status lists the readers")
	ReaderGone             = define("ReaderGone", "the reader is gone")
	CureReaderGone         = define("CureReaderGone", "plug it in again, then try once more")
	CardReset              = define("CardReset", "another program reset the card while it was in use")
	CureCardReset          = define("CureCardReset", "try once more; if it happens again, close the other programs that use the card")
	CardUnreadable         = define("CardUnreadable", "the card could not be read")
	SeveralCards           = define("SeveralCards", "more than one card is there (%q, %q)")
	CureSeveralCards       = define("CureSeveralCards", "say which with --reader")
	NotWritten             = define("NotWritten", "not written to %s: %s")
	OutputNotWritten       = define("OutputNotWritten", "the output could not be written: %s")
)
