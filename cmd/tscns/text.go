// SPDX-License-Identifier: Apache-2.0

package main

import "tscns/cmd/internal/words"

// lang is the language of a message: an index into texts.
type lang int

const (
	english lang = iota
	italian
)

// language chooses by the locale.
func language(getenv func(string) string) lang { return lang(words.FromLocale(getenv)) }

// message names a text; a test holds that each has both languages.
type message int

const (
	msgUsage message = iota
	msgUnknownCommand
	msgNoService
	msgNoReader
	msgReader
	msgEmpty
	msgMute
	msgInUse
	msgForeign
	msgCardError
	msgCard
	msgContactless
	msgGrade
	msgHolder
	msgHolderUnread
	msgNumber
	msgNoCertificate
	msgCertificate
	msgIssuer
	msgValidity
	msgDaysLeft
	msgExpired
	msgNotYetValid
	msgCNSPolicy
	msgNoCNSPolicy
	msgKey
	msgPINTries
	msgPUKTries
	msgPINPad
	msgTriesUnknown
	msgBlocked
	msgGradeUnknown
	msgGradeInferred
	msgGradeDriverKnown
	msgGradeProven
	msgUnproven
	msgNoKnownForm
	msgReportIntro
	msgReportNoCard
	msgReportUnrecognised
	msgReportPIN
	msgReportNoPIN
	msgReportBadPIN
	msgReportLoggedIn
	msgReportSigned
	msgReportBlocked
	msgReportWrongPIN
	msgReportFailed
	msgReportProbe
	msgReportProbeAsk
	msgReportRisk
	msgReportRiskWord
	msgReportLeak
	msgReportShow
	msgReportSave
	msgReportSaved
	msgReportNotSaved
	messageCount // number of messages, no text
)

func (l lang) text(m message) string { return texts[m][l] }

