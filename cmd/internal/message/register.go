// SPDX-License-Identifier: Apache-2.0

package message

var (
	Registering = define("Registering", "Registering ...", "Registrazione ...")
	NoBrowser   = define("NoBrowser",
		"No browser of yours was found; nothing to do.",
		"Non è stato trovato nessun tuo browser; niente da fare.")
	NothingChanged        = define("NothingChanged", "Nothing was changed.", "Non è stato cambiato niente.")
	RegisterByHandWindows = define("RegisterByHandWindows",
		"this command registers nothing on Windows yet. In Firefox: Settings, Privacy & Security, Security Devices, Load: %s. Chrome and Edge do not use PKCS#11 on Windows",
		"su Windows questo comando non registra ancora nulla. In Firefox: Impostazioni, Privacy e sicurezza, Dispositivi di sicurezza, Carica: %s. Su Windows Chrome ed Edge non usano PKCS#11")
	Registered         = define("Registered", "registered", "registrato")
	RegisteredModutil  = define("RegisteredModutil", "registered (with modutil)", "registrato (con modutil)")
	RegisteredAlready  = define("RegisteredAlready", "registered already", "già registrato")
	NotRegistered      = define("NotRegistered", "not registered", "non registrato")
	Removed            = define("Removed", "removed", "tolto")
	ThereByPolicy      = define("ThereByPolicy", "there already, by the policy %s", "c'è già, per la policy %s")
	ThereThroughP11Kit = define("ThereThroughP11Kit", "there already, through p11-kit", "c'è già, attraverso p11-kit")
	ThereAlready       = define("ThereAlready", "there already: %s", "c'è già: %s")
	EntryRemoved       = define("EntryRemoved",
		"entry removed: it is there through p11-kit, twice would show the card twice",
		"voce tolta: c'è attraverso p11-kit, due volte mostrerebbe la tessera due volte")
	FirefoxNoProfile = define("FirefoxNoProfile",
		"no profile yet: start Firefox once, then register again",
		"nessun profilo: avvia Firefox una volta, poi registra di nuovo")
	SandboxOnlyAgreed = define("SandboxOnlyAgreed",
		"it is in a sandbox; only with your agreement: tscns register flatpak",
		"è in una sandbox; solo con il tuo accordo: tscns register flatpak")
	NoDatabase = define("NoDatabase",
		"no database yet, and no modutil to make one: install it (package libnss3-tools or nss-tools)",
		"nessun database, e manca modutil per crearlo: installalo (pacchetto libnss3-tools o nss-tools)")
	NoUserManager = define("NoUserManager",
		"no systemd answers in this session: %s says how to start the server by hand",
		"in questa sessione non risponde nessun systemd: %s dice come avviare il server a mano")
	NotPermitted = define("NotPermitted",
		"not permitted: look whose these files are, and their permissions (ls -l); your own need no administrator",
		"non permesso: guarda di chi sono questi file e i loro permessi (ls -l); per i tuoi non serve l'amministratore")
	NotPermittedSystem = define("NotPermittedSystem",
		"not permitted: run it as administrator, with sudo",
		"non permesso: eseguilo da amministratore, con sudo")
	HomeOfAnother = define("HomeOfAnother",
		"this home belongs to somebody else than the user who runs this: run it as that person, without sudo; nothing was changed",
		"questa home è di qualcun altro, non di chi esegue il comando: eseguilo come quella persona, senza sudo; niente è stato cambiato")
	LibraryOpenToOthers = define("LibraryOpenToOthers",
		"not registered for everybody, since others than root could change it: %s. Install the package, or put the library where only root can write",
		"non registrata per tutti, perché non solo root potrebbe cambiarla: %s. Installa il pacchetto, oppure metti la libreria dove può scrivere solo root")
	RefusedLink      = define("RefusedLink", "left alone: %s is a link", "lasciato: %s è un collegamento")
	RefusedKind      = define("RefusedKind", "left alone: %s is not an ordinary file or folder", "lasciato: %s non è un file normale o una cartella")
	RefusedOwner     = define("RefusedOwner", "left alone: %s belongs to another user", "lasciato: %s è di un altro utente")
	RefusedHardLink  = define("RefusedHardLink", "left alone: %s has another name elsewhere (hard link)", "lasciato: %s ha un altro nome altrove (hard link)")
	RefusedSize      = define("RefusedSize", "left alone: %s is too large", "lasciato: %s è troppo grande")
	RefusedOutside   = define("RefusedOutside", "left alone: %s is outside of the application's own folder", "lasciato: %s è fuori dalla cartella dell'applicazione")
	RefusedOpenToAll = define("RefusedOpenToAll", "left alone: others can write %s", "lasciato: altri possono scrivere %s")
	RefusedInUse     = define("RefusedInUse",
		"another tscns register is at work (%s): try again",
		"un altro tscns register è al lavoro (%s): riprova")
	RegisterFailed = define("RegisterFailed", "failed: %s", "non riuscito: %s")
	PolicyDamaged  = define("PolicyDamaged", "left alone: %s is not in the form of Firefox's policies; have whoever wrote it correct it", "lasciato: %s non ha la forma delle policy di Firefox; fallo correggere a chi l'ha scritto")
	ProgramRuns    = define("ProgramRuns",
		"%s is running and would undo it: close it, then try again",
		"%s è aperto e annullerebbe la modifica: chiudilo, poi riprova")
	P11KitWritten   = define("P11KitWritten", "written: %s", "scritto: %s")
	P11KitLeftAlone = define("P11KitLeftAlone",
		"left alone: %s was not written by tscns register",
		"lasciato: %s non è stato scritto da tscns register")
	P11KitMissing = define("P11KitMissing",
		"p11-kit is not there: install the package p11-kit (p11-kit-server in Fedora)",
		"manca p11-kit: installa il pacchetto p11-kit (p11-kit-server in Fedora)")
	NoSystemChrome = define("NoSystemChrome",
		"Chromium-like browsers have no setting for the whole system: each person runs tscns register chrome",
		"i browser di tipo Chromium non hanno un'impostazione per tutto il sistema: ogni persona esegue tscns register chrome")
	PolicyWritten = define("PolicyWritten", "policy written", "policy scritta")
	PolicyThere   = define("PolicyThere", "policy there already", "policy già presente")
	PolicyRemoved = define("PolicyRemoved", "policy removed", "policy tolta")
	PolicyNone    = define("PolicyNone", "no policy", "nessuna policy")
	PolicyStays   = define("PolicyStays",
		"stays, for everybody: an administrator takes it away with tscns unregister --system",
		"resta, per tutti: la toglie un amministratore con tscns unregister --system")
	FlatpakAsk = define("FlatpakAsk",
		"A browser in a sandbox could then use the card, as long as the PIN that you type there is in force. Set all this? [y/N] ",
		"Un browser in una sandbox potrebbe allora usare la tessera, finché vale il PIN che vi digiti. Impostare tutto questo? [s/N] ")
	FlatpakNoBrowser = define("FlatpakNoBrowser",
		"no browser of yours was found in a Flatpak",
		"non è stato trovato nessun tuo browser in un Flatpak")
	FlatpakMissing   = define("FlatpakMissing", "the program flatpak is not there", "manca il programma flatpak")
	FlatpakNoClient  = define("FlatpakNoClient", "its runtime %s has no p11-kit-client.so", "il suo runtime %s non ha p11-kit-client.so")
	FlatpakNoProfile = define("FlatpakNoProfile",
		"no profile yet: start it once, then register again",
		"nessun profilo: avvialo una volta, poi registra di nuovo")
	FlatpakSharedDatabase = define("FlatpakSharedDatabase",
		"it sees your whole home and shares this database with browsers outside of Flatpak, which would show the card twice: %s says what to do",
		"vede tutta la tua home e condivide questo database con browser fuori da Flatpak, che mostrerebbero la tessera due volte: %s dice che cosa fare")
	FlatpakAddModule   = define("FlatpakAddModule", "add the module %s to the database (%s)", "aggiungere il modulo %s al database (%s)")
	FlatpakDone        = define("FlatpakDone", "done: %s", "fatto: %s")
	FlatpakSocketShown = define("FlatpakSocketShown", "it sees the socket already", "vede già il socket")
	SocketOn           = define("SocketOn", "on already", "già attivo")
	SocketOther        = define("SocketOther",
		"another p11-kit server is there and passes the card on too, if it was in the reader when the program started",
		"c'è un altro server p11-kit, che passa anche la tessera se era nel lettore quando il programma è partito")
	SocketOtherUnaware = define("SocketOtherUnaware",
		"another p11-kit server is there, which does not know the library: tscns register p11-kit, then try again",
		"c'è un altro server p11-kit, che non conosce la libreria: tscns register p11-kit, poi riprova")
	SocketEnable = define("SocketEnable",
		"systemctl --user enable --now %s (programs of yours that reach %s can use the card)",
		"systemctl --user enable --now %s (i tuoi programmi che raggiungono %s possono usare la tessera)")
)
