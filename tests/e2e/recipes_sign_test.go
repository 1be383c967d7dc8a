// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"archive/zip"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"
)

// agent starts an ssh-agent that may load the library, and returns a function
// that counts the questions for the PIN.
func (k *kitchen) agent() (asked func() int) {
	k.t.Helper()
	real, err := filepath.EvalSymlinks(k.Module)
	require.NoError(k.t, err)
	socket := filepath.Join(k.t.TempDir(), "agent")
	env, asked := k.askpass()
	k.env = append(k.env, env...)
	k.Tool("ssh-agent", "openssh-client", "-D", "-a", socket, "-P", real).With(k.env...).Start().WaitLog(k.t, "SSH_AUTH_SOCK")
	k.env = append(k.env, "SSH_AUTH_SOCK="+socket)
	return asked
}

// cookGitSign signs two commits with the agent, which asks for the PIN once.
func cookGitSign(k *kitchen, command string) {
	Need(k.t, "git", "git")
	Need(k.t, "ssh-agent", "openssh-client")
	asked := k.agent()
	before := asked()
	git := func(args ...string) *Command { return k.Tool("git", "git", args...).At(k.dir) }
	git("-c", "init.defaultBranch=main", "init", "-q", ".").OK()
	git("config", "user.name", "Prova").OK()
	git("config", "user.email", "prova@localhost").OK()
	command = strings.ReplaceAll(command, "commit -S", "commit --allow-empty -S")
	k.cook(command).With(k.env...).OK()
	signers := k.File("signers", []byte("prova@localhost "+k.Tool("ssh-keygen", "openssh-client", "-D", k.Module).OK().Out))
	git("-c", "gpg.ssh.allowedSignersFile="+signers, "verify-commit", "HEAD").OK().Has(k.t, "Good \"git\" signature")
	require.Equal(k.t, before+1, asked(), "one question")
}

// cookJarsigner signs an archive and has the JDK verify it.
func cookJarsigner(k *kitchen, command string) {
	Need(k.t, "jarsigner", packageJava)
	k.javaSlot()
	file, err := os.Create(filepath.Join(k.dir, "program.jar"))
	require.NoError(k.t, err)
	archive := zip.NewWriter(file)
	entry, err := archive.Create("README")
	require.NoError(k.t, err)
	_, err = entry.Write([]byte(recipeData))
	require.NoError(k.t, err)
	require.NoError(k.t, archive.Close())
	require.NoError(k.t, file.Close())
	k.env = append(k.env, "JAVA_TOOL_OPTIONS=-Duser.home="+k.Home)
	k.served(command, "", k.pinAt("Enter Passphrase for keystore:"))
	k.Tool("jarsigner", packageJava, "-verify", "-verbose", "-certs", "program.jar").At(k.dir).OK().Has(k.t, "jar verified", k.Holder)
	if k.twoTokens() { // Java presents no PIN for a signature (CKA_ALWAYS_AUTHENTICATE)
		second := k.File("second.cfg", []byte("name = TSCNS\nlibrary = "+k.Module+"\nslotListIndex = 1\n"))
		result := k.Tool("jarsigner", packageJava, "-keystore", "NONE", "-storetype", "PKCS11", "-addprovider", "SunPKCS11", "-providerArg", second,
			"-storepass", SignaturePIN, "program.jar", DSKeyLabel).At(k.dir).With(k.env...).Run()
		require.NotZero(k.t, result.Code)
		result.Has(k.t, "CKR_USER_NOT_LOGGED_IN")
	}
}

// cookOSSLSignCode signs a script of Windows.
func cookOSSLSignCode(k *kitchen, command string) {
	Need(k.t, "osslsigncode", "osslsigncode")
	k.needEngine()
	engine := needPackaged(k.t, "OpenSSL's engine pkcs11", "libengine-pkcs11-openssl", "/usr/lib/*/engines-3/pkcs11.so", "/usr/lib64/engines-3/pkcs11.so")
	k.put("/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so", engine)
	k.tscns()
	require.NoError(k.t, os.WriteFile(filepath.Join(k.dir, "program.exe"), smallEXE(), 0o600))
	k.served(command, "", k.enginePrompt())
	k.Tool("osslsigncode", "osslsigncode", "verify", "-CAfile", k.CAFile, "-in", "signed.exe").At(k.dir).Run().
		Has(k.t, "Message digest algorithm  : SHA256", k.Holder)
}

// pinentry makes a program that gives gpg-agent the PIN.
func (k *kitchen) pinentry() string {
	path := k.File("pinentry", []byte(`#!/bin/sh
echo "OK ready"
while read -r line; do
  case $line in
    GETPIN*) echo "D `+k.PIN+`"; echo OK ;;
    BYE*) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
`))
	require.NoError(k.t, os.Chmod(path, 0o700))
	return path
}

