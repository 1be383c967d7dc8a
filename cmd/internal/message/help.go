// SPDX-License-Identifier: Apache-2.0

package message

var (
	UseOptionalCommand = define("UseOptionalCommand", "[command]", "[comando]")
	UseOptions         = define("UseOptions", "[options]", "[opzioni]")
	UseCommand         = define("UseCommand", "<command>", "<comando>")
	HelpUsage          = define("HelpUsage", "Usage:", "Uso:")
	HelpCommands       = define("HelpCommands", "Commands:", "Comandi:")
	HelpOptions        = define("HelpOptions", "Options:", "Opzioni:")
	HelpExitCodes      = define("HelpExitCodes", "Exit codes:", "Codici di uscita:")
	HelpExitCodeTable  = define("HelpExitCodeTable",
		`  0  done; status: a card with a certificate that is valid now is there
  1  something is missing or failed: service, reader, card, certificate, a check of doctor
  2  wrong usage
  3  the card refused the PIN or PUK, or it is blocked
  4  refused because it could do harm: the last try of a PIN, a browser that is running`,
		`  0  fatto; status: c'è una tessera con un certificato valido adesso
  1  manca o non è riuscito qualcosa: servizio, lettore, tessera, certificato, un controllo di doctor
  2  uso sbagliato
  3  la tessera ha rifiutato il PIN o il PUK, o è bloccato
  4  rifiutato perché potrebbe fare danno: l'ultimo tentativo di un PIN, un browser aperto`)
	HelpRoot = define("HelpRoot",
		"the free driver for the Italian health card TS-CNS",
		"il driver libero per la tessera sanitaria TS-CNS")
	HelpRootLong = define("HelpRootLong",
		`tscns tells what your TS-CNS (Tessera Sanitaria, Carta Nazionale dei Servizi) says, manages its PIN, makes
the driver known to browsers, and finds out what is wrong when it does not work.`,
		`tscns dice che cosa dice la tua TS-CNS (Tessera Sanitaria, Carta Nazionale dei Servizi), ne gestisce il PIN, fa
conoscere il driver ai browser, e scopre che cosa non va quando non funziona.`)
	HelpStatus = define("HelpStatus",
		"What the reader and the card say, without a PIN",
		"Che cosa dicono il lettore e la tessera, senza PIN")
	HelpStatusLong = define("HelpStatusLong",
		`Shows the readers, the card and how well its kind is known, the holder, the certificate with the days left, whether
the TS-CNS is active, and the tries that PIN and PUK have left where asking is proven to cost none. Sends no PIN.
The fields of --json are described by docs/tscns-status.schema.json, those of other commands by the schemas beside it.`,
		`Mostra i lettori, la tessera e quanto è noto il suo tipo, il titolare, il certificato con i giorni che restano, se la
TS-CNS è attiva, e i tentativi rimasti a PIN e PUK dove è provato che chiederli non ne costa. Non invia il PIN.
I campi di --json sono descritti da docs/tscns-status.schema.json, quelli degli altri comandi dagli schemi accanto.`)
	HelpCard = define("HelpCard",
		"The card's number and its holder, without a PIN",
		"Il numero della tessera e il titolare, senza PIN")
	HelpCardLong = define("HelpCardLong",
		`Shows the number of the card and what it tells of its holder. Towns and administrations are given by their codes,
as the card has them. Sends no PIN.`,
		`Mostra il numero della tessera e ciò che dice del titolare. Comuni ed enti sono dati con i loro codici, come stanno
sulla tessera. Non invia il PIN.`)
	HelpCert           = define("HelpCert", "The certificates on the card, without a PIN", "I certificati sulla tessera, senza PIN")
	HelpCertList       = define("HelpCertList", "List the certificates", "Elenca i certificati")
	HelpCertExport     = define("HelpCertExport", "Write a certificate, as PEM or DER", "Scrivi un certificato, in PEM o DER")
	HelpCertExportLong = define("HelpCertExportLong",
		`Writes a certificate of the card. It names its holder, as every CNS certificate does. The certificates of the
authority that issued it are not on any card that is known; the authority publishes them.`,
		`Scrive un certificato della tessera. Nomina il titolare, come ogni certificato CNS. I certificati dell'autorità che lo
ha emesso non stanno su nessuna tessera nota; li pubblica l'autorità.`)
	HelpPIN = define("HelpPIN",
		"Change, unblock or check the PIN, or see the tries left",
		"Cambia, sblocca o controlla il PIN, o vedi i tentativi rimasti")
	HelpPINChange     = define("HelpPINChange", "Replace the PIN by a new one", "Sostituisci il PIN con uno nuovo")
	HelpPINChangeLong = define("HelpPINChangeLong",
		`Asks for the present PIN, then twice for the new one, unseen. Length and digits are checked before the card sees
anything; the PIN is sent once, and never again. Where the card tells that one try is left, --last-try is needed.
PIN and PUK are usually handed over in two halves, one at the counter and one by mail or e-mail: type both.
Where the reader has a keypad, both PINs are typed there, and never are in this computer.`,
		`Chiede il PIN attuale, poi due volte il nuovo, senza mostrarli. Lunghezza e cifre sono controllate prima che la tessera
veda qualcosa; il PIN è inviato una volta sola. Dove la tessera dice che resta un tentativo, serve --last-try.
PIN e PUK sono di solito consegnati in due metà, una allo sportello e una per posta o e-mail: digitale tutte e due.
Se il lettore ha un tastierino, i due PIN si digitano lì, e in questo computer non ci sono mai.`)
	HelpPINUnblock     = define("HelpPINUnblock", "Set a new PIN with the PUK", "Imposta un nuovo PIN con il PUK")
	HelpPINUnblockLong = define("HelpPINUnblockLong",
		`Asks for the PUK, then twice for a new PIN, unseen. For a PIN that is blocked, and for one that was never activated.
A PUK that is blocked cannot be unblocked: the card then has to be replaced.`,
		`Chiede il PUK, poi due volte un nuovo PIN, senza mostrarli. Per un PIN bloccato, e per uno mai attivato.
Un PUK bloccato non si può sbloccare: la tessera va allora sostituita.`)
	HelpPINVerify     = define("HelpPINVerify", "Have the card check the PIN, once", "Fai controllare il PIN alla tessera, una volta")
	HelpPINVerifyLong = define("HelpPINVerifyLong",
		`Says what is known of the tries left, asks for the PIN unseen, and sends it to the card once. On a card whose commands are not
known (cards of 2025) a right PIN can be refused because of our form. After one refusal no program sends such a card
another PIN; this command then shows the tries left and asks you how to go on: in the same form, or in another. On the
last try that is known it sends nothing.`,
		`Dice quanto si sa dei tentativi rimasti, chiede il PIN senza mostrarlo e lo invia alla tessera una volta. Una tessera di cui non si
conoscono i comandi (quelle del 2025) può rifiutare un PIN giusto per la forma in cui lo inviamo. Dopo un rifiuto nessun
programma le invia un altro PIN; questo comando mostra allora i tentativi rimasti e ti chiede come proseguire: nella
stessa forma, o in un'altra. All'ultimo tentativo noto non invia niente.`)
	HelpPINTries     = define("HelpPINTries", "How many tries PIN and PUK have left", "Quanti tentativi restano a PIN e PUK")
	HelpPINTriesLong = define("HelpPINTriesLong",
		`Asks the card only where it is proven that the question costs no try; elsewhere the number is not known. With --ask it
asks for the tries of the PIN there too, after you have accepted that it may cost one.`,
		`Chiede alla tessera solo dove è provato che la domanda non costa tentativi; altrove il numero non è noto. Con --ask chiede
lo stesso i tentativi del PIN, dopo che hai accettato che può costarne uno.`)
	HelpRegister = define("HelpRegister",
		"Make the driver known to browsers and other programs",
		"Fai conoscere il driver ai browser e agli altri programmi")
	HelpRegisterLong = define("HelpRegisterLong",
		`Registers the library in every profile of Firefox, Thunderbird and the programs made of them, in the database that
Chromium, Chrome, Brave, Edge and the browsers made of Chromium share, and in p11-kit, which serves OpenSSL, GnuTLS and
others. Says what it did at each place. Once more changes nothing; where p11-kit brings the library into a browser
already, it is not registered there a second time. A browser that is running would undo it, so it is left alone until
you close it.
Browsers of Flatpak are in a sandbox and not among all: flatpak says what would let them use the card - a socket of
p11-kit, permission to see it, a module in the browser's database - and sets it when you agree.`,
		`Registra la libreria in ogni profilo di Firefox, Thunderbird e dei programmi derivati, nel database condiviso da
Chromium, Chrome, Brave, Edge e dai browser derivati da Chromium, e in p11-kit, che serve OpenSSL, GnuTLS e altri.
Dice che cosa ha fatto in ogni posto. Ripeterlo non cambia niente; dove p11-kit porta già la libreria in un browser, non
la registra una seconda volta. Un browser aperto annullerebbe la modifica, quindi lo lascia com'è finché non lo chiudi.
I browser di Flatpak stanno in una sandbox e non rientrano in all: flatpak dice che cosa permetterebbe loro di usare la
tessera - un socket di p11-kit, il permesso di vederlo, un modulo nel database del browser - e lo imposta se accetti.`)
	HelpUnregister = define("HelpUnregister",
		"Take the driver away again from browsers and other programs",
		"Togli di nuovo il driver dai browser e dagli altri programmi")
	HelpUnregisterLong = define("HelpUnregisterLong",
		`Undoes tscns register and leaves no trace: databases are as they were, and one that was made for the driver and
holds nothing else is removed.`,
		`Annulla tscns register senza lasciare traccia: i database tornano com'erano, e uno creato per il driver che non
contiene altro viene tolto.`)
	HelpDoctor     = define("HelpDoctor", "Find out what is wrong, and what to do about it", "Scopri che cosa non va, e che cosa fare")
	HelpDoctorLong = define("HelpDoctorLong",
		`Checks, one after the other: smart card service, permissions, kernel drivers, reader, card and its side, certificate,
state of the PIN, the library itself (loaded as a browser does), each browser, browsers in a sandbox, other modules that
take the card, and with --url a site. One line each, with a next step for each that is not well. It sends no PIN, and
asks the card for the tries left only where that is proven to cost none. A site is shown no certificate. With --login you
type the PIN, and the card logs in to a server inside this command, with TLS 1.3 and 1.2: where that works and a site
does not, it is the site, not your card.`,
		`Controlla, nell'ordine: servizio smart card, permessi, driver del kernel, lettore, tessera e suo lato, certificato,
stato del PIN, la libreria stessa (caricata come fa un browser), ogni browser, i browser in una sandbox, altri moduli che
prendono la tessera, e con --url un sito. Una riga ciascuno, con il passo da fare per ciò che non va. Non invia PIN, e
chiede alla tessera i tentativi rimasti solo dove è provato che non ne costa. A un sito non mostra certificati. Con --login
digiti il PIN, e la tessera entra in un server dentro questo comando, con TLS 1.3 e 1.2: se lì va e in un sito no, è il
sito, non la tua tessera.`)
	HelpReport = define("HelpReport",
		"Record what the card answers, without personal data",
		"Registra che cosa risponde la tessera, senza dati personali")
	HelpReportLong = define("HelpReportLong",
		`Records what the card answers, so that the driver can learn a card that it does not know yet. Personal data are
replaced before anything is shown, and nothing is written before you have seen and accepted it.`,
		`Registra che cosa risponde la tessera, perché il driver impari una tessera che non conosce ancora. I dati personali
vengono sostituiti prima di mostrare alcunché, e niente viene scritto prima che tu l'abbia visto e accettato.`)
	HelpCompletion     = define("HelpCompletion", "Completion of this command for a shell", "Completamento di questo comando per una shell")
	HelpCompletionLong = define("HelpCompletionLong",
		`Prints what makes a shell complete this command, its options and its arguments. Packages install it; by hand:
  bash: source <(tscns completion bash)
  zsh:  tscns completion zsh > "${fpath[1]}/_tscns"
  fish: tscns completion fish > ~/.config/fish/completions/tscns.fish`,
		`Scrive ciò che fa completare a una shell questo comando, le opzioni e gli argomenti. I pacchetti lo installano; a mano:
  bash: source <(tscns completion bash)
  zsh:  tscns completion zsh > "${fpath[1]}/_tscns"
  fish: tscns completion fish > ~/.config/fish/completions/tscns.fish`)
	HelpVersion = define("HelpVersion", "The version of this command", "La versione di questo comando")
	HelpHelp    = define("HelpHelp", "Help on a command", "Aiuto su un comando")
)
