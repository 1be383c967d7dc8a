// SPDX-License-Identifier: Apache-2.0

package message

var (
	DoctorChecking = define("DoctorChecking", "Checking: %s ...", "Controllo: %s ...")
	DoctorAllWell  = define("DoctorAllWell",
		"Nothing is wrong that could be checked.",
		"Di ciò che si può controllare non c'è niente che non vada.")
	DoctorOneFailure = define("DoctorOneFailure", "One thing is wrong.", "C'è una cosa che non va.")
	DoctorFailures   = define("DoctorFailures",
		"%d things are wrong; begin with the first.",
		"Ci sono %d cose che non vanno; comincia dalla prima.")
	NotChecked            = define("NotChecked", "not checked, see above", "non controllato, vedi sopra")
	CheckNotDone          = define("CheckNotDone", "%s: not checked, see above", "%s: non controllato, vedi sopra")
	CheckServiceAndCard   = define("CheckServiceAndCard", "service and card", "servizio e tessera")
	CheckServiceInstalled = define("CheckServiceInstalled", "smart card service installed", "servizio smart card installato")
	CheckServiceRunning   = define("CheckServiceRunning", "smart card service running", "servizio smart card in esecuzione")
	CheckServicePermitted = define("CheckServicePermitted", "smart card service permitted", "servizio smart card permesso")
	CheckKernelNFC        = define("CheckKernelNFC", "kernel drivers that hold readers", "driver del kernel che occupano i lettori")
	CheckReader           = define("CheckReader", "reader", "lettore")
	CheckCard             = define("CheckCard", "card", "tessera")
	CheckSide             = define("CheckSide", "side of the card", "lato della tessera")
	CheckCertificate      = define("CheckCertificate", "certificate", "certificato")
	CheckRevocation       = define("CheckRevocation", "revocation", "revoca")
	CheckPIN              = define("CheckPIN", "PIN state", "stato del PIN")
	CheckLibrary          = define("CheckLibrary", "library", "libreria")
	CheckBrowser          = define("CheckBrowser", "registration in browsers", "registrazione nei browser")
	CheckSandbox          = define("CheckSandbox", "browsers in a sandbox", "browser in una sandbox")
	CheckConflict         = define("CheckConflict", "other modules for the card", "altri moduli per la tessera")
	CheckLogin            = define("CheckLogin", "login", "accesso")
	CheckSite             = define("CheckSite", "site", "sito")
	ServicePartOfSystem   = define("ServicePartOfSystem",
		"the smart card service is part of this system",
		"il servizio smart card fa parte di questo sistema")
	ServiceInstalled    = define("ServiceInstalled", "the smart card service pcscd is installed", "il servizio smart card pcscd è installato")
	ServiceAnswers      = define("ServiceAnswers", "a smart card service answers", "un servizio smart card risponde")
	ServiceNotInstalled = define("ServiceNotInstalled",
		"the smart card service pcscd is not installed",
		"il servizio smart card pcscd non è installato")
	CureServiceNotInstalled = define("CureServiceNotInstalled",
		"install it. Debian, Ubuntu: sudo apt install pcscd libccid; Fedora: sudo dnf install pcsc-lite pcsc-lite-ccid; Arch: sudo pacman -S pcsclite ccid",
		"installalo. Debian, Ubuntu: sudo apt install pcscd libccid; Fedora: sudo dnf install pcsc-lite pcsc-lite-ccid; Arch: sudo pacman -S pcsclite ccid")
	ServiceRunning        = define("ServiceRunning", "the smart card service is running", "il servizio smart card è in esecuzione")
	ServiceNotRunning     = define("ServiceNotRunning", "the smart card service is not running", "il servizio smart card non è in esecuzione")
	CureServiceNotRunning = define("CureServiceNotRunning",
		"start it: sudo systemctl enable --now pcscd.socket",
		"avvialo: sudo systemctl enable --now pcscd.socket")
	CureServiceNotRunningWindows = define("CureServiceNotRunningWindows",
		"connect the reader: Windows then starts the service. If it does not, as an administrator: net start SCardSvr",
		"collega il lettore: Windows avvia allora il servizio. Se non lo fa, da amministratore: net start SCardSvr")
	ServicePermitted  = define("ServicePermitted", "you may use the smart card service", "puoi usare il servizio smart card")
	ServiceHidesCards = define("ServiceHidesCards",
		"you may see the readers, and not the card in them",
		"puoi vedere i lettori, e non la tessera che c'è dentro")
	ServiceTurnsAway = define("ServiceTurnsAway",
		"the smart card service runs, and turns you away",
		"il servizio smart card è in esecuzione, e ti respinge")
	CureServicePermitted = define("CureServicePermitted",
		"log in at the computer itself, not over ssh; or let an administrator permit the actions org.debian.pcsc-lite.access_pcsc and access_card for you in /etc/polkit-1/rules.d",
		"accedi al computer di persona, non via ssh; oppure fai permettere da un amministratore le azioni org.debian.pcsc-lite.access_pcsc e access_card per te in /etc/polkit-1/rules.d")
	ServiceHangs = define("ServiceHangs",
		"the smart card service runs, and does not answer",
		"il servizio smart card è in esecuzione, e non risponde")
	CureServiceHangs = define("CureServiceHangs",
		"unplug the reader and plug it in again; if that does not help: sudo systemctl restart pcscd",
		"scollega e ricollega il lettore; se non basta: sudo systemctl restart pcscd")
	CureServiceHangsWindows = define("CureServiceHangsWindows",
		"unplug the reader and plug it in again; if that does not help, restart the computer",
		"scollega e ricollega il lettore; se non basta, riavvia il computer")
	KernelUnknown = define("KernelUnknown", "kernel drivers: not known here", "driver del kernel: qui non si sa")
	KernelNFCNone = define("KernelNFCNone", "no kernel driver holds an NFC reader", "nessun driver del kernel occupa un lettore NFC")
	KernelNFC     = define("KernelNFC",
		"the kernel's NFC drivers (%s) may hold your reader",
		"i driver NFC del kernel (%s) possono occupare il tuo lettore")
	CureKernelNFC = define("CureKernelNFC",
		"sudo modprobe -r %s; for good: a line \"blacklist ...\" for each in /etc/modprobe.d/tscns-nfc.conf; then unplug the reader and plug it in again",
		"sudo modprobe -r %s; per sempre: una riga \"blacklist ...\" per ciascuno in /etc/modprobe.d/tscns-nfc.conf; poi scollega e ricollega il lettore")
	ReaderFound         = define("ReaderFound", "reader: %s", "lettore: %s")
	ReaderWithoutDriver = define("ReaderWithoutDriver",
		"a reader is plugged in (%s), and the service does not drive it",
		"un lettore è collegato (%s), e il servizio non lo gestisce")
	CureReaderWithoutDriver = define("CureReaderWithoutDriver",
		"install the driver (sudo apt install libccid; Fedora: pcsc-lite-ccid), then: sudo systemctl restart pcscd",
		"installa il driver (sudo apt install libccid; Fedora: pcsc-lite-ccid), poi: sudo systemctl restart pcscd")
	CureNoReader = define("CureNoReader",
		"plug a smart card reader in, without a hub if you can; its light should come on",
		"collega un lettore di smart card, se puoi senza hub; la sua luce dovrebbe accendersi")
	CardRead         = define("CardRead", "card: %s, read without trouble", "tessera: %s, letta senza problemi")
	CureCardUnproven = define("CureCardUnproven",
		"nobody has shown yet how this kind logs in and signs; help with: tscns report --login",
		"nessuno ha ancora mostrato come questo tipo accede e firma; aiuta con: tscns report --login")
	CardForeignNFC = define("CardForeignNFC",
		"the card, read over NFC as it seems, is not a TS-CNS that this driver knows",
		"la tessera, letta via NFC a quanto pare, non è una TS-CNS che questo driver conosce")
	CureCardForeignNFC = define("CureCardForeignNFC",
		"if it is a health card, insert it with its chip instead of laying it on the reader",
		"se è una tessera sanitaria, inseriscila dal lato del chip invece di appoggiarla sul lettore")
	CureNoCard = define("CureNoCard",
		"insert it, chip first and upwards, up to the stop",
		"inseriscila, dal lato del chip e con il chip in su, fino in fondo")
	CureCardMute = define("CureCardMute",
		"turn it round; clean the chip with a dry cloth; try another reader",
		"girala; pulisci il chip con un panno asciutto; prova un altro lettore")
	CureCardInUse = define("CureCardInUse",
		"close that program; if it is GnuPG: gpgconf --kill scdaemon",
		"chiudi quel programma; se è GnuPG: gpgconf --kill scdaemon")
	CureCardForeign = define("CureCardForeign",
		"insert the health card; the identity card (CIE) and bank cards need other software. If it is a health card: tscns report",
		"inserisci la tessera sanitaria; la carta d'identità (CIE) e le carte bancarie vogliono altri programmi. Se è una tessera sanitaria: tscns report")
	CureCardRemoved    = define("CureCardRemoved", "insert it again and try once more", "reinseriscila e riprova")
	CureCardUnreadable = define("CureCardUnreadable",
		"take it out, insert it again; if that does not help: tscns report",
		"toglila, reinseriscila; se non basta: tscns report")
	SideContacts = define("SideContacts", "the card is read by its contacts", "la tessera è letta dai contatti")
	SideNFC      = define("SideNFC",
		"the reader reads the NFC side of the card, which is less well known than the chip's contacts",
		"il lettore legge il lato NFC della tessera, meno noto dei contatti del chip")
	CureSideNFC = define("CureSideNFC",
		"insert the card with its chip instead of laying it on the reader",
		"inserisci la tessera dal lato del chip invece di appoggiarla sul lettore")
	CureNoCertificate = define("CureNoCertificate",
		"have it activated as CNS: at the counters of your Region's health service (ASL) or in many pharmacies",
		"falla attivare come CNS: agli sportelli della tua ASL o in molte farmacie")
	CertificateValid           = define("CertificateValid", "the certificate is valid until %s", "il certificato è valido fino al %s")
	CureCertificateNotYetValid = define("CureCertificateNotYetValid",
		"set this computer's date: sudo timedatectl set-ntp true",
		"correggi la data del computer: sudo timedatectl set-ntp true")
	CertificateExpiredOn     = define("CertificateExpiredOn", "the certificate expired on %s", "il certificato è scaduto il %s")
	CureCertificateExpiredOn = define("CureCertificateExpiredOn",
		"ask for a new card: it comes by itself before the end, or at your Region's health service (ASL)",
		"chiedi una nuova tessera: arriva da sola prima della scadenza, o si chiede alla tua ASL")
	CertificateExpiresOn     = define("CertificateExpiresOn", "the certificate expires on %s", "il certificato scade il %s")
	CureCertificateExpiresOn = define("CureCertificateExpiresOn",
		"a new card should arrive by mail; otherwise ask your Region's health service (ASL)",
		"una nuova tessera dovrebbe arrivare per posta; altrimenti chiedi alla tua ASL")
	CertificateNoPolicy = define("CertificateNoPolicy",
		"the certificate, valid until %s, has no CNS policy",
		"il certificato, valido fino al %s, non ha la policy CNS")
	CureCertificateNoPolicy = define("CureCertificateNoPolicy",
		"sites that ask for a CNS may refuse it; ask the administration that issued it",
		"i siti che chiedono una CNS possono rifiutarlo; chiedi all'ente che l'ha emesso")
	PINStateUnreadable = define("PINStateUnreadable", "the state of the PIN could not be read", "lo stato del PIN non è leggibile")
	PINTriesAfterOne   = define("PINTriesAfterOne",
		"how many tries the PIN has left this card tells only after one",
		"quanti tentativi restano al PIN questa tessera lo dice solo dopo uno")
	PINTries   = define("PINTries", "the PIN has %d tries left", "al PIN restano %d tentativi")
	PINStopped = define("PINStopped",
		"a PIN was refused in a form that this card has never accepted, and no more is sent; tries left: %s",
		"un PIN è stato rifiutato in una forma che questa tessera non ha mai accettato, e non ne viene inviato altro; tentativi rimasti: %s")
	CurePINStopped = define("CurePINStopped",
		"it may be our form, not your PIN. To decide how to go on: tscns pin verify",
		"può essere la nostra forma di inviarlo, non il tuo PIN. Per decidere come proseguire: tscns pin verify")
	PINOneTry     = define("PINOneTry", "the PIN has ONE try left", "al PIN resta UN tentativo")
	CurePINOneTry = define("CurePINOneTry",
		"look the PIN up before you type it: a wrong one blocks it",
		"controlla il PIN prima di digitarlo: uno sbagliato lo blocca")
	CurePINBlocked = define("CurePINBlocked", "unblock it with the PUK: tscns pin unblock", "sbloccalo con il PUK: tscns pin unblock")
	PINExhausted   = define("PINExhausted",
		"as many PINs were refused in a row as block it: the PIN is blocked, as far as is known of this card",
		"è stato rifiutato di seguito un PIN tante volte quante lo bloccano: il PIN è bloccato, per quanto si sa di questa tessera")
	CurePUKBlocked = define("CurePUKBlocked",
		"the PUK is blocked too: have the card replaced, at your Region's health service (ASL)",
		"anche il PUK è bloccato: fai sostituire la tessera, alla tua ASL")
	PINPUKBlocked = define("PINPUKBlocked",
		"the PUK is blocked: a PIN that gets blocked could not be unblocked any more",
		"il PUK è bloccato: un PIN che si blocca non si potrebbe più sbloccare")
	CurePINPUKBlocked = define("CurePINPUKBlocked",
		"the card works as long as its PIN does; have it replaced in good time, at your Region's health service (ASL)",
		"la tessera funziona finché funziona il suo PIN; falla sostituire per tempo, alla tua ASL")
)
