// SPDX-License-Identifier: Apache-2.0

package message

var (
	NoReader    = define("NoReader", "no reader is connected", "nessun lettore collegato")
	NoCard      = define("NoCard", "no card in the reader", "nessuna tessera nel lettore")
	CardRemoved = define("CardRemoved", "the card was taken out", "la tessera è stata tolta")
	CardMute    = define("CardMute", "the card does not answer", "la tessera non risponde")
	CardInUse   = define("CardInUse", "another program holds the card for itself", "un altro programma tiene la tessera tutta per sé")
	CardForeign = define("CardForeign",
		"the card is not a TS-CNS that this driver knows",
		"la tessera non è una TS-CNS che questo driver conosce")
	ReadingCard              = define("ReadingCard", "Reading the card ...", "Lettura della tessera ...")
	NoCertificate            = define("NoCertificate", "the card has no certificate", "la tessera non ha un certificato")
	CertificateNotUnderstood = define("CertificateNotUnderstood",
		"where the card keeps its certificate there is something that this version does not understand",
		"dove la tessera tiene il certificato c'è qualcosa che questa versione non capisce")
	CertificateKeyUnsupported = define("CertificateKeyUnsupported",
		"the certificate is for a key of a kind that is not supported (%s)",
		"il certificato è per una chiave di un tipo non supportato (%s)")
	CertificateNotFound = define("CertificateNotFound",
		"this version found no certificate, and knows too little of this kind of card to say that it has none",
		"questa versione non ha trovato un certificato, e di questo tipo di tessera sa troppo poco per dire che non c'è")
	ReportCertificate = define("ReportCertificate",
		"with this card in hand you can help: tscns report",
		"se hai questa tessera puoi aiutare: tscns report")
	NoSuchCertificate      = define("NoSuchCertificate", "the card has no such certificate", "la tessera non ha questo certificato")
	CertificateNotYetValid = define("CertificateNotYetValid", "the certificate is not valid yet", "il certificato non è ancora valido")
	PINBlocked             = define("PINBlocked", "the PIN is blocked", "il PIN è bloccato")
	NoSuchReader           = define("NoSuchReader", "there is no reader %q", "non c'è un lettore %q")
	CureNoSuchReader       = define("CureNoSuchReader", "tscns status lists the readers", "tscns status elenca i lettori")
	ReaderGone             = define("ReaderGone", "the reader is gone", "il lettore non c'è più")
	CureReaderGone         = define("CureReaderGone", "plug it in again, then try once more", "ricollegalo e riprova")
	CardReset              = define("CardReset", "another program reset the card while it was in use", "un altro programma ha riavviato la tessera mentre era in uso")
	CureCardReset          = define("CureCardReset", "try once more; if it happens again, close the other programs that use the card", "riprova; se ricapita, chiudi gli altri programmi che usano la tessera")
	CardUnreadable         = define("CardUnreadable", "the card could not be read", "la tessera non è leggibile")
	SeveralCards           = define("SeveralCards", "more than one card is there (%q, %q)", "c'è più di una tessera (%q, %q)")
	CureSeveralCards       = define("CureSeveralCards", "say which with --reader", "di' quale con --reader")
	NotWritten             = define("NotWritten", "not written to %s: %s", "non scritto in %s: %s")
	OutputNotWritten       = define("OutputNotWritten", "the output could not be written: %s", "non è stato possibile scrivere l'output: %s")
)
