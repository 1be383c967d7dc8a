// SPDX-License-Identifier: Apache-2.0

package message

// What frames every screen of tscns window.
var (
	WindowName      = define("WindowName", "Health card TS-CNS")
	WindowSkip      = define("WindowSkip", "Skip to the content")
	WindowMenu      = define("WindowMenu", "Screens")
	WindowDoctor    = define("WindowDoctor", "Check-up")
	WindowHelp      = define("WindowHelp", "Help")
	WindowQuit      = define("WindowQuit", "Close the program")
	WindowNotPublic = define("WindowNotPublic",
		"Free software, not of a public body.")
	WindowLanguage = define("WindowLanguage", "English") // what the language is called in itself
	WindowMonths   = define("WindowMonths",
		"January February March April May June July August September October November December")
	WindowGood    = define("WindowGood", "In order")
	WindowNote    = define("WindowNote", "For your information")
	WindowWarning = define("WindowWarning", "Careful")
	WindowProblem = define("WindowProblem", "Problem")
	WindowCopy    = define("WindowCopy", "Copy")
	WindowCopied  = define("WindowCopied", "Copied.")
	WindowBack    = define("WindowBack", "Back to the card")
)

// The page before the session, and after it.
var (
	WindowOpening      = define("WindowOpening", "Opening ...")
	WindowCannotOpen   = define("WindowCannotOpen", "The page cannot be opened")
	WindowAddressUsed  = define("WindowAddressUsed", "This address was used before. To be safe the program has closed: open it again from the menu.")
	WindowAddressOld   = define("WindowAddressOld", "This address is no longer good: open the program again from the menu.")
	WindowNeedsScript  = define("WindowNeedsScript", "This page needs JavaScript, for this computer (127.0.0.1) alone.")
	WindowNoCookie     = define("WindowNoCookie", "The browser blocks cookies even for this computer: allow them for 127.0.0.1, then open the program again from the menu.")
	WindowClosed       = define("WindowClosed", "The program has closed")
	WindowOpenAgain    = define("WindowOpenAgain", "Open it again from the menu.")
	WindowOtherTab     = define("WindowOtherTab", "This page is open in another tab")
	WindowOtherTabHere = define("WindowOtherTabHere", "Go on here")
)

// What tscns window prints in a terminal.
var (
	WindowAddress = define("WindowAddress",
		"Open this address in a browser on this computer within a minute; it works once: %s")
	WindowNoBrowser = define("WindowNoBrowser",
		"No browser could be started. Open this address in one on this computer within a minute; it works once: %s")
	WindowNotRoot = define("WindowNotRoot",
		"the page is not for the administrator: a browser would run as one. Start it as yourself")
	WindowNoServer = define("WindowNoServer", "the page cannot be served on this computer")
	HelpWindow     = define("HelpWindow", "show the card in a page of your browser")
	HelpWindowLong = define("HelpWindowLong",
		`Show the card, its certificate and tries in a page of your browser, and change
or unblock the PIN there. The page comes from this computer and is for nobody
else; the program ends when the page is closed.`)
	FlagNoOpen = define("FlagNoOpen", "print the address instead of starting a browser")
)

