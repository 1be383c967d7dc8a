// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// rows are the commands of the documents, by program.
var rows = []row{
	// build.sh: what takes long is run by a test of its own, or is this very run.
	{command: "./build.sh", run: by("tests/buildsh", "TestWithoutGo")},
	{command: "./build.sh demo", run: by("tests/e2e", "TestDemo")},
	{command: "./build.sh demo --browser", run: by("tests/e2e/browser", "TestDemoBrowser")},
	{command: "./build.sh demo --reader", run: by("tests/e2e", "TestDemoReader")},

	{command: "echo '_C_*' > exports", run: nobodyDid("docs/platforms.md"), block: true, perhaps: true}, // on a Mac

	{command: "tscns unregister firefox", run: by("tests/windows", "TestRegister")}, // what there is to take back, on Windows
	{command: "certutil -scinfo", run: nobodyDid("docs/windows-trial.en.md")},       // on Windows

	// Packages and services of the system.
	{command: "sudo apt install pcscd", run: packaged},
	{command: "sudo apt install pcscd libccid", run: packaged},
	{command: "sudo apt install libccid", run: packaged},
	{command: "sudo apt install libnss3-tools", run: packaged},
	{command: "sudo apt install pcscd libccid libnss3-tools", run: packaged},
	{command: "sudo apt install ./tscns_*.deb", run: ownPackage},
	{command: "sudo apt install ./dist/packages/tscns_*_$(dpkg --print-architecture).deb", run: ownPackage, perhaps: true},
	{command: "sudo apt purge tscns", run: ownPackage},
	{command: "sudo dnf install pcsc-lite pcsc-lite-ccid", run: advised},
	{command: "sudo pacman -S pcsclite ccid", run: advised},
	{command: "sudo systemctl enable --now pcscd.socket", run: unit},
	{command: "sudo systemctl restart pcscd", run: advised},
	{command: "sudo modprobe -r pn533_usb pn533", run: adviceOf("cmd/tscns/testdata/doctor.txtar")},
	{command: "sudo timedatectl set-ntp true", run: advised},
	{command: "gpgconf --kill scdaemon", run: advised},
	{command: "man pkcs11.conf", run: advised},

	// tscns, without a PIN.
	{command: "tscns status", run: runs("ST 2021/2022", "valid certificate present")},
	{command: "tscns status --json", run: runs(`"active": null`), perhaps: true},
	{command: "tscns status --online", run: runs("ocsp.prova.invalid, which is told the serial number", "is not known")},
	{command: "tscns status --show", run: runs("PROVA MARIA")},
	{command: "tscns card", run: runs("Tax code")},
	{command: "tscns cert list", run: runs("CNS autenticazione")},
	{command: "tscns cert export", run: runs("-----BEGIN CERTIFICATE-----")},
	{command: "tscns help", run: runs("Exit codes:")},
	{command: "tscns doctor", run: after("tscns register", "Nothing is wrong")},
	{command: "tscns doctor --json", run: after("tscns register", `"check": "pcscd-installed"`)},
	{command: "tscns doctor --online", run: after("tscns register", "ocsp.prova.invalid, which is told the serial number", "is not known")},
	{command: "tscns doctor --report", run: after("tscns register", "Nothing is wrong", "niente che non vada")},
	{command: "tscns doctor --url https://...", run: after("tscns register", "asks for a certificate and takes your card's issuer")},
	{command: "tscns doctor --module /path/to/tscns-pkcs11.so", run: after("tscns register", "the library loads")},
	{command: "tscns register", run: runs("registered")},
	{command: "tscns register all", run: runs("registered")},
	{command: "tscns register firefox", run: runs("start Firefox once, then register again")},
	{command: "tscns register chrome", run: runs("registered")},
	{command: "tscns register --once", run: runs(), perhaps: true},
	{command: "sudo tscns register --system", run: registerSystem},
	{command: "tscns register --system firefox", run: registerSystem, perhaps: true},
	{command: "tscns register flatpak", run: by("tests/e2e", "TestFlatpak")},
	{command: "tscns unregister flatpak", run: by("tests/e2e", "TestFlatpak"), perhaps: true},
	{command: "tscns unregister", run: after("tscns register", "removed")},
	{command: "tscns report", run: typed([]string{"n"}, "whole record", "Nothing was written")},
	{command: "tscns report --probe", run: typed([]string{"y", "", "n"}, "Send them?", "Nothing was written")},
	{command: "tscns pin tries", run: runs("PIN: 3", "PUK: 8"), own: countable},
	{command: "tscns pin tries --ask", run: askTries, own: fresh},

	{command: "go run ./tests/mutation -for 40m -o mutants.tsv", run: by("tests/mutation", "TestVerdicts")},

	{command: "tscns window", run: by("cmd/internal/window", "TestRun")},

	// tscns, with a PIN that a person types.
	{command: "tscns pin change", run: typed([]string{"12345678", "246810", "246810"}, "The PIN is changed."), own: fresh},
	{command: "tscns pin change --keyboard", run: typed([]string{"12345678", "246810", "246810"}, "The PIN is changed."), own: fresh},
	{command: "tscns pin change --last-try", run: typed([]string{"12345678", "246810", "246810"}, "LAST try", "The PIN is changed."), own: lastTry},
	{command: "tscns pin unblock", run: typed([]string{"87654321", "246810", "246810"}, "unblocked"), own: blocked},
	{command: "tscns pin verify", run: typed([]string{"12345678"}, "The card accepted the PIN."), own: fresh},
	{command: "tscns pin verify --last-try", run: typed([]string{"12345678"}, "LAST try", "The card accepted the PIN."), own: lastTry},
	{command: "tscns doctor --login", run: doctorLogin},
	{command: "tscns report --login", run: typed([]string{"12345678", "n"}, "the card accepted the PIN", "it fits the certificate", "Nothing was written")},

	// The simulated card. What it needs of the system it brings along.
	{command: "simcard --help", run: runs("a simulated TS-CNS card")},
	{command: "simcard families", run: runs("b2", "STIncard")},
	{command: "simcard init --family b2 /tmp/card\nsimcard run /tmp/card tscns status", run: simcardRuns},

	// Other programs.
	{command: "mkdir -p ~/.pki/nssdb\nmodutil -dbdir sql:$HOME/.pki/nssdb -add \"TS-CNS\" -libfile /path/to/tscns-pkcs11.so", run: modutilAdds},
	{command: "export PKCS11_MODULE_PATH=/path/to/tscns-pkcs11.so\n" +
		"curl --engine pkcs11 --cert-type ENG --cert 'pkcs11:token=TS-CNS;type=cert' --key-type ENG --key 'pkcs11:token=TS-CNS;type=private' https://...", run: curlEngine},
	{command: "ssh-keygen -D /path/to/tscns-pkcs11.so", run: runs("ssh-rsa ")},
	{command: "ssh -I /path/to/tscns-pkcs11.so host", run: by("tests/e2e", "TestRecipes")},
	{command: "ssh-add -s", run: by("tests/e2e", "TestRecipes")},
	{command: "keytool -list -providerClass sun.security.pkcs11.SunPKCS11 -providerArg tscns.cfg -storetype PKCS11", run: keytool},
	{command: "msgmerge --update --no-wrap cmd/internal/message/po/it.po cmd/internal/message/po/tscns.pot", run: by("cmd/internal/message", "TestGettextTakesTheCatalogues")},
	{command: "pkcs11-tool --test", run: by("tests/e2e", "TestPKCS11Tool")},
	{command: "modutil -dbdir sql:$HOME/.pki/nssdb -list", run: after("tscns register chrome", "TS-CNS")},
}

