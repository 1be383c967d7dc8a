// SPDX-License-Identifier: Apache-2.0

package message

var (
	RevocationNotAsked = define("RevocationNotAsked",
		"nobody was asked whether the certificate is revoked (--online)",
		"non è stato chiesto a nessuno se il certificato è revocato (--online)")
	RevocationAsking = define("RevocationAsking",
		"Asking whether the certificate is revoked:",
		"Domanda se il certificato è revocato:")
	RevocationAsksIssuer = define("RevocationAsksIssuer",
		"  %s, for the certificate of the authority",
		"  %s, per il certificato dell'autorità")
	RevocationAsksOCSP = define("RevocationAsksOCSP",
		"  %s, which is told the serial number of your certificate",
		"  %s, a cui viene detto il numero di serie del tuo certificato")
	RevocationAsksCRL = define("RevocationAsksCRL",
		"  %s, for its list of revoked certificates, if no answer came before",
		"  %s, per il suo elenco dei certificati revocati, se prima non è arrivata una risposta")
	RevocationByProxy = define("RevocationByProxy", "%s (through the proxy %s)", "%s (attraverso il proxy %s)")
	RevocationLeaves  = define("RevocationLeaves", "  not asked: %s (%s)", "  non si chiede a: %s (%s)")
	RevocationGood    = define("RevocationGood",
		"the certificate is not revoked, says %s (%s)",
		"il certificato non è revocato, dice %s (%s)")
	RevocationRevoked = define("RevocationRevoked",
		"the certificate was revoked on %s, says %s",
		"il certificato è stato revocato il %s, dice %s")
	CureRevocationRevoked = define("CureRevocationRevoked",
		"no site takes it any more: ask the office that activated the card for a new one",
		"nessun sito lo accetta più: chiedine uno nuovo all'ufficio che ha attivato la tessera")
	RevocationSuspended = define("RevocationSuspended",
		"the certificate has been suspended since %s, says %s",
		"il certificato è sospeso dal %s, dice %s")
	CureRevocationSuspended = define("CureRevocationSuspended",
		"no site takes it meanwhile: ask the office that activated the card to end the suspension",
		"intanto nessun sito lo accetta: chiedi all'ufficio che ha attivato la tessera di riattivarlo")
	RevocationNotNamed = define("RevocationNotNamed",
		"the certificate names nobody who could be asked whether it is revoked",
		"il certificato non nomina nessuno a cui chiedere se è revocato")
	RevocationOddForm = define("RevocationOddForm",
		"nobody was asked whether the certificate is revoked: it has a form that this is not done for",
		"non è stato chiesto a nessuno se il certificato è revocato: ha una forma per cui questo non si fa")
	RevocationUnknown = define("RevocationUnknown",
		"whether the certificate is revoked is not known: %s",
		"non si sa se il certificato è revocato: %s")
	CureRevocationUnknown = define("CureRevocationUnknown",
		"see that the date of this computer is right, and try again later or from another network",
		"controlla che la data di questo computer sia giusta, e riprova più tardi o da un'altra rete")
	RevocationNoAnswer     = define("RevocationNoAnswer", "it does not answer in time", "non risponde in tempo")
	RevocationRefused      = define("RevocationRefused", "it refuses to answer", "rifiuta di rispondere")
	RevocationElsewhere    = define("RevocationElsewhere", "it sends to another host, which was not asked", "rimanda a un altro host, al quale non si è chiesto")
	RevocationTooLarge     = define("RevocationTooLarge", "its answer is too large", "la sua risposta è troppo grande")
	RevocationMalformed    = define("RevocationMalformed", "its answer is not understood", "la sua risposta non si capisce")
	RevocationOtherSubject = define("RevocationOtherSubject", "its answer is about something else", "la sua risposta riguarda altro")
	RevocationNotSigned    = define("RevocationNotSigned",
		"its answer is not signed by the authority that issued the certificate",
		"la sua risposta non è firmata dall'autorità che ha emesso il certificato")
	RevocationOutOfDate  = define("RevocationOutOfDate", "its answer is out of date", "la sua risposta non è aggiornata")
	RevocationNotKnown   = define("RevocationNotKnown", "it does not know the certificate", "non conosce il certificato")
	RevocationOtherScope = define("RevocationOtherScope", "its list is about other certificates", "il suo elenco riguarda altri certificati")
)