// The states of reader and card: a title, and what it means.
var (
	WindowReading      = define("WindowReading", "Reading the card")
	WindowReadingWait  = define("WindowReadingWait", "This takes a few seconds.")
	WindowNoService    = define("WindowNoService", "The smart card service does not answer")
	WindowNoServiceWhy = define("WindowNoServiceWhy",
		"It is needed to read the card, and does not run on this computer.")
	WindowNotPermitted = define("WindowNotPermitted", "The computer does not let you use the reader")
	WindowNoReader     = define("WindowNoReader", "Connect the card reader")
	WindowNoReaderHow  = define("WindowNoReaderHow",
		"Plug it into a USB port: the page notices by itself.")
	WindowReaderIsThere = define("WindowReaderIsThere", "The reader is connected")
	WindowEmpty         = define("WindowEmpty", "Insert the card")
	WindowEmptyHow      = define("WindowEmptyHow", "With the chip in front and upwards.")
	WindowMute          = define("WindowMute", "The card does not answer")
	WindowMuteHow       = define("WindowMuteHow",
		"Take it out and insert it again, with the chip upwards; clean its contacts.")
	WindowInUse    = define("WindowInUse", "Another program uses the card")
	WindowInUseHow = define("WindowInUseHow",
		"Close the program that uses it; this page tries again by itself.")
	WindowForeign    = define("WindowForeign", "This card is not a TS-CNS")
	WindowForeignHow = define("WindowForeignHow",
		"It may be an electronic identity card or a bank card: no PIN was sent to it. If it is a TS-CNS you can help: tscns report")
	WindowUnreadable    = define("WindowUnreadable", "The card could not be read")
	WindowNoCertificate = define("WindowNoCertificate", "There is no certificate on this card")
	WindowNoCertWhy     = define("WindowNoCertWhy",
		"It cannot log in to services. Ask at the counter of your Region's health service.")
	WindowCertUnusable = define("WindowCertUnusable", "The certificate of this card cannot be used to log in")
	WindowReady        = define("WindowReady", "Your card is ready")
	WindowReadyPIN     = define("WindowReadyPIN", "The certificate is valid")
	WindowReadyPINWhy  = define("WindowReadyPINWhy", "Whether the PIN works, only a try of it shows.")
	WindowExpiresSoon  = definePlural("WindowExpiresSoon", "Your card expires in %d day", "Your card expires in %d days")
	WindowExpiresDay   = define("WindowExpiresDay", "Your card expires within a day")
	WindowExpiresHow   = define("WindowExpiresHow",
		"The new one comes by mail and has to be activated again: it has a PIN of its own.")
	WindowExpired    = define("WindowExpired", "The certificate has expired")
	WindowExpiredHow = define("WindowExpiredHow",
		"It expired on %s. You need the new card; as tax code this one stays good.")
	WindowNotYet    = define("WindowNotYet", "The certificate is not valid yet")
	WindowNotYetHow = define("WindowNotYetHow", "Check date and time of the computer.")
	WindowNewKind   = define("WindowNewKind", "This card is new to us, too")
	WindowNewHow    = define("WindowNewHow",
		"Its data can be read. Changing or unblocking the PIN is not possible yet. With a report of yours it may become so: tscns report")
	WindowSeveral = define("WindowSeveral", "More than one reader")
)

// What is known of the certificate and of the tries.
var (
	WindowLogin        = define("WindowLogin", "Access to services")
	WindowSignature    = define("WindowSignature", "Digital signature")
	WindowValidUntil   = definePlural("WindowValidUntil", "Valid until %s (%d day from now).", "Valid until %s (%d days from now).")
	WindowValidDay     = define("WindowValidDay", "Valid until %s (within a day).")
	WindowTries        = define("WindowTries", "Tries of the %s: %d.")
	WindowTriesUnknown = define("WindowTriesUnknown", "Tries of the %s: not known for this card.")
	WindowTriesNone    = define("WindowTriesNone", "The %s is blocked.")
	WindowIssuedBy     = define("WindowIssuedBy", "Issued by %s.")
	WindowShow         = define("WindowShow", "Show name and number")
	WindowHide         = define("WindowHide", "Hide name and number")
	WindowExport       = define("WindowExport", "Save the certificate")
	WindowExportPEM    = define("WindowExportPEM", "As text (PEM)")
	WindowExportDER    = define("WindowExportDER", "As binary file (DER)")
	WindowExportCare   = define("WindowExportCare",
		"It has your name and tax code: give it only to who needs it. There is no PIN in it.")
)

