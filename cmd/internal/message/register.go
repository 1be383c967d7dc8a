// SPDX-License-Identifier: Apache-2.0

package message

var (
	Registering = define("Registering", "Registering ...")
	NoBrowser   = define("NoBrowser",
		"No browser of yours was found; nothing to do.")
	NothingChanged     = define("NothingChanged", "Nothing was changed.")
	Registered         = define("Registered", "registered")
	RegisteredModutil  = define("RegisteredModutil", "registered (with modutil)")
	RegisteredAlready  = define("RegisteredAlready", "registered already")
	NotRegistered      = define("NotRegistered", "not registered")
	Removed            = define("Removed", "removed")
	ThereByPolicy      = define("ThereByPolicy", "there already, by the policy %s")
	ThereThroughP11Kit = define("ThereThroughP11Kit", "there already, through p11-kit")
	ThereAlready       = define("ThereAlready", "there already: %s")
	EntryRemoved       = define("EntryRemoved",
		"entry removed: it is there through p11-kit, twice would show the card twice")
	FirefoxNoProfile = define("FirefoxNoProfile",
		"no profile yet: start Firefox once, then register again")
	SandboxOnlyAgreed = define("SandboxOnlyAgreed",
		"it is in a sandbox; only with your agreement: tscns register flatpak")
	NoDatabase = define("NoDatabase",
		"no database yet, and no modutil to make one: install it (package libnss3-tools or nss-tools)")
	NoUserManager = define("NoUserManager",
		"no systemd answers in this session: %s says how to start the server by hand")
	NotPermitted = define("NotPermitted",
		"not permitted: look whose these files are, and their permissions (ls -l); your own need no administrator")
	NotPermittedSystem = define("NotPermittedSystem",
		"not permitted: run it as administrator, with sudo")
	HomeOfAnother = define("HomeOfAnother",
		"this home belongs to somebody else than the user who runs this: run it as that person, without sudo; nothing was changed")
	LibraryOpenToOthers = define("LibraryOpenToOthers",
		"not registered for everybody, since others than root could change it: %s. Install the package, or put the library where only root can write")
	RefusedLink      = define("RefusedLink", "left alone: %s is a link")
	RefusedKind      = define("RefusedKind", "left alone: %s is not an ordinary file or folder")
	RefusedOwner     = define("RefusedOwner", "left alone: %s belongs to another user")
	RefusedHardLink  = define("RefusedHardLink", "left alone: %s has another name elsewhere (hard link)")
	RefusedSize      = define("RefusedSize", "left alone: %s is too large")
	RefusedOutside   = define("RefusedOutside", "left alone: %s is outside of the application's own folder")
	RefusedOpenToAll = define("RefusedOpenToAll", "left alone: others can write %s")
	RefusedInUse     = define("RefusedInUse",
		"another tscns register is at work (%s): try again")
	RegisterFailed = define("RegisterFailed", "failed: %s")
	PolicyDamaged  = define("PolicyDamaged", "left alone: %s is not in the form of Firefox's policies; have whoever wrote it correct it")
	ProgramRuns    = define("ProgramRuns",
		"%s is running and would undo it: close it, then try again")
	P11KitWritten   = define("P11KitWritten", "written: %s")
	P11KitLeftAlone = define("P11KitLeftAlone",
		"left alone: %s was not written by tscns register")
	P11KitMissing = define("P11KitMissing",
		"p11-kit is not there: install the package p11-kit (p11-kit-server in Fedora)")
	NoSystemChrome = define("NoSystemChrome",
		"Chromium-like browsers have no setting for the whole system: each person runs tscns register chrome")
	PolicyWritten = define("PolicyWritten", "policy written")
	PolicyThere   = define("PolicyThere", "policy there already")
	PolicyRemoved = define("PolicyRemoved", "policy removed")
	PolicyNone    = define("PolicyNone", "no policy")
	PolicyStays   = define("PolicyStays",
		"stays, for everybody: an administrator takes it away with tscns unregister --system")
	FlatpakAsk = define("FlatpakAsk",
		"A browser in a sandbox could then use the card, as long as the PIN that you type there is in force. Set all this? [y/N] ")
	FlatpakNoBrowser = define("FlatpakNoBrowser",
		"no browser of yours was found in a Flatpak")
	FlatpakMissing   = define("FlatpakMissing", "the program flatpak is not there")
	FlatpakNoClient  = define("FlatpakNoClient", "its runtime %s has no p11-kit-client.so")
	FlatpakNoProfile = define("FlatpakNoProfile",
		"no profile yet: start it once, then register again")
	FlatpakSharedDatabase = define("FlatpakSharedDatabase",
		"it sees your whole home and shares this database with browsers outside of Flatpak, which would show the card twice: %s says what to do")
	FlatpakAddModule   = define("FlatpakAddModule", "add the module %s to the database (%s)")
	FlatpakDone        = define("FlatpakDone", "done: %s")
	FlatpakSocketShown = define("FlatpakSocketShown", "it sees the socket already")
	SocketOn           = define("SocketOn", "on already")
	SocketOther        = define("SocketOther",
		"another p11-kit server is there and passes the card on too, if it was in the reader when the program started")
	SocketOtherUnaware = define("SocketOtherUnaware",
		"another p11-kit server is there, which does not know the library: tscns register p11-kit, then try again")
	SocketEnable = define("SocketEnable",
		"systemctl --user enable --now %s (programs of yours that reach %s can use the card)")
)
