// SPDX-License-Identifier: Apache-2.0

package message

var (
	NoSuchPIN         = define("NoSuchPIN", "the card has no such PIN")
	PromptPresentPIN  = define("PromptPresentPIN", "Present PIN (%s): ")
	PromptNewPIN      = define("PromptNewPIN", "New PIN (%s): ")
	PromptNewPINAgain = define("PromptNewPINAgain", "New PIN, once more: ")
	PINChanged        = define("PINChanged", "The PIN is changed.")
	PINUnblocked      = define("PINUnblocked", "The PIN is set, and unblocked.")
	PINTriesNotKnown  = define("PINTriesNotKnown",
		"How many tries the %s has left is not known for this card before one is used. A wrong entry costs one.")
	PINTriesLeft = definePlural("PINTriesLeft",
		"The %s has %d try left. A wrong entry costs one.",
		"The %s has %d tries left. A wrong entry costs one.")
	PINLastTryRefused = define("PINLastTryRefused",
		"the %s has ONE try left; a wrong entry would block it. Nothing was sent. If you are sure of it: --last-try")
	PINLastTry      = define("PINLastTry", "Careful: this is the LAST try of the %s.")
	PINTerminalOnly = define("PINTerminalOnly",
		"a PIN is typed at a terminal only, never given by a file or an option")
	PINNothingTyped = define("PINNothingTyped",
		"nothing typed; nothing was sent to the card")
	PINHalf = definePlural("PINHalf",
		"%d digit may be a part of it: PIN and PUK are handed over in two parts, one at the counter and one by mail or e-mail. Type both, the counter's first, without a blank. Nothing was sent to the card",
		"%d digits may be a part of it: PIN and PUK are handed over in two parts, one at the counter and one by mail or e-mail. Type both, the counter's first, without a blank. Nothing was sent to the card")
	RuleExact = definePlural("RuleExact", "%d digit", "%d digits")
	RuleRange = define("RuleRange", "%d to %d digits")
	PINLength = define("PINLength",
		"it has %s; nothing was sent to the card")
	PINDigitsOnly = define("PINDigitsOnly",
		"it has digits only; nothing was sent to the card")
	PINsDiffer = define("PINsDiffer",
		"the two are not the same; nothing was sent to the card")
	PINSameAsPresent = define("PINSameAsPresent",
		"the new PIN is the same as the present %s; nothing was sent to the card")
	PINWrong = define("PINWrong",
		"wrong PIN; that was one try, and it is not tried again. How many are left the card does not report")
	PINWrongLeft = definePlural("PINWrongLeft",
		"wrong PIN; %d try left. It is not tried again",
		"wrong PIN; %d tries left. It is not tried again")
	PINBlockedOnceMore = define("PINBlockedOnceMore",
		"The card reported that the PIN is blocked. It is sent once all the same: a blocked PIN has no try to lose.")
	PUKWrong = define("PUKWrong",
		"wrong PUK; that was one try, and it is not tried again. How many are left the card does not report")
	CurePUKWrong = define("CurePUKWrong", "look it up before the next try; it may be half of it, or the PIN")
	PUKWrongLeft = definePlural("PUKWrongLeft",
		"wrong PUK; %d try left. It is not tried again",
		"wrong PUK; %d tries left. It is not tried again")
	PUKBlocked     = define("PUKBlocked", "the PUK is blocked")
	CurePUKReplace = define("CurePUKReplace",
		"nothing unblocks a PUK: have the card replaced, at the counter that issued it")
	PINNotUsable = define("PINNotUsable",
		"the card reports that this PIN cannot be used, as one that was never activated")
	CurePINNotUsable = define("CurePINNotUsable", "set one with the PUK: tscns pin unblock")
	PINNoKnownForm   = define("PINNoKnownForm",
		"nobody has shown yet how this kind of card does that; nothing was lost on it")
	PINUnprovenRefused = define("PINUnprovenRefused",
		"the card refused the PIN, in a form that it has never accepted: it may be our form, not your PIN. Tries left: %s. No program sends it another PIN")
	PINUnprovenStopped = define("PINUnprovenStopped",
		"a PIN was refused, in a form that this card has never accepted: it may be our form, not your PIN. Tries left: %s. Nothing was sent")
	CurePINUnproven    = define("CurePINUnproven", "decide how to go on: tscns pin verify")
	CureAgain          = define("CureAgain", "try once more")
	PINUnprovenLastTry = define("PINUnprovenLastTry",
		"one try is left, and this card has never accepted a PIN in a form of ours: it may be our form, not your PIN, and one more refusal would block it. Nothing was sent, and no program sends one while that is remembered: on Linux until you log out of this computer. Log in with the issuer's software, which fills the tries again")
	PINUnprovenDecide = define("PINUnprovenDecide",
		`This card has refused a PIN in a form that it has never accepted: it may be our form, not your PIN.
PINs refused so far: %d. Tries left: %s. One more refusal costs one more try.
If you may have mistyped it, write %s: the next PIN is sent in the same form.
If you are sure that it was right, write %s: the next PIN is sent in another form.
Anything else sends nothing: `)
	SameFormWord    = define("SameFormWord", "SAME")
	OtherFormWord   = define("OtherFormWord", "OTHER")
	PINNotSent      = define("PINNotSent", "nothing was sent to the card")
	PINVerified     = define("PINVerified", "The card accepted the PIN.")
	PINTriesNotTold = define("PINTriesNotTold", "the card did not say")
	PINRisk         = define("PINRisk",
		`Other drivers ask this kind of card without harm, but nothing proves it: some cards count the question as a wrong PIN,
so it may cost ONE TRY, and on the last one block the PIN. Type %s to accept that: `)
	NotAsked     = define("NotAsked", "not asked")
	PINPadVerify = define("PINPadVerify",
		"Use the keypad of the reader: type the PIN, then its confirmation key.")
	PINPadModify = define("PINPadModify",
		"Use the keypad of the reader: type the present PIN, then the new one, then the new one again, each with its confirmation key.")
	PINPadCancelled = define("PINPadCancelled",
		"cancelled at the reader; nothing was sent to the card")
	PINPadTimeout = define("PINPadTimeout",
		"nothing was typed at the reader in time; nothing was sent to the card")
	PINPadMismatch = define("PINPadMismatch",
		"the new PIN was not the same both times; nothing was sent to the card")
	PINPadLength = define("PINPadLength",
		"a PIN typed at the reader was too short or too long; nothing was sent to the card")
	PINPadFailed = define("PINPadFailed",
		"the keypad of the reader does not work, or it has none")
	CurePINPadFailed = define("CurePINPadFailed", "type at this terminal instead: --keyboard")
)
