// SPDX-License-Identifier: Apache-2.0

package message

var (
	FlagHelp    = define("FlagHelp", "this help")
	FlagVersion = define("FlagVersion", "the version")
	FlagReader  = define("FlagReader",
		"the reader's `name`; where it is not said, the only one with a card")
	FlagJSON = define("FlagJSON", "for programs")
	FlagShow = define("FlagShow",
		"names and numbers in full; they are masked otherwise")
	FlagModule = define("FlagModule",
		"the library's `file`, where it is not installed")
	FlagRoot = define("FlagRoot", "the system below this `folder` instead of /")
	FlagDER  = define("FlagDER", "binary (DER) instead of text (PEM)")
	FlagID   = define("FlagID",
		"the `id` that cert list shows; otherwise the first")
	FlagCertOutput = define("FlagCertOutput",
		"write to this `file`, which must not exist yet")
	FlagSignature = define("FlagSignature",
		"the PIN of the digital signature, where the card has one")
	FlagLastTry  = define("FlagLastTry", "go on even if only one try is left")
	FlagKeyboard = define("FlagKeyboard",
		"type at this terminal, although the reader has a keypad")
	FlagAsk = define("FlagAsk",
		"ask the card even where that may cost a try; it asks you first")
	FlagOnce = define("FlagOnce",
		"silently, and only where it never was: for the start of a session")
	FlagYes    = define("FlagYes", "where it asks (flatpak, Windows): agree beforehand")
	FlagSystem = define("FlagSystem",
		"for everybody on this computer: Firefox's policies and p11-kit; needs an administrator")
	FlagURL = define("FlagURL",
		"also try the `site` that does not let you in (https://...)")
	FlagOnline = define("FlagOnline",
		"also ask over the network whether the certificate is revoked; it says first whom, and what they are told")
	FlagDoctorReport = define("FlagDoctorReport",
		"as a text to give to others, free of personal data")
	FlagDoctorLogin = define("FlagDoctorLogin",
		"also log in to a server on this computer; you type the PIN, which is sent to the card once")
	FlagDoctorLastTry = define("FlagDoctorLastTry",
		"with --login: go on even if only one try is left")
	FlagReportLogin = define("FlagReportLogin",
		"also record a login and a test signature; the PIN is typed, and never recorded")
	FlagReportProbe = define("FlagReportProbe",
		"also ask the card what the driver does not need; it says what, and asks you first")
	FlagReportPublicKey = define("FlagReportPublicKey",
		"keep the card's public key, by which sites where it logged in know its holder")
	FlagReportOutput   = define("FlagReportOutput", "the `file` to write")
	TryHelp            = define("TryHelp", "Try: tscns help")
	UnexpectedArgument = define("UnexpectedArgument", "unexpected argument %q")
	UnknownCommand     = define("UnknownCommand", "unknown command %q")
	UnknownOption      = define("UnknownOption", "unknown option --%s")
	OptionNeedsValue   = define("OptionNeedsValue", "option --%s needs a value")
	OptionBadValue     = define("OptionBadValue", "option --%s cannot be %q")
	OptionBadSyntax    = define("OptionBadSyntax", "%q is no option")
	UsageWrong         = define("UsageWrong", "the command line is not understood")
	SayWhich           = define("SayWhich", "say which: %s")
	NoneOf             = define("NoneOf", "%q is none of: %s")
	OnceNotSystem      = define("OnceNotSystem", "--once is for one person: not with --system")
	SystemNotFlatpak   = define("SystemNotFlatpak",
		"--system does not go with flatpak: each person agrees for themselves")
)