var texts = [messageCount][2]string{
	msgUsage:          {"Try: tscns help\n", "Prova: tscns help\n"},
	msgUnknownCommand: {"tscns: unknown command %q\n", "tscns: comando %q sconosciuto\n"},
	msgNoService: {"The smart card service (pcscd) does not answer. Install it, or start it: sudo systemctl start pcscd.socket\n",
		"Il servizio smart card (pcscd) non risponde. Installalo, o avvialo: sudo systemctl start pcscd.socket\n"},
	msgNoReader: {"No reader is connected.\n", "Nessun lettore collegato.\n"},
	msgReader:   {"Reader        %s\n", "Lettore       %s\n"},
	msgEmpty:    {"  Card        none: insert the card, chip first\n", "  Tessera     assente: inseriscila dal lato del chip\n"},
	msgMute: {"  Card        does not answer: is it upside down? Clean the chip and insert it again\n",
		"  Tessera     non risponde: è al rovescio? Pulisci il chip e reinseriscila\n"},
	msgInUse: {"  Card        another program holds it for itself: close that program\n",
		"  Tessera     un altro programma la tiene tutta per sé: chiudilo\n"},
	msgForeign:      {"  Card        not a TS-CNS that this driver knows\n", "  Tessera     non è una TS-CNS che questo driver conosce\n"},
	msgCardError:    {"  Card        could not be read: %s\n", "  Tessera     non leggibile: %s\n"},
	msgCard:         {"  Card        %s (family %s)\n", "  Tessera     %s (famiglia %s)\n"},
	msgContactless:  {"  Interface   contactless\n", "  Interfaccia senza contatti (NFC)\n"},
	msgGrade:        {"  Evidence    signing with this kind of card is %s\n", "  Evidenza    la firma con questo tipo di tessera è %s\n"},
	msgHolder:       {"  Holder      %s\n", "  Titolare    %s\n"},
	msgHolderUnread: {"  Holder      the card does not tell\n", "  Titolare    la tessera non lo dice\n"},
	msgNumber:       {"  Number      %s\n", "  Numero      %s\n"},
	msgNoCertificate: {"  Certificate none: the card was never activated as CNS, or keeps it where this driver does not look\n",
		"  Certificato assente: la tessera non è mai stata attivata come CNS, o lo tiene dove questo driver non guarda\n"},
	msgCertificate: {"  Certificate %s\n", "  Certificato %s\n"},
	msgIssuer:      {"    issued by %s\n", "    emesso da %s\n"},
	msgValidity:    {"    valid     %s to %s", "    valido    dal %s al %s"},
	msgDaysLeft:    {", %d days left\n", ", restano %d giorni\n"},
	msgExpired:     {": EXPIRED, the card needs to be replaced\n", ": SCADUTO, la tessera va sostituita\n"},
	msgNotYetValid: {": NOT YET VALID, check this computer's date\n", ": NON ANCORA VALIDO, controlla la data del computer\n"},
	msgCNSPolicy:   {"    policy    CNS authentication\n", "    policy    autenticazione CNS\n"},
	msgNoCNSPolicy: {"    policy    no CNS policy: sites that ask for a CNS may refuse it\n",
		"    policy    senza policy CNS: i siti che chiedono una CNS possono rifiutarlo\n"},
	msgKey:              {"    key       RSA %d bits\n", "    chiave    RSA a %d bit\n"},
	msgPINTries:         {"  PIN tries   %s\n", "  Prove PIN   %s\n"},
	msgPUKTries:         {"  PUK tries   %s\n", "  Prove PUK   %s\n"},
	msgPINPad:           {"  PIN pad     the PIN is typed at the reader\n", "  Tastierino  il PIN si digita al lettore\n"},
	msgTriesUnknown:     {"not known for this card (asking might cost one)", "non note per questa tessera (chiederle potrebbe costarne una)"},
	msgBlocked:          {"none left: BLOCKED", "nessuna: BLOCCATO"},
	msgGradeUnknown:     {"unknown", "sconosciuta"},
	msgGradeInferred:    {"inferred, never seen to work", "dedotta, mai vista funzionare"},
	msgGradeDriverKnown: {"driver-known: other drivers do it the same way", "nota dai driver: altri driver fanno lo stesso"},
	msgGradeProven:      {"proven by a recorded card", "provata da una tessera registrata"},
	msgUnproven: {"  Note        this card can be read; nobody has shown yet how it logs in and signs. With one in hand you can help: tscns report --login\n",
		"  Nota        questa tessera si può leggere; nessuno ha ancora mostrato come accede e firma. Se ne hai una puoi aiutare: tscns report --login\n"},
	msgNoKnownForm: {"This card can be read, but not yet used to log in or sign: it refused every way that is known. No try of the PIN was lost on them. A report from it, also with --probe, is the way to change that.\n",
		"Questa tessera si può leggere, ma non ancora usare per accedere o firmare: ha rifiutato ogni modo conosciuto. Nessuna prova del PIN è andata persa. Un suo report, anche con --probe, è il modo per cambiare le cose.\n"},
	msgReportIntro: {`This records what the card in your reader answers, so that the driver can learn from it.
Before you see anything, these are replaced by made-up bytes of the same length: names, birth, codice fiscale,
addresses, the card's number, the certificate's serial number, subject and signature. What this program does not
understand is left out. The public key stays: it proves the signature. A PIN is never recorded. Nothing is sent
anywhere; a file is written only if you say so, after you have seen all of it.
`, `Questo programma registra che cosa risponde la tessera nel lettore, perché il driver ne possa imparare.
Prima di mostrarti alcunché sostituisce con byte inventati della stessa lunghezza: nome, nascita, codice fiscale,
indirizzi, numero della tessera, numero di serie, soggetto e firma del certificato. Ciò che non capisce lo tralascia.
La chiave pubblica resta: dimostra la firma. Il PIN non viene mai registrato. Niente viene inviato; un file viene
scritto solo se lo dici tu, dopo averlo visto per intero.
`},
	msgReportNoCard: {"No card that answers: insert it, or name its reader with --reader.\n",
		"Nessuna tessera che risponda: inseriscila, o indica il lettore con --reader.\n"},
	msgReportUnrecognised: {"The driver does not take this card for a TS-CNS (%v). If it is one, the record is worth even more: try --probe too.\n",
		"Il driver non la prende per una TS-CNS (%v). Se lo è, la registrazione vale ancora di più: prova anche --probe.\n"},
	msgReportPIN: {"PIN (typed unseen; empty to go on without. A wrong one costs one try, as everywhere): ",
		"PIN (non si vede; vuoto per farne a meno. Uno sbagliato costa una prova, come ovunque): "},
	msgReportNoPIN:    {"No PIN, no login.\n", "Nessun PIN, nessun accesso.\n"},
	msgReportBadPIN:   {"That cannot be the PIN: it has 5 to 8 digits. It was not sent to the card.\n", "Non può essere il PIN: ha da 5 a 8 cifre. Non è stato inviato alla tessera.\n"},
	msgReportLoggedIn: {"Login: the card accepted the PIN.\n", "Accesso: la tessera ha accettato il PIN.\n"},
	msgReportSigned:   {"Signature: done, and it fits the certificate.\n", "Firma: fatta, e corrisponde al certificato.\n"},
	msgReportBlocked:  {"The PIN is blocked. The PUK unblocks it.\n", "Il PIN è bloccato. Lo sblocca il PUK.\n"},
	msgReportWrongPIN: {"Wrong PIN; that was one try. It is not tried again.\n", "PIN sbagliato; era una prova. Non viene riprovato.\n"},
	msgReportFailed:   {"Did not work: %v\n", "Non riuscito: %v\n"},
	msgReportProbe: {"\nThe probes select applications that a card may have, and ask each for its lists and descriptions. They send no PIN and write nothing:\n",
		"\nLe sonde selezionano applicazioni che una tessera può avere, e a ciascuna chiedono elenchi e descrizioni. Non inviano PIN e non scrivono niente:\n"},
	msgReportProbeAsk: {"Send them? [y/N] ", "Inviarle? [s/N] "},
	msgReportRisk: {"One more question could be asked of the card: how many tries each PIN has left. Some cards count the question as a wrong PIN,\nso it may cost ONE TRY of each PIN; type %s to accept that, or just Enter to leave it out: ",
		"Si potrebbe chiedere alla tessera anche quante prove restano a ogni PIN. Alcune tessere contano la domanda come un PIN sbagliato,\nquindi può costare UNA PROVA di ogni PIN; scrivi %s per accettarlo, o premi Invio per farne a meno: "},
	msgReportRiskWord: {"RISK", "RISCHIO"},
	msgReportLeak: {"Something personal could not be replaced, so nothing is shown or written.\n",
		"Qualcosa di personale non si è potuto sostituire, quindi niente viene mostrato o scritto.\n"},
	msgReportShow:     {"\nThis is the whole record:\n\n", "\nQuesta è l'intera registrazione:\n\n"},
	msgReportSave:     {"\nWrite it to %s? [y/N] ", "\nScriverla in %s? [s/N] "},
	msgReportSaved:    {"Written to %s. Look at it once more before you give it to anybody.\n", "Scritta in %s. Riguardala prima di darla a qualcuno.\n"},
	msgReportNotSaved: {"Nothing was written.\n", "Non è stato scritto niente.\n"},
}