// The forms of the PIN.
var (
	WindowChange           = define("WindowChange", "Change the PIN")
	WindowUnblock          = define("WindowUnblock", "Unblock the PIN")
	WindowVerify           = define("WindowVerify", "Try the PIN")
	WindowChangeSignature  = define("WindowChangeSignature", "Change the PIN of the digital signature")
	WindowUnblockSignature = define("WindowUnblockSignature", "Unblock the PIN of the digital signature")
	WindowVerifySignature  = define("WindowVerifySignature", "Try the PIN of the digital signature")
	WindowFieldPIN         = define("WindowFieldPIN", "PIN (%s)")
	WindowFieldPresent     = define("WindowFieldPresent", "Present PIN (%s)")
	WindowFieldPUK         = define("WindowFieldPUK", "PUK (%s)")
	WindowFieldNew         = define("WindowFieldNew", "New PIN (%s)")
	WindowFieldAgain       = define("WindowFieldAgain", "New PIN, once more")
	WindowFieldShow        = define("WindowFieldShow", "Show what I type")
	WindowFrame            = define("WindowFrame", "Fields for the PIN")
	WindowTwoParts         = define("WindowTwoParts",
		"PIN and PUK often come in two parts, one from the counter and one by mail or e-mail. Type both without a blank, the counter's first.")
	WindowCostsOne   = define("WindowCostsOne", "A wrong entry costs one try.")
	WindowLastTry    = define("WindowLastTry", "Only one try is left for the %s")
	WindowLastTryPIN = define("WindowLastTryPIN",
		"One more mistake blocks the PIN, and you will need the PUK. If you do not remember the PIN, use the PUK.")
	WindowLastTryPUK = define("WindowLastTryPUK",
		"One more mistake blocks the PUK for good, and the card has to be replaced.")
	WindowMayCost    = define("WindowMayCost", "Even the right PIN may cost one try")
	WindowMayCostWhy = define("WindowMayCostWhy",
		"Nobody has shown yet in which form this kind of card takes a PIN. If it refuses ours, one try is gone, and no program sends it another PIN.")
	WindowUnderstood = define("WindowUnderstood", "I have understood, and am sure of it")
	WindowTick       = define("WindowTick",
		"Tick the box first. Nothing was sent to the card.")
	WindowSending    = define("WindowSending", "Sent to the card: leave it in the reader ...")
	WindowKeypad     = define("WindowKeypad", "Use the keypad of the reader")
	WindowKeypadPIN  = define("WindowKeypadPIN", "Type the PIN at the reader, then its confirmation key.")
	WindowKeypadNew1 = define("WindowKeypadNew1", "the present PIN, then the confirmation key")
	WindowKeypadNew2 = define("WindowKeypadNew2", "the new PIN, then the confirmation key")
	WindowKeypadNew3 = define("WindowKeypadNew3", "the new PIN again, then the confirmation key")
	WindowKeypadSafe = define("WindowKeypadSafe",
		"Nothing of it passes through the computer. The reader waits about 30 seconds, and has its own key to cancel.")
	WindowKeypadGo   = define("WindowKeypadGo", "Start at the reader")
	WindowKeypadWait = define("WindowKeypadWait", "The reader waits for you to type ...")
	WindowKeyboard   = define("WindowKeyboard", "The keypad does not work: type here")
	WindowCancel     = define("WindowCancel", "Cancel")
	WindowFormOver   = define("WindowFormOver",
		"This form is no longer good: the card or the reader has changed, or it was sent before. Nothing was sent to the card now.")
	WindowBusy       = define("WindowBusy", "The card is busy with another operation. Nothing was sent to it.")
	WindowTakenOut   = define("WindowTakenOut", "The card was taken out")
	WindowNothing    = define("WindowNothing", "Nothing was sent to it.")
	WindowUsePUK     = define("WindowUsePUK", "Use the PUK")
	WindowTryAgain   = define("WindowTryAgain", "Try again")
	WindowUnprovenNo = define("WindowUnprovenNo",
		"This card has refused a PIN in a form that it has never accepted. How to go on is decided in a terminal: tscns pin verify")
)

