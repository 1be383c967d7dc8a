// SPDX-License-Identifier: Apache-2.0

package message

var (
	ReportIntro = define("ReportIntro",
		`This records what the card in your reader answers, so that the driver can learn from it.
Of an answer only what this program understands is written, and of that names, birth, codice fiscale, addresses, the
card's number, and of the certificate serial number, names, days, public key and signatures are replaced by made-up
bytes of the same length; of the rest the length alone is written. The public key would identify the card to a site
where it has logged in; --public-key keeps it. A PIN is never recorded. Nothing is sent anywhere; a file is written
only if you say so, after you have seen all of it.`,
		`Questo programma registra che cosa risponde la tessera nel lettore, perché il driver ne possa imparare.
Di una risposta scrive solo ciò che capisce, e lì sostituisce con byte inventati della stessa lunghezza nome, nascita,
codice fiscale, indirizzi, numero della tessera e, del certificato, numero di serie, nomi, giorni, chiave pubblica e
firme; del resto scrive solo la lunghezza. La chiave pubblica farebbe riconoscere la tessera a un sito dove è entrata;
--public-key la conserva. Il PIN non viene mai registrato. Niente viene inviato; un file viene scritto solo se lo dici
tu, dopo averlo visto per intero.`)
	ReportNoCard = define("ReportNoCard",
		"No card that answers: insert it, or name its reader with --reader.",
		"Nessuna tessera che risponda: inseriscila, o indica il lettore con --reader.")
	ReportUnrecognised = define("ReportUnrecognised",
		"The driver does not take this card for a TS-CNS. If it is one, the record is worth even more: try --probe too.",
		"Il driver non la prende per una TS-CNS. Se lo è, la registrazione vale ancora di più: prova anche --probe.")
	ReportPromptPIN = define("ReportPromptPIN",
		"PIN (typed unseen; empty to go on without. A wrong one costs one try, as everywhere): ",
		"PIN (non si vede; vuoto per farne a meno. Uno sbagliato costa un tentativo, come ovunque): ")
	CurePINOneTryReport = define("CurePINOneTryReport", "log in once where you are sure of it, which fills the tries again; then report", "accedi una volta dove ne sei sicuro, così i tentativi tornano quelli di prima; poi il report")
	ReportNoPIN         = define("ReportNoPIN", "No PIN, no login.", "Nessun PIN, nessun accesso.")
	ReportBadPIN        = define("ReportBadPIN",
		"That cannot be the PIN: it has 5 to 8 digits. It was not sent to the card.",
		"Non può essere il PIN: ha da 5 a 8 cifre. Non è stato inviato alla tessera.")
	ReportLoggedIn    = define("ReportLoggedIn", "Login: the card accepted the PIN.", "Accesso: la tessera ha accettato il PIN.")
	ReportSigned      = define("ReportSigned", "Signature: done, and it fits the certificate.", "Firma: fatta, e corrisponde al certificato.")
	ReportNoKnownForm = define("ReportNoKnownForm",
		"This card can be read, but not yet used to log in or sign: it refused every way that is known. No try of the PIN was lost on them. A report from it, also with --probe, is the way to change that.",
		"Questa tessera si può leggere, ma non ancora usare per accedere o firmare: ha rifiutato ogni modo conosciuto. Nessun tentativo del PIN è andato perso. Un suo report, anche con --probe, è il modo per cambiare le cose.")
	ReportProbes = define("ReportProbes",
		"The probes select applications that a card may have, and ask each for its lists and descriptions. They send no PIN and write nothing:",
		"Le sonde selezionano applicazioni che una tessera può avere, e a ciascuna chiedono elenchi e descrizioni. Non inviano PIN e non scrivono niente:")
	ReportProbeAsk = define("ReportProbeAsk", "Send them? [y/N] ", "Inviarle? [s/N] ")
	ReportRisk     = define("ReportRisk",
		`One more question could be asked of the card: how many tries each PIN has left. Some cards count the question as a wrong PIN,
so it may cost ONE TRY of each PIN; type %s to accept that, or just Enter to leave it out: `,
		`Si potrebbe chiedere alla tessera anche quanti tentativi restano a ogni PIN. Alcune tessere contano la domanda come un PIN sbagliato,
quindi può costare UN TENTATIVO di ogni PIN; scrivi %s per accettarlo, o premi Invio per farne a meno: `)
	RiskWord   = define("RiskWord", "RISK", "RISCHIO")
	ReportLeak = define("ReportLeak",
		"Something in what would be written looks like a name, a codice fiscale or the card's number, so nothing is shown or written.",
		"Qualcosa in ciò che si scriverebbe sembra un nome, un codice fiscale o il numero della tessera, quindi niente viene mostrato o scritto.")
	ReportShow  = define("ReportShow", "This is the whole record:", "Questa è l'intera registrazione:")
	ReportSave  = define("ReportSave", "Write it to %s? [y/N] ", "Scriverla in %s? [s/N] ")
	ReportSaved = define("ReportSaved",
		"Written to %s. Look at it once more before you give it to anybody.",
		"Scritta in %s. Riguardala prima di darla a qualcuno.")
	ReportNotSaved = define("ReportNotSaved", "Nothing was written.", "Non è stato scritto niente.")
)
