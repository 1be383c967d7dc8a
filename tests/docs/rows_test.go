// SPDX-License-Identifier: Apache-2.0

package docs

import (
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
	{command: "./build.sh test", run: buildsh},
	{command: "./build.sh sim", run: buildsh},

	// Packages and services of the system.
	{command: "sudo apt install pcscd", run: packaged},

	// tscns, without a PIN.
	{command: "tscns status", run: runs("ST 2021/2022", "Active")},
	{command: "tscns doctor", run: after("tscns register", "Nothing is wrong")},
	{command: "tscns help", run: runs("Exit codes:")},
	{command: "tscns register", run: runs("registered")},
	{command: "tscns unregister", run: after("tscns register", "removed")},
	{command: "tscns report", run: typed([]string{"n"}, "whole record", "Nothing was written")},

	// tscns, with a PIN that a person types.
	{command: "tscns pin change", run: typed([]string{"12345678", "246810", "246810"}, "The PIN is changed."), own: fresh},
	{command: "tscns pin unblock", run: typed([]string{"87654321", "246810", "246810"}, "unblocked"), own: blocked},
	{command: "tscns report --login", run: typed([]string{"12345678", "n"}, "the card accepted the PIN", "it fits the certificate", "Nothing was written")},

	{command: "simcard --help", run: runs("a simulated TS-CNS card")},

	// Other programs.
	{command: "mkdir -p ~/.pki/nssdb\nmodutil -dbdir sql:$HOME/.pki/nssdb -add \"TS-CNS\" -libfile /path/to/tscns-pkcs11.so", run: modutilAdds},
	{command: "export PKCS11_MODULE_PATH=/path/to/tscns-pkcs11.so\n" +
		"curl --engine pkcs11 --cert-type ENG --cert 'pkcs11:type=cert' --key-type ENG --key 'pkcs11:type=private' https://...", run: curlEngine},
	{command: "ssh-keygen -D /path/to/tscns-pkcs11.so", run: runs("ssh-rsa ")},
	{command: "ssh -I /path/to/tscns-pkcs11.so host", run: by("tests/e2e", "TestSSH")},
	{command: "keytool -list -providerClass sun.security.pkcs11.SunPKCS11 -providerArg tscns.cfg -storetype PKCS11", run: keytool},
	{command: "pkcs11-tool --test", run: by("tests/e2e", "TestPKCS11Tool")},
	{command: "go test -race ./module/... ./cardos/...", run: gotest},
}

// modutilAdds: modutil warns that browsers should be closed and waits for Enter.
func modutilAdds(w *world, command string) {
	e2e.Need(w.T, "modutil", "libnss3-tools")
	w.ended(w.shell(command, "\n"), command, 0, []string{`Module "TS-CNS" added to database.`})
	w.ended(w.shell("modutil -dbdir sql:$HOME/.pki/nssdb -list", ""), command, 0, []string{"token: " + w.Token})
}

// curlEngine: at a terminal the engine asks for the PIN.
func curlEngine(w *world, command string) {
	e2e.Need(w.T, "curl", "curl")
	before := w.Signatures()
	if w.Tool("openssl", "openssl", "engine", "pkcs11").Run().Code != 0 {
		w.Skip("SKIPPED: OpenSSL engine pkcs11 not installed (package libengine-pkcs11-openssl)")
	}
	w.ended(w.terminal(w.site(command), w.PIN), command, 0, []string{w.Holder})
	require.Equal(w, before+1, w.Signatures())
}

func keytool(w *world, command string) {
	e2e.Need(w.T, "keytool", "default-jdk-headless")
	config := "printf 'name = TSCNS\\nlibrary = %s\\n' /path/to/tscns-pkcs11.so > tscns.cfg\n"
	w.ended(w.shell(config+command, w.PIN+"\n"), command, 0, []string{"PrivateKeyEntry"})
}
