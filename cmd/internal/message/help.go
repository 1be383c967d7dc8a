// SPDX-License-Identifier: Apache-2.0

package message

var (
	UseOptionalCommand = define("UseOptionalCommand", "[command]")
	UseOptions         = define("UseOptions", "[options]")
	UseCommand         = define("UseCommand", "<command>")
	HelpUsage          = define("HelpUsage", "Usage:")
	HelpCommands       = define("HelpCommands", "Commands:")
	HelpOptions        = define("HelpOptions", "Options:")
	HelpExitCodes      = define("HelpExitCodes", "Exit codes:")
	HelpExitCodeTable  = define("HelpExitCodeTable",
		`  0  done; status: a card with a certificate that is valid now is there
  1  something is missing or failed: service, reader, card, certificate, a check of doctor
  2  wrong usage
  3  the card refused the PIN or PUK, or it is blocked
  4  refused because it could do harm: the last try of a PIN, a browser that is running`)
	HelpRoot = define("HelpRoot",
		"the free driver for the Italian health card TS-CNS")
	HelpRootLong = define("HelpRootLong",
		`tscns tells what your TS-CNS (Tessera Sanitaria, Carta Nazionale dei Servizi) says, manages its PIN, makes
the driver known to browsers, and finds out what is wrong when it does not work.`)
	HelpStatus = define("HelpStatus",
		"What the reader and the card say, without a PIN")
	HelpStatusLong = define("HelpStatusLong",
		`Shows the readers, the card and how well its kind is known, the holder, the certificate with the days left, whether
the TS-CNS is active, and the tries that PIN and PUK have left where asking is proven to cost none. Sends no PIN.
The fields of --json are described by docs/tscns-status.schema.json, those of other commands by the schemas beside it.`)
	HelpCard = define("HelpCard",
		"The card's number and its holder, without a PIN")
	HelpCardLong = define("HelpCardLong",
		`Shows the number of the card and what it tells of its holder. Towns and administrations are given by their codes,
as the card has them. Sends no PIN.`)
	HelpCert           = define("HelpCert", "The certificates on the card, without a PIN")
	HelpCertList       = define("HelpCertList", "List the certificates")
	HelpCertExport     = define("HelpCertExport", "Write a certificate, as PEM or DER")
	HelpCertExportLong = define("HelpCertExportLong",
		`Writes a certificate of the card. It names its holder, as every CNS certificate does. The certificates of the
authority that issued it are not on any card that is known; the authority publishes them.`)
	HelpPIN = define("HelpPIN",
		"Change, unblock or check the PIN, or see the tries left")
	HelpPINChange     = define("HelpPINChange", "Replace the PIN by a new one")
	HelpPINChangeLong = define("HelpPINChangeLong",
		`Asks for the present PIN, then twice for the new one, unseen. Length and digits are checked before the card sees
anything; the PIN is sent once, and never again. Where the card tells that one try is left, --last-try is needed.
PIN and PUK are usually handed over in two halves, one at the counter and one by mail or e-mail: type both.
Where the reader has a keypad, both PINs are typed there, and never are in this computer.`)
	HelpPINUnblock     = define("HelpPINUnblock", "Set a new PIN with the PUK")
	HelpPINUnblockLong = define("HelpPINUnblockLong",
		`Asks for the PUK, then twice for a new PIN, unseen. For a PIN that is blocked, and for one that was never activated.
A PUK that is blocked cannot be unblocked: the card then has to be replaced.`)
	HelpPINVerify     = define("HelpPINVerify", "Have the card check the PIN, once")
	HelpPINVerifyLong = define("HelpPINVerifyLong",
		`Says what is known of the tries left, asks for the PIN unseen, and sends it to the card once. On a card whose commands are not
known (cards of 2025) a right PIN can be refused because of our form. After one refusal no program sends such a card
another PIN; this command then shows the tries left and asks you how to go on: in the same form, or in another. On the
last try that is known it sends nothing.`)
	HelpPINTries     = define("HelpPINTries", "How many tries PIN and PUK have left")
	HelpPINTriesLong = define("HelpPINTriesLong",
		`Asks the card only where it is proven that the question costs no try; elsewhere the number is not known. With --ask it
asks for the tries of the PIN there too, after you have accepted that it may cost one.`)
	HelpRegister = define("HelpRegister",
		"Make the driver known to browsers and other programs")
	HelpRegisterLong = define("HelpRegisterLong",
		`Registers the library in every profile of Firefox, Thunderbird and the programs made of them, in the database that
Chromium, Chrome, Brave, Edge and the browsers made of Chromium share, and in p11-kit, which serves OpenSSL, GnuTLS and
others. Says what it did at each place. Once more changes nothing; where p11-kit brings the library into a browser
already, it is not registered there a second time. A browser that is running would undo it, so it is left alone until
you close it.
Browsers of Flatpak are in a sandbox and not among all: flatpak says what would let them use the card - a socket of
p11-kit, permission to see it, a module in the browser's database - and sets it when you agree.`)
	HelpUnregister = define("HelpUnregister",
		"Take the driver away again from browsers and other programs")
	HelpUnregisterLong = define("HelpUnregisterLong",
		`Undoes tscns register and leaves no trace: databases are as they were, and one that was made for the driver and
holds nothing else is removed.`)
	HelpDoctor     = define("HelpDoctor", "Find out what is wrong, and what to do about it")
	HelpDoctorLong = define("HelpDoctorLong",
		`Checks, one after the other: smart card service, permissions, kernel drivers, reader, card and its side, certificate,
state of the PIN, the library itself (loaded as a browser does), each browser, browsers in a sandbox, other modules that
take the card, and with --url a site. One line each, with a next step for each that is not well. It sends no PIN, and
asks the card for the tries left only where that is proven to cost none. A site is shown no certificate. With --login you
type the PIN, and the card logs in to a server inside this command, with TLS 1.3 and 1.2: where that works and a site
does not, it is the site, not your card.`)
	HelpReport = define("HelpReport",
		"Record what the card answers, without personal data")
	HelpReportLong = define("HelpReportLong",
		`Records what the card answers, so that the driver can learn a card that it does not know yet. Personal data are
replaced before anything is shown, and nothing is written before you have seen and accepted it.`)
	HelpCompletion     = define("HelpCompletion", "Completion of this command for a shell")
	HelpCompletionLong = define("HelpCompletionLong",
		`Prints what makes a shell complete this command, its options and its arguments. Packages install it; by hand:
  bash: source <(tscns completion bash)
  zsh:  tscns completion zsh > "${fpath[1]}/_tscns"
  fish: tscns completion fish > ~/.config/fish/completions/tscns.fish`)
	HelpVersion = define("HelpVersion", "The version of this command")
	HelpHelp    = define("HelpHelp", "Help on a command")
)
