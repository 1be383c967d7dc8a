// SPDX-License-Identifier: Apache-2.0

package message

var (
	LibraryLoads = define("LibraryLoads",
		"the library loads (version %s; slots: %d, cards: %d, certificates: %d; %d ms)")
	LibraryNotFound       = define("LibraryNotFound", "the library %s was not found")
	LibraryNotFoundOption = define("LibraryNotFoundOption",
		"the library %s was not found; say where it is with --module")
	LibraryUnusable    = define("LibraryUnusable", "the library %s cannot be used: %s")
	LibraryDoesNotLoad = define("LibraryDoesNotLoad", "the library %s does not load: %s")
	CureLibrary        = define("CureLibrary",
		"install the package tscns again, or name the library with --module")
	CureLibraryNoCard = define("CureLibraryNoCard",
		"it does not see the card that is there: an older version may be installed; install the newest")
	CureLibrarySlow = define("CureLibrarySlow",
		"that is slow; a browser waits as long: try another reader or USB port")
	LibraryMissing         = define("LibraryMissing", "it is not there")
	LibraryUnreadable      = define("LibraryUnreadable", "you may not read it")
	LibraryDamaged         = define("LibraryDamaged", "it is damaged, or no library")
	LibraryOtherProcessor  = define("LibraryOtherProcessor", "it is made for another kind of processor (%s)")
	LibraryHangs           = define("LibraryHangs", "it does not answer")
	LibraryCrashes         = define("LibraryCrashes", "it ends the program that loads it")
	LibraryNoModule        = define("LibraryNoModule", "a library that it needs is missing, or it is no PKCS#11 module")
	LibraryReports         = define("LibraryReports", "it reports an error at its start")
	LibraryNotTried        = define("LibraryNotTried", "it could not be tried: no second process could be started")
	BrowserKnows           = define("BrowserKnows", "%s knows the library")
	BrowserKnowsP11Kit     = define("BrowserKnowsP11Kit", "%s knows the library, through p11-kit")
	BrowserKnowsPolicy     = define("BrowserKnowsPolicy", "%s knows the library, by the policy %s")
	BrowserDoesNotKnow     = define("BrowserDoesNotKnow", "%s does not know the library")
	CureBrowserDoesNotKnow = define("CureBrowserDoesNotKnow", "close the browser, then: tscns register %s")
	BrowserWillKnowAtStart = define("BrowserWillKnowAtStart",
		"%s will know the library at its next start")
	BrowserWillKnowAtSession = define("BrowserWillKnowAtSession",
		"%s will know the library when you next log in to this computer; to have it now: close the browser, then tscns register %s")
	DoctorHomeOfAnother = define("DoctorHomeOfAnother",
		"%s belongs to somebody else than the user who runs this: its browsers were not looked at")
	CureHomeOfAnother = define("CureHomeOfAnother",
		"run tscns doctor as that person, without sudo")
	BrowserNone = define("BrowserNone",
		"no browser with a profile of yours was found")
	SandboxNone       = define("SandboxNone", "no browser in a Snap or Flatpak")
	SandboxCannotLoad = define("SandboxCannotLoad",
		"%s is in a sandbox and cannot load a library of the system")
	CureSandboxFlatpak = define("CureSandboxFlatpak",
		"tscns register flatpak says what would let it use the card and sets it when you agree; or use the browser from a package of your distribution (deb, rpm)")
	CureSandbox = define("CureSandbox",
		"use the browser from a package of your distribution (deb, rpm), or pass the library in through p11-kit: %s")
	ConflictNone  = define("ConflictNone", "no other module takes the card")
	ConflictTwice = define("ConflictTwice",
		"%s has the library twice and shows the card twice")
	CureConflictTwice = define("CureConflictTwice", "close the browser, then: tscns register all")
	ConflictRival     = define("ConflictRival",
		"%s has %q too (%s), which takes the same card: double registration")
	CureConflictRival = define("CureConflictRival",
		"if you need it for no other card: close the browser, then modutil -dbdir sql:%s -delete %q")
	ConflictP11Kit = define("ConflictP11Kit",
		"p11-kit also carries OpenSC (%s): some programs may show the card twice")
	CureConflictP11Kit = define("CureConflictP11Kit",
		"harmless; if it disturbs you: a line \"disable-in: ...\" in a file of the same name in ~/.config/pkcs11/modules (man pkcs11.conf)")
	LoginNotTried = define("LoginNotTried", "no login tried (--login)")
	LoginNoPIN    = define("LoginNoPIN", "no login tried: no PIN was sent")
	LoginWorks    = define("LoginWorks",
		"the card logs in to a server on this computer (%s): where a site refuses it, it is the site")
	LoginSomeVersions = define("LoginSomeVersions",
		"the card logs in to a server on this computer with %s, and not with %s")
	CureLoginSomeVersions = define("CureLoginSomeVersions",
		"a site that speaks nothing else will refuse this kind of card; what each can do: %s")
	LoginPINRefused     = define("LoginPINRefused", "the card refused the PIN")
	CureLoginPINRefused = define("CureLoginPINRefused",
		"look it up before the next try; it may be half of it, or the PUK")
	LoginPINBlocked      = define("LoginPINBlocked", "the card says that the PIN is blocked")
	LoginFailed          = define("LoginFailed", "the login did not work")
	LoginHandshakeFailed = define("LoginHandshakeFailed",
		"the card took the PIN, and could not log in to a server on this computer")
	LoginCertificateRefused = define("LoginCertificateRefused",
		"the card signs (%s), and a site may refuse it all the same: %s")
	LoginKeyDoesNotFit = define("LoginKeyDoesNotFit",
		"the card signs, but not with the key of its certificate: no site can take that")
	CureLoginKeyDoesNotFit = define("CureLoginKeyDoesNotFit",
		"it was made wrong: have it replaced, at your Region's health service (ASL)")
	LoginNoKnownForm = define("LoginNoKnownForm",
		"the card takes no form of a login or a signature that this version knows")
	CureLoginReport  = define("CureLoginReport", "with this card in hand you can help: tscns report --login")
	LoginReaderGone  = define("LoginReaderGone", "the reader was taken away during the login")
	LoginInterrupted = define("LoginInterrupted",
		"another program reset the card during the login")
	CureLoginInterrupted = define("CureLoginInterrupted",
		"close the programs that use the card, browsers too, and try once more")
	LoginPINNotUsable     = define("LoginPINNotUsable", "the card has no PIN that is in use")
	CureLoginPINNotUsable = define("CureLoginPINNotUsable",
		"have it activated as CNS: at the counters of your Region's health service (ASL) or in many pharmacies; with a PUK from there: tscns pin unblock")
	CureLoginFailed = define("CureLoginFailed",
		"take it out, insert it again and try once more; if that does not help: tscns report --login")
)