// How an operation on a PIN ended.
var (
	WindowChanged     = define("WindowChanged", "The PIN has been changed")
	WindowUnblocked   = define("WindowUnblocked", "The PIN has been unblocked and set")
	WindowVerified    = define("WindowVerified", "The PIN is right")
	WindowVerifiedHow = define("WindowVerifiedHow", "The card has accepted it.")
	WindowUseNew      = define("WindowUseNew",
		"From now on use the new PIN, in the browser too. Do not write it on the card.")
	WindowWrongPIN   = define("WindowWrongPIN", "Wrong PIN")
	WindowWrongPUK   = define("WindowWrongPUK", "Wrong PUK")
	WindowTriesLeft  = definePlural("WindowTriesLeft", "%d try is left.", "%d tries are left.")
	WindowTriesSaid  = define("WindowTriesSaid", "How many tries are left, the card does not report.")
	WindowCheckParts = define("WindowCheckParts", "Check that you typed both parts, the counter's first.")
	WindowPUKEnds    = define("WindowPUKEnds", "Once none is left, the card has to be replaced.")
	WindowBlocked    = define("WindowBlocked", "The PIN is blocked, set a new one")
	WindowBlockedHow = define("WindowBlockedHow",
		"It was entered wrong too many times. With the PUK, which was handed over with the PIN, you set a new one.")
	WindowNoPUK      = define("WindowNoPUK", "Without the PUK: ask at the counter that issued the card.")
	WindowPUKBlocked = define("WindowPUKBlocked", "The PUK is blocked for good")
	WindowPUKHow     = define("WindowPUKHow",
		"It cannot be unblocked: ask at the counter for the revocation and a new card.")
	WindowPINStillGood = define("WindowPINStillGood", "The PIN still works.")
	WindowActivate     = define("WindowActivate", "The card has to be activated")
	WindowActivateHow  = define("WindowActivateHow",
		"That is done once, at a counter of your Region, where you get PIN and PUK, often in two parts. As health card it is good already.")
	WindowHavePUK        = define("WindowHavePUK", "I have PIN and PUK")
	WindowInterrupted    = define("WindowInterrupted", "The card was gone in the middle")
	WindowInterruptedHow = define("WindowInterruptedHow",
		"Nobody knows whether it received the PIN. Insert it again and look at the tries.")
	WindowNotDone = define("WindowNotDone", "That did not work")
)

// The examination and the help.
var (
	WindowExamining  = define("WindowExamining", "Looking at service, reader, card and browsers ...")
	WindowExamine    = define("WindowExamine", "Look again")
	WindowExamined   = define("WindowExamined", "Check-up done")
	WindowHelpFirst  = define("WindowHelpFirst", "How do I log in to a site?")
	WindowHelpFirst1 = define("WindowHelpFirst1",
		"Insert the card, open the site of the service, choose to log in with TS-CNS, and type the PIN when the browser asks for it. This page need not be open.")
	WindowHelpFail  = define("WindowHelpFail", "The site does not let me in")
	WindowHelpFail1 = define("WindowHelpFail1",
		"Open the check-up: it finds what is missing and says what to do.")
	WindowHelpPIN  = define("WindowHelpPIN", "How safe is it to type the PIN here?")
	WindowHelpPIN1 = define("WindowHelpPIN1",
		"The page comes from this computer, and the PIN goes from it to the card and nowhere else. But extensions of the browser that may read all sites can read this page too. Safer still are a reader with a keypad, or in a terminal: tscns pin change")
	WindowHelpKeys  = define("WindowHelpKeys", "Keyboard and screen readers")
	WindowHelpKeys1 = define("WindowHelpKeys1",
		"Everything works by keyboard: Tab moves on, Enter chooses. Each screen has one main heading, which says how things are.")
)