// cookGpgsm learns the card and signs; gpgsm trusts the authority for the test.
func cookGpgsm(k *kitchen, command string) {
	Need(k.t, "gpgsm", "gpgsm")
	Need(k.t, "gpg-agent", "gpg-agent")
	scd := Need(k.t, "gnupg-pkcs11-scd", "gnupg-pkcs11-scd")
	if k.twoTokens() {
		k.unsupported("gnupg-pkcs11-scd takes a card for one token: of two it names one when it learns them and the other when it signs")
	}
	k.signedData()
	home, err := os.MkdirTemp("", "gnupg") // its sockets want a short path
	require.NoError(k.t, err)
	k.t.Cleanup(func() { _ = os.RemoveAll(home) })
	k.env = append(k.env, "GNUPGHOME="+home)
	k.put("/usr/bin/gnupg-pkcs11-scd", scd)
	k.put("~/.gnupg", home)
	gnupg := func(program string, args ...string) *Command {
		return k.Tool(program, program, args...).With(k.env...).At(k.dir)
	}
	require.NoError(k.t, os.WriteFile(filepath.Join(home, "gpg-agent.conf"), []byte("pinentry-program "+k.pinentry()+"\nallow-mark-trusted\n"), 0o600))
	require.NoError(k.t, os.WriteFile(filepath.Join(home, "gpgsm.conf"), []byte("disable-crl-checks\n"), 0o600))
	k.t.Cleanup(func() { gnupg("gpgconf", "--kill", "all").Run() })
	gnupg("gpgsm", "--import", k.CAFile).OK()
	list := gnupg("gpgsm", "--with-colons", "--list-keys").OK().Out
	for _, line := range strings.Split(list, "\n") {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			require.NoError(k.t, os.WriteFile(filepath.Join(home, "trustlist.txt"), []byte(fields[9]+" S relax\n"), 0o600))
		}
	}
	k.cook(command).With(k.env...).OK()
	// Not OpenSSL, which refuses the zero byte that GnuPG puts before some signatures.
	gnupg("gpgsm", "--output", "back.txt", "--verify", "data.txt.p7m").OK().Has(k.t, "Good signature")
	require.Equal(k.t, recipeData, string(k.Read(filepath.Join(k.dir, "back.txt"))))
}

// smallEXE is the least that is a program for 64-bit Windows to who signs it:
// MS-DOS header, PE header, one section ("PE Format", Microsoft).
func smallEXE() []byte {
	image := make([]byte, 1024)
	copy(image, "MZ")
	image[0x3C] = 0x80
	header := image[0x80:]
	copy(header, "PE\x00\x00\x64\x86\x01\x00") // x86-64, one section
	header[20] = 0xF0                          // size of the optional header
	header[22] = 0x22                          // executable, large addresses
	optional := header[24:]
	copy(optional, "\x0B\x02")           // PE32+
	optional[33], optional[37] = 0x10, 2 // alignment in memory 4096, in the file 512
	optional[57] = 0x20                  // size in memory
	optional[61] = 2                     // size of the headers
	optional[68] = 3                     // console
	optional[108] = 16                   // data directories
	section := optional[0xF0:]
	copy(section, ".text")
	section[8], section[13], section[17], section[21] = 1, 0x10, 2, 2
	section[36], section[39] = 0x20, 0x60
	return image
}

// cookCAdES signs with the qualified key (CAdES-BES, ETSI EN 319 122-1).
func cookCAdES(k *kitchen, command string) {
	k.needEngine()
	k.tscns()
	k.signedData()
	pin := func(question string) [2]string { return [2]string{question, SignaturePIN} }
	k.served(command, "", pin("Enter PKCS#11 token PIN for "+DSTokenLabel), pin("Enter PKCS#11 key PIN for "+DSKeyLabel))
	k.Tool("openssl", "openssl", "cms", "-verify", "-cades", "-in", "data.txt.p7m", "-inform", "DER", "-CAfile", k.CAFile, "-purpose", "any",
		"-binary", "-out", "back.txt", "-certsout", "signer.pem").At(k.dir).OK()
	require.Equal(k.t, recipeData, string(k.Read(filepath.Join(k.dir, "back.txt"))))
	require.Equal(k.t, pemOf("CERTIFICATE", k.signature), k.Read(filepath.Join(k.dir, "signer.pem")))
}

// cookSignPDF signs with the qualified key, and the other PIN is not asked for.
func cookSignPDF(k *kitchen, command string) {
	Need(k.t, "pdfsig", "poppler-utils")
	Need(k.t, "modutil", "libnss3-tools")
	require.NoError(k.t, os.WriteFile(filepath.Join(k.dir, "document.pdf"), blankPDF(), 0o600))
	k.cook(command).In(SignaturePIN + "\n").OK()
	k.Tool("certutil", "libnss3-tools", "-A", "-d", "sql:firma", "-n", "Demo CA", "-t", "CT,C,C", "-i", k.CAFile).At(k.dir).OK()
	k.Tool("pdfsig", "poppler-utils", "-nssdir", "sql:firma", "signed.pdf").At(k.dir).OK().Has(k.t, "Signature is Valid", k.Holder)
	// The document holds the qualified certificate, and not the other one.
	signed := strings.ToLower(string(k.Read(filepath.Join(k.dir, "signed.pdf")))) // a PDF signature is hexadecimal text
	require.Contains(k.t, signed, hex.EncodeToString(k.signature))
	require.NotContains(k.t, signed, hex.EncodeToString(k.CertDER))
}
