// SPDX-License-Identifier: Apache-2.0

package message

var (
	ReportIntro = define("ReportIntro",
		`This records what the card in your reader answers, so that the driver can learn from it.
Of an answer only what this program understands is written, and of that names, birth, codice fiscale, addresses, the
card's number, and of the certificate serial number, names, days, public key and signatures are replaced by made-up
bytes of the same length; of the rest the length alone is written. The public key would identify the card to a site
where it has logged in; --public-key keeps it. A PIN is never recorded. Nothing is sent anywhere; a file is written
only if you say so, after you have seen all of it.`)
	ReportNoCard = define("ReportNoCard",
		"No card that answers: insert it, or name its reader with --reader.")
	ReportUnrecognised = define("ReportUnrecognised",
		"The driver does not take this card for a TS-CNS. If it is one, the record is worth even more: try --probe too.")
	ReportPromptPIN = define("ReportPromptPIN",
		"PIN (typed unseen; empty to go on without. A wrong one costs one try, as everywhere): ")
	CurePINOneTryReport = define("CurePINOneTryReport", "log in once where you are sure of it, which fills the tries again; then report")
	ReportNoPIN         = define("ReportNoPIN", "No PIN, no login.")
	ReportBadPIN        = define("ReportBadPIN",
		"That cannot be the PIN: it has 5 to 8 digits. It was not sent to the card.")
	ReportLoggedIn    = define("ReportLoggedIn", "Login: the card accepted the PIN.")
	ReportSigned      = define("ReportSigned", "Signature: done, and it fits the certificate.")
	ReportNoKnownForm = define("ReportNoKnownForm",
		"This card can be read, but not yet used to log in or sign: it refused every way that is known. No try of the PIN was lost on them. A report from it, also with --probe, is the way to change that.")
	ReportProbes = define("ReportProbes",
		"The probes select applications that a card may have, and ask each for its lists and descriptions. They send no PIN and write nothing:")
	ReportProbeAsk = define("ReportProbeAsk", "Send them? [y/N] ")
	ReportRisk     = define("ReportRisk",
		`One more question could be asked of the card: how many tries each PIN has left. Some cards count the question as a wrong PIN,
so it may cost ONE TRY of each PIN; type %s to accept that, or just Enter to leave it out: `)
	RiskWord   = define("RiskWord", "RISK")
	ReportLeak = define("ReportLeak",
		"Something in what would be written looks like a name, a codice fiscale or the card's number, so nothing is shown or written.")
	ReportShow  = define("ReportShow", "This is the whole record:")
	ReportSave  = define("ReportSave", "Write it to %s? [y/N] ")
	ReportSaved = define("ReportSaved",
		"Written to %s. Look at it once more before you give it to anybody.")
	ReportNotSaved = define("ReportNotSaved", "Nothing was written.")
)
