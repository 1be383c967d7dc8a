// SPDX-License-Identifier: Apache-2.0

package message

var (
	NoSuchPIN         = define("NoSuchPIN", "the card has no such PIN", "la tessera non ha questo PIN")
	PromptPresentPIN  = define("PromptPresentPIN", "Present PIN (%s): ", "PIN attuale (%s): ")
	PromptNewPIN      = define("PromptNewPIN", "New PIN (%s): ", "Nuovo PIN (%s): ")
	PromptNewPINAgain = define("PromptNewPINAgain", "New PIN, once more: ", "Nuovo PIN, ancora una volta: ")
	PINChanged        = define("PINChanged", "The PIN is changed.", "Il PIN è cambiato.")
	PINUnblocked      = define("PINUnblocked", "The PIN is set, and unblocked.", "Il PIN è impostato, e sbloccato.")
	PINTriesNotKnown  = define("PINTriesNotKnown",
		"How many tries the %s has left is not known for this card before one is used. A wrong entry costs one.",
		"Quanti tentativi restano al %s non è noto per questa tessera prima di usarne uno. Un inserimento sbagliato ne costa uno.")
	PINTriesLeft = define("PINTriesLeft",
		"The %s has %d tries left. A wrong entry costs one.",
		"Al %s restano %d tentativi. Un inserimento sbagliato ne costa uno.")
	PINLastTryRefused = define("PINLastTryRefused",
		"the %s has ONE try left; a wrong entry would block it. Nothing was sent. If you are sure of it: --last-try",
		"al %s resta UN tentativo; un inserimento sbagliato lo bloccherebbe. Non è stato inviato niente. Se ne sei sicuro: --last-try")
	PINLastTry      = define("PINLastTry", "Careful: this is the LAST try of the %s.", "Attenzione: è l'ULTIMO tentativo del %s.")
	PINTerminalOnly = define("PINTerminalOnly",
		"a PIN is typed at a terminal only, never given by a file or an option",
		"un PIN si digita solo a un terminale, mai da un file o da un'opzione")
	PINNothingTyped = define("PINNothingTyped",
		"nothing typed; nothing was sent to the card",
		"niente digitato; alla tessera non è stato inviato niente")
	PINHalf = define("PINHalf",
		"%d digits may be half of it: PIN and PUK are handed over in two halves, one at the counter and one by mail or e-mail. Type both, the counter's first, without a blank. Nothing was sent to the card",
		"%d cifre possono essere la metà: PIN e PUK vengono consegnati in due metà, una allo sportello e una per posta o e-mail. Digitale tutte e due, prima quella dello sportello, senza spazi. Alla tessera non è stato inviato niente")
	RuleExact = define("RuleExact", "%d digits", "%d cifre")
	RuleRange = define("RuleRange", "%d to %d digits", "%d-%d cifre")
	PINLength = define("PINLength",
		"it has %s; nothing was sent to the card",
		"deve avere %s; alla tessera non è stato inviato niente")
	PINDigitsOnly = define("PINDigitsOnly",
		"it has digits only; nothing was sent to the card",
		"ha solo cifre; alla tessera non è stato inviato niente")
	PINsDiffer = define("PINsDiffer",
		"the two are not the same; nothing was sent to the card",
		"i due non sono uguali; alla tessera non è stato inviato niente")
	PINSameAsPresent = define("PINSameAsPresent",
		"the new PIN is the same as the present %s; nothing was sent to the card",
		"il nuovo PIN è uguale al %s attuale; alla tessera non è stato inviato niente")
	PINWrong = define("PINWrong",
		"wrong PIN; that was one try, and it is not tried again. How many are left the card does not report",
		"PIN sbagliato; era un tentativo, e non viene ripetuto. Quanti ne restano la tessera non lo comunica")
	PINWrongLeft = define("PINWrongLeft",
		"wrong PIN; tries left: %d. It is not tried again",
		"PIN sbagliato; tentativi rimasti: %d. Non viene ripetuto")
	PINBlockedOnceMore = define("PINBlockedOnceMore",
		"The card reported that the PIN is blocked. It is sent once all the same: a blocked PIN has no try to lose.",
		"La tessera ha segnalato che il PIN è bloccato. Lo si invia comunque una volta: un PIN bloccato non ha tentativi da perdere.")
	PUKWrong = define("PUKWrong",
		"wrong PUK; that was one try, and it is not tried again. How many are left the card does not report",
		"PUK sbagliato; era un tentativo, e non viene ripetuto. Quanti ne restano la tessera non lo comunica")
	CurePUKWrong = define("CurePUKWrong", "look it up before the next try; it may be half of it, or the PIN", "controllalo prima del prossimo tentativo; può essere la metà, o il PIN")
	PUKWrongLeft = define("PUKWrongLeft",
		"wrong PUK; tries left: %d. It is not tried again",
		"PUK sbagliato; tentativi rimasti: %d. Non viene ripetuto")
	PUKBlocked     = define("PUKBlocked", "the PUK is blocked", "il PUK è bloccato")
	CurePUKReplace = define("CurePUKReplace",
		"nothing unblocks a PUK: have the card replaced, at the counter that issued it",
		"un PUK non si sblocca: fai sostituire la tessera allo sportello che l'ha rilasciata")
	PINNotUsable = define("PINNotUsable",
		"the card reports that this PIN cannot be used, as one that was never activated",
		"la tessera comunica che questo PIN non si può usare, come uno mai attivato")
	CurePINNotUsable = define("CurePINNotUsable", "set one with the PUK: tscns pin unblock", "impostane uno con il PUK: tscns pin unblock")
	PINNoKnownForm   = define("PINNoKnownForm",
		"nobody has shown yet how this kind of card does that; nothing was lost on it",
		"nessuno ha ancora mostrato come lo fa questo tipo di tessera; non è andato perso niente")
	PINUnprovenRefused = define("PINUnprovenRefused",
		"the card refused the PIN, in a form that it has never accepted: it may be our form, not your PIN. Tries left: %s. No program sends it another PIN",
		"la tessera ha rifiutato il PIN, in una forma che non ha mai accettato: può essere la nostra forma di inviarlo, non il tuo PIN. Tentativi rimasti: %s. Nessun programma le invia un altro PIN")
	PINUnprovenStopped = define("PINUnprovenStopped",
		"a PIN was refused, in a form that this card has never accepted: it may be our form, not your PIN. Tries left: %s. Nothing was sent",
		"un PIN è stato rifiutato, in una forma che questa tessera non ha mai accettato: può essere la nostra forma di inviarlo, non il tuo PIN. Tentativi rimasti: %s. Non è stato inviato niente")
	CurePINUnproven    = define("CurePINUnproven", "decide how to go on: tscns pin verify", "decidi come proseguire: tscns pin verify")
	CureAgain          = define("CureAgain", "try once more", "riprova")
	PINUnprovenLastTry = define("PINUnprovenLastTry",
		"one try is left, and this card has never accepted a PIN in a form of ours: it may be our form, not your PIN, and one more refusal would block it. Nothing was sent, and no program sends one while that is remembered: on Linux until you log out of this computer. Log in with the issuer's software, which fills the tries again",
		"resta un tentativo, e questa tessera non ha mai accettato un PIN in una nostra forma: può essere la nostra forma di inviarlo, non il tuo PIN, e un altro rifiuto lo bloccherebbe. Non è stato inviato niente, e nessun programma ne invia uno finché resta memoria di questo: in Linux fino alla fine della tua sessione nel computer. Accedi con il programma di chi ha emesso la tessera: così i tentativi tornano quelli di prima")
	PINUnprovenDecide = define("PINUnprovenDecide",
		`This card has refused a PIN in a form that it has never accepted: it may be our form, not your PIN.
PINs refused so far: %d. Tries left: %s. One more refusal costs one more try.
If you may have mistyped it, write %s: the next PIN is sent in the same form.
If you are sure that it was right, write %s: the next PIN is sent in another form.
Anything else sends nothing: `,
		`Questa tessera ha rifiutato un PIN in una forma che non ha mai accettato: può essere la nostra forma di inviarlo, non il tuo PIN.
PIN rifiutati finora: %d. Tentativi rimasti: %s. Un altro rifiuto costa un altro tentativo.
Se può essere stato un errore di battitura, scrivi %s: il prossimo PIN va nella stessa forma.
Se il PIN era di certo giusto, scrivi %s: il prossimo PIN va in un'altra forma.
Qualsiasi altra cosa non invia niente: `)
	SameFormWord    = define("SameFormWord", "SAME", "STESSA")
	OtherFormWord   = define("OtherFormWord", "OTHER", "ALTRA")
	PINNotSent      = define("PINNotSent", "nothing was sent to the card", "alla tessera non è stato inviato niente")
	PINVerified     = define("PINVerified", "The card accepted the PIN.", "La tessera ha accettato il PIN.")
	PINTriesNotTold = define("PINTriesNotTold", "the card did not say", "la tessera non l'ha detto")
	PINRisk         = define("PINRisk",
		`Other drivers ask this kind of card without harm, but nothing proves it: some cards count the question as a wrong PIN,
so it may cost ONE TRY, and on the last one block the PIN. Type %s to accept that: `,
		`Altri driver lo chiedono a questo tipo di tessera senza danno, ma niente lo prova: alcune contano la domanda come un PIN
sbagliato, quindi può costare UN TENTATIVO, e all'ultimo bloccare il PIN. Scrivi %s per accettarlo: `)
	NotAsked     = define("NotAsked", "not asked", "non chiesto")
	PINPadVerify = define("PINPadVerify",
		"Use the keypad of the reader: type the PIN, then its confirmation key.",
		"Usa il tastierino del lettore: digita il PIN, poi il tasto di conferma.")
	PINPadModify = define("PINPadModify",
		"Use the keypad of the reader: type the present PIN, then the new one, then the new one again, each with its confirmation key.",
		"Usa il tastierino del lettore: digita il PIN attuale, poi il nuovo, poi ancora il nuovo, ognuno con il tasto di conferma.")
	PINPadCancelled = define("PINPadCancelled",
		"cancelled at the reader; nothing was sent to the card",
		"annullato al lettore; alla tessera non è stato inviato niente")
	PINPadTimeout = define("PINPadTimeout",
		"nothing was typed at the reader in time; nothing was sent to the card",
		"al lettore non è stato digitato niente in tempo; alla tessera non è stato inviato niente")
	PINPadMismatch = define("PINPadMismatch",
		"the new PIN was not the same both times; nothing was sent to the card",
		"il nuovo PIN non era uguale le due volte; alla tessera non è stato inviato niente")
	PINPadLength = define("PINPadLength",
		"a PIN typed at the reader was too short or too long; nothing was sent to the card",
		"un PIN digitato al lettore era troppo corto o troppo lungo; alla tessera non è stato inviato niente")
	PINPadFailed = define("PINPadFailed",
		"the keypad of the reader does not work, or it has none",
		"il tastierino del lettore non funziona, o non c'è")
	CurePINPadFailed = define("CurePINPadFailed", "type at this terminal instead: --keyboard", "digita a questo terminale: --keyboard")
)
