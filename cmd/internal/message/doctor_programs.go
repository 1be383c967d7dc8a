// SPDX-License-Identifier: Apache-2.0

package message

var (
	LibraryLoads = define("LibraryLoads",
		"the library loads (version %s; slots: %d, cards: %d, certificates: %d; %d ms)",
		"la libreria si carica (versione %s; slot: %d, tessere: %d, certificati: %d; %d ms)")
	LibraryNotFound       = define("LibraryNotFound", "the library %s was not found", "la libreria %s non è stata trovata")
	LibraryNotFoundOption = define("LibraryNotFoundOption",
		"the library %s was not found; say where it is with --module",
		"la libreria %s non è stata trovata; di' dov'è con --module")
	LibraryUnusable    = define("LibraryUnusable", "the library %s cannot be used: %s", "la libreria %s non si può usare: %s")
	LibraryDoesNotLoad = define("LibraryDoesNotLoad", "the library %s does not load: %s", "la libreria %s non si carica: %s")
	CureLibrary        = define("CureLibrary",
		"install the package tscns again, or name the library with --module",
		"reinstalla il pacchetto tscns, o indica la libreria con --module")
	CureLibraryNoCard = define("CureLibraryNoCard",
		"it does not see the card that is there: an older version may be installed; install the newest",
		"non vede la tessera che c'è: forse è installata una versione vecchia; installa la più recente")
	CureLibrarySlow = define("CureLibrarySlow",
		"that is slow; a browser waits as long: try another reader or USB port",
		"è lenta; un browser aspetta altrettanto: prova un altro lettore o un'altra porta USB")
	LibraryMissing         = define("LibraryMissing", "it is not there", "non c'è")
	LibraryUnreadable      = define("LibraryUnreadable", "you may not read it", "non puoi leggerla")
	LibraryDamaged         = define("LibraryDamaged", "it is damaged, or no library", "è rovinata, o non è una libreria")
	LibraryOtherProcessor  = define("LibraryOtherProcessor", "it is made for another kind of processor (%s)", "è fatta per un altro tipo di processore (%s)")
	LibraryHangs           = define("LibraryHangs", "it does not answer", "non risponde")
	LibraryCrashes         = define("LibraryCrashes", "it ends the program that loads it", "fa finire il programma che la carica")
	LibraryNoModule        = define("LibraryNoModule", "a library that it needs is missing, or it is no PKCS#11 module", "manca una libreria che le serve, o non è un modulo PKCS#11")
	LibraryReports         = define("LibraryReports", "it reports an error at its start", "segnala un errore all'avvio")
	LibraryNotTried        = define("LibraryNotTried", "it could not be tried: no second process could be started", "non è stato possibile provarla: non parte un secondo processo")
	BrowserKnows           = define("BrowserKnows", "%s knows the library", "%s conosce la libreria")
	BrowserKnowsP11Kit     = define("BrowserKnowsP11Kit", "%s knows the library, through p11-kit", "%s conosce la libreria, attraverso p11-kit")
	BrowserKnowsPolicy     = define("BrowserKnowsPolicy", "%s knows the library, by the policy %s", "%s conosce la libreria, per la policy %s")
	BrowserDoesNotKnow     = define("BrowserDoesNotKnow", "%s does not know the library", "%s non conosce la libreria")
	CureBrowserDoesNotKnow = define("CureBrowserDoesNotKnow", "close the browser, then: tscns register %s", "chiudi il browser, poi: tscns register %s")
	BrowserWillKnowAtStart = define("BrowserWillKnowAtStart",
		"%s will know the library at its next start",
		"%s conoscerà la libreria al suo prossimo avvio")
	BrowserWillKnowAtSession = define("BrowserWillKnowAtSession",
		"%s will know the library when you next log in to this computer; to have it now: close the browser, then tscns register %s",
		"%s conoscerà la libreria al tuo prossimo accesso a questo computer; per averla subito: chiudi il browser, poi tscns register %s")
	DoctorHomeOfAnother = define("DoctorHomeOfAnother",
		"%s belongs to somebody else than the user who runs this: its browsers were not looked at",
		"%s è di qualcun altro, non di chi esegue il comando: i suoi browser non sono stati guardati")
	CureHomeOfAnother = define("CureHomeOfAnother",
		"run tscns doctor as that person, without sudo",
		"esegui tscns doctor come quella persona, senza sudo")
	BrowserNone = define("BrowserNone",
		"no browser with a profile of yours was found",
		"non è stato trovato un browser con un tuo profilo")
	SandboxNone       = define("SandboxNone", "no browser in a Snap or Flatpak", "nessun browser in uno Snap o Flatpak")
	SandboxCannotLoad = define("SandboxCannotLoad",
		"%s is in a sandbox and cannot load a library of the system",
		"%s è in una sandbox e non può caricare una libreria del sistema")
	CureSandboxFlatpak = define("CureSandboxFlatpak",
		"tscns register flatpak says what would let it use the card and sets it when you agree; or use the browser from a package of your distribution (deb, rpm)",
		"tscns register flatpak dice che cosa gli permetterebbe di usare la tessera e lo imposta se accetti; o usa il browser da un pacchetto della tua distribuzione (deb, rpm)")
	CureSandbox = define("CureSandbox",
		"use the browser from a package of your distribution (deb, rpm), or pass the library in through p11-kit: %s",
		"usa il browser da un pacchetto della tua distribuzione (deb, rpm), o fai passare la libreria da p11-kit: %s")
	ConflictNone  = define("ConflictNone", "no other module takes the card", "nessun altro modulo prende la tessera")
	ConflictTwice = define("ConflictTwice",
		"%s has the library twice and shows the card twice",
		"%s ha la libreria due volte e mostra la tessera due volte")
	CureConflictTwice = define("CureConflictTwice", "close the browser, then: tscns register all", "chiudi il browser, poi: tscns register all")
	ConflictRival     = define("ConflictRival",
		"%s has %q too (%s), which takes the same card: double registration",
		"%s ha anche %q (%s), che prende la stessa tessera: doppia registrazione")
	CureConflictRival = define("CureConflictRival",
		"if you need it for no other card: close the browser, then modutil -dbdir sql:%s -delete %q",
		"se non ti serve per altre tessere: chiudi il browser, poi modutil -dbdir sql:%s -delete %q")
	ConflictP11Kit = define("ConflictP11Kit",
		"p11-kit also carries OpenSC (%s): some programs may show the card twice",
		"p11-kit porta anche OpenSC (%s): alcuni programmi possono mostrare la tessera due volte")
	CureConflictP11Kit = define("CureConflictP11Kit",
		"harmless; if it disturbs you: a line \"disable-in: ...\" in a file of the same name in ~/.config/pkcs11/modules (man pkcs11.conf)",
		"non fa danno; se ti disturba: una riga \"disable-in: ...\" in un file dello stesso nome in ~/.config/pkcs11/modules (man pkcs11.conf)")
	LoginNotTried = define("LoginNotTried", "no login tried (--login)", "nessun accesso provato (--login)")
	LoginNoPIN    = define("LoginNoPIN", "no login tried: no PIN was sent", "nessun accesso provato: non è stato inviato nessun PIN")
	LoginWorks    = define("LoginWorks",
		"the card logs in to a server on this computer (%s): where a site refuses it, it is the site",
		"la tessera entra in un server su questo computer (%s): se un sito la rifiuta, è il sito")
	LoginSomeVersions = define("LoginSomeVersions",
		"the card logs in to a server on this computer with %s, and not with %s",
		"la tessera entra in un server su questo computer con %s, e non con %s")
	CureLoginSomeVersions = define("CureLoginSomeVersions",
		"a site that speaks nothing else will refuse this kind of card; what each can do: %s",
		"un sito che non parla altro rifiuterà questo tipo di tessera; che cosa sa fare ciascuna: %s")
	LoginPINRefused     = define("LoginPINRefused", "the card refused the PIN", "la tessera ha rifiutato il PIN")
	CureLoginPINRefused = define("CureLoginPINRefused",
		"look it up before the next try; it may be half of it, or the PUK",
		"controllalo prima del prossimo tentativo; può essere la metà, o il PUK")
	LoginPINBlocked      = define("LoginPINBlocked", "the card says that the PIN is blocked", "la tessera dice che il PIN è bloccato")
	LoginFailed          = define("LoginFailed", "the login did not work", "l'accesso non è riuscito")
	LoginHandshakeFailed = define("LoginHandshakeFailed",
		"the card took the PIN, and could not log in to a server on this computer",
		"la tessera ha accettato il PIN, e non è riuscita a entrare in un server su questo computer")
	LoginCertificateRefused = define("LoginCertificateRefused",
		"the card signs (%s), and a site may refuse it all the same: %s",
		"la tessera firma (%s), e un sito può rifiutarla lo stesso: %s")
	LoginKeyDoesNotFit = define("LoginKeyDoesNotFit",
		"the card signs, but not with the key of its certificate: no site can take that",
		"la tessera firma, ma non con la chiave del suo certificato: nessun sito può accettarlo")
	CureLoginKeyDoesNotFit = define("CureLoginKeyDoesNotFit",
		"it was made wrong: have it replaced, at your Region's health service (ASL)",
		"è stata fatta male: falla sostituire, alla tua ASL")
	LoginNoKnownForm = define("LoginNoKnownForm",
		"the card takes no form of a login or a signature that this version knows",
		"la tessera non accetta nessuna forma di accesso o di firma che questa versione conosca")
	CureLoginReport  = define("CureLoginReport", "with this card in hand you can help: tscns report --login", "se hai questa tessera puoi aiutare: tscns report --login")
	LoginReaderGone  = define("LoginReaderGone", "the reader was taken away during the login", "il lettore è stato tolto durante l'accesso")
	LoginInterrupted = define("LoginInterrupted",
		"another program reset the card during the login",
		"un altro programma ha riavviato la tessera durante l'accesso")
	CureLoginInterrupted = define("CureLoginInterrupted",
		"close the programs that use the card, browsers too, and try once more",
		"chiudi i programmi che usano la tessera, anche i browser, e riprova")
	LoginPINNotUsable     = define("LoginPINNotUsable", "the card has no PIN that is in use", "la tessera non ha un PIN in uso")
	CureLoginPINNotUsable = define("CureLoginPINNotUsable",
		"have it activated as CNS: at the counters of your Region's health service (ASL) or in many pharmacies; with a PUK from there: tscns pin unblock",
		"falla attivare come CNS: agli sportelli della tua ASL o in molte farmacie; con un PUK avuto da loro: tscns pin unblock")
	CureLoginFailed = define("CureLoginFailed",
		"take it out, insert it again and try once more; if that does not help: tscns report --login",
		"toglila, reinseriscila e riprova; se non basta: tscns report --login")
)
