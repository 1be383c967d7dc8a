// SPDX-License-Identifier: Apache-2.0

package message

// What doctor and register find on Windows.
var (
	CheckRemoteDesktop = define("CheckRemoteDesktop", "Remote Desktop")
	CheckMinidriver    = define("CheckMinidriver", "driver for Windows' own programs")
	CheckCardDriver    = define("CheckCardDriver", "driver that Windows gives the card to")
	CheckPropagation   = define("CheckPropagation", "service that copies the certificate")
	CheckStore         = define("CheckStore", "certificate in Windows' store")
	CheckFirefox       = define("CheckFirefox", "Firefox")

	ServiceDisabledWindows = define("ServiceDisabledWindows",
		"Windows' smart card service is disabled")
	CureServiceDisabledWindows = define("CureServiceDisabledWindows",
		"as an administrator: sc config SCardSvr start= demand, then net start SCardSvr")
	CureReaderWithoutDriverWindows = define("CureReaderWithoutDriverWindows",
		"open Settings, Windows Update, Advanced options, Optional updates, and install the reader's driver; if it is not there, take it from the maker of the reader")
	RemoteDesktop = define("RemoteDesktop",
		"this is a Remote Desktop session: it uses the readers of the computer that you sit at, and the driver on this one")

	MinidriverRegistered    = define("MinidriverRegistered", "Windows knows the driver %s")
	MinidriverNotRegistered = define("MinidriverNotRegistered",
		"Windows does not know this driver: Chrome and Edge cannot use the card")
	CureMinidriverNotRegistered = define("CureMinidriverNotRegistered",
		"install tscns with its installer (.msi); without it, as an administrator: tscns register")
	MinidriverUnusable     = define("MinidriverUnusable", "the driver %s that Windows is to load cannot be used: %s")
	MinidriverDoesNotLoad  = define("MinidriverDoesNotLoad", "the driver %s that Windows is to load does not load: %s")
	MinidriverNoEntryPoint = define("MinidriverNoEntryPoint",
		"it is no driver for cards, or a library that it needs is missing")
	CureMinidriver       = define("CureMinidriver", "install tscns again")
	MinidriverIncomplete = define("MinidriverIncomplete",
		"what Windows knows of this driver is incomplete (%s): some cards or some sites will not work")
	CureMinidriverIncomplete = define("CureMinidriverIncomplete",
		"repair tscns (Settings, Apps), or as an administrator: tscns register")
	RegistryUnreadable = define("RegistryUnreadable",
		"which drivers for cards Windows knows could not be read")
	CureRegistryUnreadable = define("CureRegistryUnreadable",
		"run tscns doctor as an administrator")

	CardDriverOurs  = define("CardDriverOurs", "Windows recognizes the card and gives it to this driver (%s)")
	CardDriverOther = define("CardDriverOther",
		"Windows gives the card to another driver: %s")
	CardDriverOtherFirst = define("CardDriverOtherFirst",
		"Windows asks another driver first, which takes some of the same cards: %s")
	CureCardDriverOther = define("CureCardDriverOther",
		"if logins work with it, leave it; if not, uninstall the software that it belongs to (Settings, Apps): tscns changes nothing of it")
	CardDriverNone = define("CardDriverNone",
		"Windows does not recognize the card: no driver that it knows takes it")
	CureCardDriverNone = define("CureCardDriverNone",
		"help to have it added, with: tscns report")
	CardDriverAlone = define("CardDriverAlone", "no other driver comes before this one")
	OtherDriver     = define("OtherDriver", "%s (%s, of %s)")
	UnnamedVendor   = define("UnnamedVendor", "unnamed maker")

	PropagationRuns = define("PropagationRuns",
		"the service Certificate Propagation is running")
	PropagationOnDemand = define("PropagationOnDemand",
		"the service Certificate Propagation is stopped; Windows starts it with the first card")
	PropagationStopped = define("PropagationStopped",
		"the service Certificate Propagation is stopped: the certificate does not get to the browsers")
	CurePropagationStopped = define("CurePropagationStopped",
		"as an administrator: net start CertPropSvc")
	PropagationDisabled = define("PropagationDisabled",
		"the service Certificate Propagation is disabled: the certificate does not get to the browsers")
	CurePropagationDisabled = define("CurePropagationDisabled",
		"as an administrator: sc config CertPropSvc start= auto, then net start CertPropSvc; on a computer of your employer, ask its administrators")
	PropagationMissing = define("PropagationMissing",
		"this Windows has no service Certificate Propagation: the certificate does not get to the browsers")
	CurePropagationMissing = define("CurePropagationMissing",
		"use Firefox, with: tscns register firefox")
	PropagationUnknown = define("PropagationUnknown",
		"the state of the service Certificate Propagation could not be read")

	StoreHasCertificate = define("StoreHasCertificate",
		"Chrome and Edge find the certificate in Windows' store (%s)")
	StoreOtherProvider = define("StoreOtherProvider",
		"the certificate in Windows' store leads to another software: %s")
	CureStoreOtherProvider = define("CureStoreOtherProvider",
		"if logins work, leave it; if not, delete the certificate (certmgr.msc, Personal), then take the card out and insert it again")
	StoreWithoutKey = define("StoreWithoutKey",
		"the certificate is in Windows' store without a way to its key: browsers do not offer it")
	CureStoreWithoutKey = define("CureStoreWithoutKey",
		"delete it there (certmgr.msc, Personal), then take the card out and insert it again")
	StoreLacksCertificate = define("StoreLacksCertificate",
		"the certificate is not in Windows' store: Chrome and Edge do not see it")
	CureStoreLacksCertificate = define("CureStoreLacksCertificate",
		"take the card out, insert it again and wait a few seconds; then close and reopen the browser")
	StoreUnreadable = define("StoreUnreadable", "Windows' certificate store could not be read")

	FirefoxByWindows = define("FirefoxByWindows",
		"Firefox takes the certificate from Windows, as Chrome and Edge do")
	FirefoxByPolicy = define("FirefoxByPolicy", "Firefox loads the library %s, by a policy")
	FirefoxTwice    = define("FirefoxTwice",
		"Firefox shows the card twice: it takes it from Windows, and a policy has it load the library %s")
	CureFirefoxTwice     = define("CureFirefoxTwice", "as an administrator: tscns unregister firefox")
	FirefoxPolicyMissing = define("FirefoxPolicyMissing",
		"a policy has Firefox load the library %s, which is not there")
	CureFirefoxPolicyMissing = define("CureFirefoxPolicyMissing",
		"install tscns again, or as an administrator: tscns unregister firefox")
	FirefoxNothing = define("FirefoxNothing",
		"Firefox has the card neither from Windows nor by a policy")

	HelpRegisterLongWindows = define("HelpRegisterLongWindows",
		`Has Windows give health cards to this driver: Chrome, Edge, Firefox and the programs of Windows then find the
certificate in Windows' own store. Says first what it would write into the registry, and writes it when you agree. It
needs the rights of an administrator, and files in a folder that only administrators can change. Entries of other
software are left alone. Once more changes nothing.
firefox is for those who want Firefox to load the PKCS#11 library by a policy; with both, it shows the card twice.`)
	HelpUnregisterLongWindows = define("HelpUnregisterLongWindows",
		`Takes back what tscns register wrote into Windows' registry, and nothing else. What the installer wrote goes when tscns
is uninstalled.`)
	OptionNotOnWindows = define("OptionNotOnWindows", "--%s has no use on Windows")
	RegisterAsk        = define("RegisterAsk", "Write all this? [y/N] ")
	UnregisterAsk      = define("UnregisterAsk", "Take all this back? [y/N] ")
	NeedsElevation     = define("NeedsElevation",
		"this needs the rights of an administrator, and nothing was changed")
	CureNeedsElevation = define("CureNeedsElevation",
		"right-click Start, choose Terminal (Admin), and type the command again there")
	LibraryOpenToAccount = define("LibraryOpenToAccount",
		"refused: %s can change this file or a folder that leads to it, and Windows would load it into programs of everybody; put it into a folder that only administrators can change, as C:\\Program Files\\tscns")
	EntryWouldWrite  = define("EntryWouldWrite", "would be written: these cards go to %s")
	EntryWritten     = define("EntryWritten", "written: these cards go to %s")
	EntryOfInstaller = define("EntryOfInstaller",
		"there already, from the installer: it goes when tscns is uninstalled (Settings, Apps)")
	EntryOfOthers = define("EntryOfOthers",
		"left alone: the entry has our name and is not ours")
	EntryFirst       = define("EntryFirst", "left alone: it comes before our entries and takes some of the same cards (%s)")
	EntryWouldRemove = define("EntryWouldRemove", "would be taken back")
	PolicyWouldWrite = define("PolicyWouldWrite", "would be written: Firefox loads %s")
	PolicyOfOthers   = define("PolicyOfOthers",
		"left alone: this policy was not written by tscns register")
)
