// SPDX-License-Identifier: Apache-2.0

package message

var (
	ServiceOff = define("ServiceOff",
		"the smart card service (pcscd) does not answer; tscns doctor tells why",
		"il servizio smart card (pcscd) non risponde; tscns doctor dice perché")
	ServiceOffWindows = define("ServiceOffWindows",
		"the smart card service does not answer; tscns doctor tells why",
		"il servizio smart card non risponde; tscns doctor dice perché")
	NoReader     = define("NoReader", "no reader is connected", "nessun lettore collegato")
	NoSuchReader = define("NoSuchReader",
		"there is no reader %q; tscns status lists them",
		"non c'è un lettore %q; tscns status li elenca")
	ReaderGone   = define("ReaderGone", "the reader is gone", "il lettore non c'è più")
	NoCard       = define("NoCard", "no card in the reader", "nessuna tessera nel lettore")
	NoCardInsert = define("NoCardInsert",
		"no card in the reader: insert it, chip first",
		"nessuna tessera nel lettore: inseriscila dal lato del chip")
	CardRemoved        = define("CardRemoved", "the card was taken out", "la tessera è stata tolta")
	CardMute           = define("CardMute", "the card does not answer", "la tessera non risponde")
	CardMuteUpsideDown = define("CardMuteUpsideDown", "the card does not answer: is it upside down?", "la tessera non risponde: è al rovescio?")
	CardInUse          = define("CardInUse", "another program holds the card for itself", "un altro programma tiene la tessera tutta per sé")
	CardInUseClose     = define("CardInUseClose",
		"another program holds the card for itself: close it",
		"un altro programma tiene la tessera tutta per sé: chiudilo")
	CardForeign = define("CardForeign",
		"the card is not a TS-CNS that this driver knows",
		"la tessera non è una TS-CNS che questo driver conosce")
	CardUnreadable = define("CardUnreadable", "the card could not be read: %v", "la tessera non è leggibile: %v")
	CardUnusable   = define("CardUnusable", "the card could not be used: %v", "non è stato possibile usare la tessera: %v")
	SeveralCards   = define("SeveralCards",
		"more than one card is there (%q, %q): say which with --reader",
		"c'è più di una tessera (%q, %q): di' quale con --reader")
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
	NotWritten             = define("NotWritten", "not written: %v", "non scritto: %v")
	CertificateNotYetValid = define("CertificateNotYetValid", "the certificate is not valid yet", "il certificato non è ancora valido")
	PINBlocked             = define("PINBlocked", "the PIN is blocked", "il PIN è bloccato")
)