// rules stand for commands that differ by a word, by how they begin.
var rules = []row{
	{command: "go test ", run: gotest},
	{command: "./build.sh ", run: buildsh},
}

// modutilAdds: modutil warns that browsers should be closed and waits for Enter.
func modutilAdds(w *fixture, command string) {
	e2e.Need(w.T, "modutil", "libnss3-tools")
	w.ended(w.shell(command, "\n"), command, 0, []string{`Module "TS-CNS" added to database.`})
	w.ended(w.shell("modutil -dbdir sql:$HOME/.pki/nssdb -list", ""), command, 0, []string{"token: " + w.Token})
}

// curlEngine: at a terminal the engine asks for the PIN.
func curlEngine(w *fixture, command string) {
	e2e.Need(w.T, "curl", "curl")
	before := w.Signatures()
	if w.Tool("openssl", "openssl", "engine", "pkcs11").Run().Code != 0 {
		w.Skip("SKIPPED: OpenSSL engine pkcs11 not installed (package libengine-pkcs11-openssl)")
	}
	w.ended(w.terminal(w.site(command), w.PIN), command, 0, []string{w.Holder})
	require.Equal(w, before+1, w.Signatures())
}

func keytool(w *fixture, command string) {
	e2e.Need(w.T, "keytool", "default-jdk-headless")
	config := "printf 'name = TSCNS\\nlibrary = %s\\n' /path/to/tscns-pkcs11.so > tscns.cfg\n"
	w.ended(w.shell(config+command, w.PIN+"\n"), command, 0, []string{"PrivateKeyEntry"})
}

// askTries: the simulated card is one of those that count the question as a try.
func askTries(w *fixture, command string) {
	typed([]string{"RISK"}, "may cost ONE TRY", "PIN: 2")(w, command)
	w.WrongPINs(1)
}

func doctorLogin(w *fixture, command string) {
	w.ended(w.shell("tscns register", ""), command, 0, nil)
	typed([]string{w.PIN}, "the card logs in to a server on this computer (TLS 1.3, TLS 1.2)")(w, command)
}

// registerSystem is for an administrator, and changes the whole system: here
// below a folder.
func registerSystem(w *fixture, command string) {
	root := w.TempDir()
	here := strings.TrimPrefix(command, "sudo ") + " --root " + root
	w.ended(w.shell(here, ""), command, 0, []string{"policy written"})
	w.ended(w.shell(strings.Replace(here, "register", "unregister", 1), ""), command, 0, []string{"policy removed"})
}

// ownPackage: packages are built, installed and purged by their own tests.
func ownPackage(w *fixture, _ string) {
	dirs, err := filepath.Glob(filepath.Join(top, "tests/package*"))
	require.NoError(w, err)
	if len(dirs) == 0 {
		w.Skip("SKIPPED: this tree makes no packages, so that none was installed")
	}
	tests := 0
	for _, dir := range dirs {
		tests += len(testsOf(w.T, strings.TrimPrefix(dir, top+"/")))
	}
	require.Positive(w, tests)
}

// simcardRuns makes a card and runs a command beside a service of its own.
func simcardRuns(w *fixture, command string) {
	short, err := os.MkdirTemp("", "s") // for the address of a socket, which has 108 bytes
	require.NoError(w, err)
	w.Cleanup(func() { os.RemoveAll(short) })
	w.Env = append(w.Env, "TMPDIR="+short)
	here := strings.ReplaceAll(command, "/tmp/card", filepath.Join(short, "card"))
	w.ended(w.shell(here, ""), command, 0, []string{"PIN, PUK", "ST 2021/2022", "valid certificate present"})
}
