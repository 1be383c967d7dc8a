// SPDX-License-Identifier: Apache-2.0

package message

var (
	FlagHelp    = define("FlagHelp", "this help", "questo aiuto")
	FlagVersion = define("FlagVersion", "the version", "la versione")
	FlagReader  = define("FlagReader",
		"the reader's `name`; where it is not said, the only one with a card",
		"il `nome` del lettore; se manca, l'unico con una tessera")
	FlagJSON = define("FlagJSON", "for programs", "per i programmi")
	FlagShow = define("FlagShow",
		"names and numbers in full; they are masked otherwise",
		"nomi e numeri per intero; altrimenti sono mascherati")
	FlagModule = define("FlagModule",
		"the library's `file`, where it is not installed",
		"il `file` della libreria, se non è installata")
	FlagRoot = define("FlagRoot", "the system below this `folder` instead of /", "il sistema sotto questa `cartella` invece di /")
	FlagDER  = define("FlagDER", "binary (DER) instead of text (PEM)", "binario (DER) invece che testo (PEM)")
	FlagID   = define("FlagID",
		"the `id` that cert list shows; otherwise the first",
		"l'`id` che mostra cert list; altrimenti il primo")
	FlagCertOutput = define("FlagCertOutput",
		"write to this `file`, which must not exist yet",
		"scrivi in questo `file`, che non deve esistere")
	FlagSignature = define("FlagSignature",
		"the PIN of the digital signature, where the card has one",
		"il PIN della firma digitale, se la tessera l'ha")
	FlagLastTry  = define("FlagLastTry", "go on even if only one try is left", "prosegui anche se resta un solo tentativo")
	FlagKeyboard = define("FlagKeyboard",
		"type at this terminal, although the reader has a keypad",
		"digita a questo terminale, anche se il lettore ha un tastierino")
	FlagAsk = define("FlagAsk",
		"ask the card even where that may cost a try; it asks you first",
		"chiedi alla tessera anche dove può costare un tentativo; prima chiede a te")
	FlagOnce = define("FlagOnce",
		"silently, and only where it never was: for the start of a session",
		"in silenzio, e solo dove non c'è mai stata: per l'inizio di una sessione")
	FlagYes    = define("FlagYes", "flatpak: agree beforehand", "flatpak: accetta già ora")
	FlagSystem = define("FlagSystem",
		"for everybody on this computer: Firefox's policies and p11-kit; needs an administrator",
		"per tutti su questo computer: le policy di Firefox e p11-kit; serve un amministratore")
	FlagURL = define("FlagURL",
		"also try the `site` that does not let you in (https://...)",
		"prova anche il `sito` che non ti fa entrare (https://...)")
	FlagOnline = define("FlagOnline",
		"also ask over the network whether the certificate is revoked; it says first whom, and what they are told",
		"chiedi anche in rete se il certificato è revocato; prima dice a chi, e che cosa gli viene detto")
	FlagDoctorReport = define("FlagDoctorReport",
		"as a text to give to others, free of personal data",
		"come testo da dare ad altri, senza dati personali")
	FlagDoctorLogin = define("FlagDoctorLogin",
		"also log in to a server on this computer; you type the PIN, which is sent to the card once",
		"entra anche in un server su questo computer; il PIN lo digiti tu, e viene inviato alla tessera una volta")
	FlagDoctorLastTry = define("FlagDoctorLastTry",
		"with --login: go on even if only one try is left",
		"con --login: prosegui anche se resta un solo tentativo")
	FlagReportLogin = define("FlagReportLogin",
		"also record a login and a test signature; the PIN is typed, and never recorded",
		"registra anche un accesso e una firma di prova; il PIN si digita, e non viene mai registrato")
	FlagReportProbe = define("FlagReportProbe",
		"also ask the card what the driver does not need; it says what, and asks you first",
		"chiedi alla tessera anche ciò che al driver non serve; dice che cosa, e prima chiede a te")
	FlagReportPublicKey = define("FlagReportPublicKey",
		"keep the card's public key, by which sites where it logged in know its holder",
		"conserva la chiave pubblica della tessera, da cui i siti dove è entrata ne riconoscono il titolare")
	FlagReportOutput   = define("FlagReportOutput", "the `file` to write", "il `file` da scrivere")
	TryHelp            = define("TryHelp", "Try: tscns help", "Prova: tscns help")
	UnexpectedArgument = define("UnexpectedArgument", "unexpected argument %q", "argomento %q di troppo")
	UnknownCommand     = define("UnknownCommand", "unknown command %q", "comando %q sconosciuto")
	UnknownOption      = define("UnknownOption", "unknown option --%s", "opzione --%s sconosciuta")
	OptionNeedsValue   = define("OptionNeedsValue", "option --%s needs a value", "l'opzione --%s vuole un valore")
	OptionBadValue     = define("OptionBadValue", "option --%s cannot be %q", "l'opzione --%s non può essere %q")
	OptionBadSyntax    = define("OptionBadSyntax", "%q is no option", "%q non è un'opzione")
	UsageWrong         = define("UsageWrong", "the command line is not understood", "la riga di comando non si capisce")
	SayWhich           = define("SayWhich", "say which: %s", "di' quale: %s")
	NoneOf             = define("NoneOf", "%q is none of: %s", "%q non è tra: %s")
	OnceNotSystem      = define("OnceNotSystem", "--once is for one person: not with --system", "--once è per una persona: non con --system")
	SystemNotFlatpak   = define("SystemNotFlatpak",
		"--system does not go with flatpak: each person agrees for themselves",
		"--system non va con flatpak: ogni persona accetta per sé")
)
