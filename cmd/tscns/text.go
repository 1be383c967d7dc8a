// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// lang is the language of a message: an index into texts.
type lang int

const (
	english lang = iota
	italian
)

// language chooses by the POSIX locale variables, in their order.
func language(getenv func(string) string) lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, "it") {
				return italian
			}
			return english
		}
	}
	return english
}

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
	msgTriesUnknown
	msgBlocked
	msgGradeUnknown
	msgGradeInferred
	msgGradeDriverKnown
	msgGradeProven
	messageCount // number of messages, no text
)

func (l lang) text(m message) string { return texts[m][l] }

var texts = [messageCount][2]string{
	msgUsage: {`Usage: tscns status [--show] [--json]   what the reader and the card say; asks for no PIN
       tscns version
       tscns help

--show   names and numbers in full (they are masked otherwise)
--json   for programs; the fields are those of the text

Exit codes: 0 a card with a valid certificate is there; 1 something is missing; 2 wrong usage.
`, `Uso: tscns status [--show] [--json]   che cosa dicono il lettore e la tessera; non chiede il PIN
     tscns version
     tscns help

--show   nomi e numeri per intero (altrimenti sono mascherati)
--json   per i programmi; i campi sono quelli del testo

Codici di uscita: 0 c'è una tessera con un certificato valido; 1 manca qualcosa; 2 uso sbagliato.
`},
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
	msgTriesUnknown:     {"not known for this card (asking might cost one)", "non note per questa tessera (chiederle potrebbe costarne una)"},
	msgBlocked:          {"none left: BLOCKED", "nessuna: BLOCCATO"},
	msgGradeUnknown:     {"unknown", "sconosciuta"},
	msgGradeInferred:    {"inferred, never seen to work", "dedotta, mai vista funzionare"},
	msgGradeDriverKnown: {"driver-known: other drivers do it the same way", "nota dai driver: altri driver fanno lo stesso"},
	msgGradeProven:      {"proven by a recorded card", "provata da una tessera registrata"},
}
