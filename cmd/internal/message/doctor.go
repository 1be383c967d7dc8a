// SPDX-License-Identifier: Apache-2.0

package message

var (
	DoctorChecking = define("DoctorChecking", "Checking: %s ...")
	DoctorAllWell  = define("DoctorAllWell",
		"Nothing is wrong that could be checked.")
	DoctorFailures = definePlural("DoctorFailures",
		"%d thing is wrong.",
		"%d things are wrong; begin with the first.")
	NotChecked            = define("NotChecked", "not checked, see above")
	CheckNotDone          = define("CheckNotDone", "%s: not checked, see above")
	CheckServiceAndCard   = define("CheckServiceAndCard", "service and card")
	CheckServiceInstalled = define("CheckServiceInstalled", "smart card service installed")
	CheckServiceRunning   = define("CheckServiceRunning", "smart card service running")
	CheckServicePermitted = define("CheckServicePermitted", "smart card service permitted")
	CheckKernelNFC        = define("CheckKernelNFC", "kernel drivers that hold readers")
	CheckReader           = define("CheckReader", "reader")
	CheckCard             = define("CheckCard", "card")
	CheckSide             = define("CheckSide", "side of the card")
	CheckCertificate      = define("CheckCertificate", "certificate")
	CheckRevocation       = define("CheckRevocation", "revocation")
	CheckPIN              = define("CheckPIN", "PIN state")
	CheckLibrary          = define("CheckLibrary", "library")
	CheckBrowser          = define("CheckBrowser", "registration in browsers")
	CheckSandbox          = define("CheckSandbox", "browsers in a sandbox")
	CheckConflict         = define("CheckConflict", "other modules for the card")
	CheckLogin            = define("CheckLogin", "login")
	CheckSite             = define("CheckSite", "site")
	ServicePartOfSystem   = define("ServicePartOfSystem",
		"the smart card service is part of this system")
	ServiceInstalled    = define("ServiceInstalled", "the smart card service pcscd is installed")
	ServiceAnswers      = define("ServiceAnswers", "a smart card service answers")
	ServiceNotInstalled = define("ServiceNotInstalled",
		"the smart card service pcscd is not installed")
	CureServiceNotInstalled = define("CureServiceNotInstalled",
		"install it. Debian, Ubuntu: sudo apt install pcscd libccid; Fedora: sudo dnf install pcsc-lite pcsc-lite-ccid; Arch: sudo pacman -S pcsclite ccid")
	ServiceRunning        = define("ServiceRunning", "the smart card service is running")
	ServiceNotRunning     = define("ServiceNotRunning", "the smart card service is not running")
	CureServiceNotRunning = define("CureServiceNotRunning",
		"start it: sudo systemctl enable --now pcscd.socket")
	CureServiceNotRunningWindows = define("CureServiceNotRunningWindows",
		"connect the reader: Windows then starts the service. If it does not, as an administrator: net start SCardSvr")
	ServicePermitted  = define("ServicePermitted", "you may use the smart card service")
	ServiceHidesCards = define("ServiceHidesCards",
		"you may see the readers, and not the card in them")
	ServiceTurnsAway = define("ServiceTurnsAway",
		"the smart card service runs, and turns you away")
	CureServicePermitted = define("CureServicePermitted",
		"log in at the computer itself, not over ssh; or let an administrator permit the actions org.debian.pcsc-lite.access_pcsc and access_card for you in /etc/polkit-1/rules.d")
	ServiceHangs = define("ServiceHangs",
		"the smart card service runs, and does not answer")
	CureServiceHangs = define("CureServiceHangs",
		"unplug the reader and plug it in again; if that does not help: sudo systemctl restart pcscd")
	CureServiceHangsWindows = define("CureServiceHangsWindows",
		"unplug the reader and plug it in again; if that does not help, restart the computer")
	KernelUnknown = define("KernelUnknown", "kernel drivers: not known here")
	KernelNFCNone = define("KernelNFCNone", "no kernel driver holds an NFC reader")
	KernelNFC     = define("KernelNFC",
		"the kernel's NFC drivers (%s) may hold your reader")
	CureKernelNFC = define("CureKernelNFC",
		"sudo modprobe -r %s; for good: a line \"blacklist ...\" for each in /etc/modprobe.d/tscns-nfc.conf; then unplug the reader and plug it in again")
	ReaderFound         = define("ReaderFound", "reader: %s")
	ReaderWithoutDriver = define("ReaderWithoutDriver",
		"a reader is plugged in (%s), and the service does not drive it")
	CureReaderWithoutDriver = define("CureReaderWithoutDriver",
		"install the driver (sudo apt install libccid; Fedora: pcsc-lite-ccid), then: sudo systemctl restart pcscd")
	CureNoReader = define("CureNoReader",
		"plug a smart card reader in, without a hub if you can; its light should come on")
	CardRead         = define("CardRead", "card: %s, read without trouble")
	CureCardUnproven = define("CureCardUnproven",
		"nobody has shown yet how this kind logs in and signs; help with: tscns report --login")
	CardForeignNFC = define("CardForeignNFC",
		"the card, read over NFC as it seems, is not a TS-CNS that this driver knows")
	CureCardForeignNFC = define("CureCardForeignNFC",
		"if it is a health card, insert it with its chip instead of laying it on the reader")
	CureNoCard = define("CureNoCard",
		"insert it, chip first and upwards, up to the stop")
	CureCardMute = define("CureCardMute",
		"turn it round; clean the chip with a dry cloth; try another reader")
	CureCardInUse = define("CureCardInUse",
		"close that program; if it is GnuPG: gpgconf --kill scdaemon")
	CureCardForeign = define("CureCardForeign",
		"insert the health card; the identity card (CIE) and bank cards need other software. If it is a health card: tscns report")
	CureCardRemoved    = define("CureCardRemoved", "insert it again and try once more")
	CureCardUnreadable = define("CureCardUnreadable",
		"take it out, insert it again; if that does not help: tscns report")
	SideContacts = define("SideContacts", "the card is read by its contacts")
	SideNFC      = define("SideNFC",
		"the reader reads the NFC side of the card, which is less well known than the chip's contacts")
	CureSideNFC = define("CureSideNFC",
		"insert the card with its chip instead of laying it on the reader")
	CureNoCertificate = define("CureNoCertificate",
		"have it activated as CNS: at the counters of your Region's health service (ASL) or in many pharmacies")
	CertificateValid           = define("CertificateValid", "the certificate is valid until %s")
	CureCertificateNotYetValid = define("CureCertificateNotYetValid",
		"set this computer's date: sudo timedatectl set-ntp true")
	CertificateExpiredOn     = define("CertificateExpiredOn", "the certificate expired on %s")
	CureCertificateExpiredOn = define("CureCertificateExpiredOn",
		"ask for a new card: it comes by itself before the end, or at your Region's health service (ASL)")
	CertificateExpiresOn     = define("CertificateExpiresOn", "the certificate expires on %s")
	CureCertificateExpiresOn = define("CureCertificateExpiresOn",
		"a new card should arrive by mail; otherwise ask your Region's health service (ASL)")
	CertificateNoPolicy = define("CertificateNoPolicy",
		"the certificate, valid until %s, has no CNS policy")
	CureCertificateNoPolicy = define("CureCertificateNoPolicy",
		"sites that ask for a CNS may refuse it; ask the administration that issued it")
	PINStateUnreadable = define("PINStateUnreadable", "the state of the PIN could not be read")
	PINTriesAfterOne   = define("PINTriesAfterOne",
		"how many tries the PIN has left this card tells only after one")
	PINTries   = definePlural("PINTries", "the PIN has %d try left", "the PIN has %d tries left")
	PINStopped = define("PINStopped",
		"a PIN was refused in a form that this card has never accepted, and no more is sent; tries left: %s")
	CurePINStopped = define("CurePINStopped",
		"it may be our form, not your PIN. To decide how to go on: tscns pin verify")
	PINOneTry     = define("PINOneTry", "the PIN has ONE try left")
	CurePINOneTry = define("CurePINOneTry",
		"look the PIN up before you type it: a wrong one blocks it")
	CurePINBlocked = define("CurePINBlocked", "unblock it with the PUK: tscns pin unblock")
	PINExhausted   = define("PINExhausted",
		"as many PINs were refused in a row as block it: the PIN is blocked, as far as is known of this card")
	CurePUKBlocked = define("CurePUKBlocked",
		"the PUK is blocked too: have the card replaced, at your Region's health service (ASL)")
	PINPUKBlocked = define("PINPUKBlocked",
		"the PUK is blocked: a PIN that gets blocked could not be unblocked any more")
	CurePINPUKBlocked = define("CurePINPUKBlocked",
		"the card works as long as its PIN does; have it replaced in good time, at your Region's health service (ASL)")
)
