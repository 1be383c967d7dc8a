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
func (f *fixture) agent() (asked func() int) {
	f.t.Helper()
	real, err := filepath.EvalSymlinks(f.Module)
	require.NoError(f.t, err)
	socket := filepath.Join(f.t.TempDir(), "agent")
	env, asked := f.askpass()
	f.env = append(f.env, env...)
	f.Tool("ssh-agent", "openssh-client", "-D", "-a", socket, "-P", real).With(f.env...).Start().WaitLog(f.t, "SSH_AUTH_SOCK")
	f.env = append(f.env, "SSH_AUTH_SOCK="+socket)
	return asked
}

// runGitSign signs two commits with the agent, which asks for the PIN once.
func runGitSign(f *fixture, command string) {
	Need(f.t, "git", "git")
	Need(f.t, "ssh-agent", "openssh-client")
	asked := f.agent()
	before := asked()
	git := func(args ...string) *Command { return f.Tool("git", "git", args...).At(f.dir) }
	git("-c", "init.defaultBranch=main", "init", "-q", ".").OK()
	git("config", "user.name", "Prova").OK()
	git("config", "user.email", "prova@localhost").OK()
	command = strings.ReplaceAll(command, "commit -S", "commit --allow-empty -S")
	f.shell(command).With(f.env...).OK()
	signers := f.File("signers", []byte("prova@localhost "+f.Tool("ssh-keygen", "openssh-client", "-D", f.Module).OK().Out))
	git("-c", "gpg.ssh.allowedSignersFile="+signers, "verify-commit", "HEAD").OK().Has(f.t, "Good \"git\" signature")
	require.Equal(f.t, before+1, asked(), "one question")
}

// runJarsigner signs an archive and has the JDK verify it.
func runJarsigner(f *fixture, command string) {
	Need(f.t, "jarsigner", packageJava)
	f.javaSlot()
	file, err := os.Create(filepath.Join(f.dir, "program.jar"))
	require.NoError(f.t, err)
	archive := zip.NewWriter(file)
	entry, err := archive.Create("README")
	require.NoError(f.t, err)
	_, err = entry.Write([]byte(recipeData))
	require.NoError(f.t, err)
	require.NoError(f.t, archive.Close())
	require.NoError(f.t, file.Close())
	f.env = append(f.env, "JAVA_TOOL_OPTIONS=-Duser.home="+f.Home)
	f.served(command, "", f.pinAt("Enter Passphrase for keystore:"))
	if f.readerName == ReaderName && !f.twoTokens() { // the key is the same in all
		f.Tool("jarsigner", packageJava, "-verify", "-verbose", "-certs", "program.jar").At(f.dir).OK().Has(f.t, "jar verified", f.Holder)
	}
	if f.twoTokens() { // Java presents no PIN for a signature (CKA_ALWAYS_AUTHENTICATE)
		second := f.File("second.cfg", []byte("name = TSCNS\nlibrary = "+f.Module+"\nslotListIndex = 1\n"))
		result := f.Tool("jarsigner", packageJava, "-keystore", "NONE", "-storetype", "PKCS11", "-addprovider", "SunPKCS11", "-providerArg", second,
			"-storepass", SignaturePIN, "program.jar", DSKeyLabel).At(f.dir).With(f.env...).Run()
		require.NotZero(f.t, result.Code)
		result.Has(f.t, "CKR_USER_NOT_LOGGED_IN")
	}
}

// runOSSLSignCode signs a script of Windows.
func runOSSLSignCode(f *fixture, command string) {
	Need(f.t, "osslsigncode", "osslsigncode")
	f.needEngine()
	engine := needPackaged(f.t, "OpenSSL's engine pkcs11", "libengine-pkcs11-openssl", "/usr/lib/*/engines-3/pkcs11.so", "/usr/lib64/engines-3/pkcs11.so")
	f.put("/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so", engine)
	f.tscns()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, "program.exe"), smallEXE(), 0o600))
	f.served(command, "", f.enginePrompt())
	f.Tool("osslsigncode", "osslsigncode", "verify", "-CAfile", f.CAFile, "-in", "signed.exe").At(f.dir).Run().
		Has(f.t, "Message digest algorithm  : SHA256", f.Holder)
}

// pinentry makes a program that gives gpg-agent the PIN.
func (f *fixture) pinentry() string {
	path := f.File("pinentry", []byte(`#!/bin/sh
echo "OK ready"
while read -r line; do
  case $line in
    GETPIN*) echo "D `+f.PIN+`"; echo OK ;;
    BYE*) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
`))
	require.NoError(f.t, os.Chmod(path, 0o700))
	return path
}

// runGpgsm learns the card and signs; gpgsm trusts the authority for the test.
func runGpgsm(f *fixture, command string) {
	Need(f.t, "gpgsm", "gpgsm")
	Need(f.t, "gpg-agent", "gpg-agent")
	scd := Need(f.t, "gnupg-pkcs11-scd", "gnupg-pkcs11-scd")
	if f.twoTokens() {
		f.unsupported("gnupg-pkcs11-scd takes a card for one token: of two it names one when it learns them and the other when it signs")
	}
	f.signedData()
	home, err := os.MkdirTemp("", "gnupg") // its sockets want a short path
	require.NoError(f.t, err)
	f.t.Cleanup(func() { _ = os.RemoveAll(home) })
	f.env = append(f.env, "GNUPGHOME="+home)
	f.put("/usr/bin/gnupg-pkcs11-scd", scd)
	f.put("~/.gnupg", home)
	gnupg := func(program string, args ...string) *Command {
		return f.Tool(program, program, args...).With(f.env...).At(f.dir)
	}
	require.NoError(f.t, os.WriteFile(filepath.Join(home, "gpg-agent.conf"), []byte("pinentry-program "+f.pinentry()+"\nallow-mark-trusted\n"), 0o600))
	require.NoError(f.t, os.WriteFile(filepath.Join(home, "gpgsm.conf"), []byte("disable-crl-checks\n"), 0o600))
	f.t.Cleanup(func() { gnupg("gpgconf", "--kill", "all").Run() })
	gnupg("gpgsm", "--import", f.CAFile).OK()
	list := gnupg("gpgsm", "--with-colons", "--list-keys").OK().Out
	for _, line := range strings.Split(list, "\n") {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			require.NoError(f.t, os.WriteFile(filepath.Join(home, "trustlist.txt"), []byte(fields[9]+" S relax\n"), 0o600))
		}
	}
	f.shell(command).With(f.env...).OK()
	// Not OpenSSL, which refuses the zero byte that GnuPG puts before some signatures.
	gnupg("gpgsm", "--output", "back.txt", "--verify", "data.txt.p7m").OK().Has(f.t, "Good signature")
	require.Equal(f.t, recipeData, string(f.Read(filepath.Join(f.dir, "back.txt"))))
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

// runCAdES signs with the qualified key (CAdES-BES, ETSI EN 319 122-1).
func runCAdES(f *fixture, command string) {
	f.needEngine()
	f.tscns()
	f.signedData()
	pin := func(question string) [2]string { return [2]string{question, SignaturePIN} }
	f.served(command, "", pin("Enter PKCS#11 token PIN for "+DSTokenLabel), pin("Enter PKCS#11 key PIN for "+DSKeyLabel))
	f.Tool("openssl", "openssl", "cms", "-verify", "-cades", "-in", "data.txt.p7m", "-inform", "DER", "-CAfile", f.CAFile, "-purpose", "any",
		"-binary", "-out", "back.txt", "-certsout", "signer.pem").At(f.dir).OK()
	require.Equal(f.t, recipeData, string(f.Read(filepath.Join(f.dir, "back.txt"))))
	require.Equal(f.t, pemOf("CERTIFICATE", f.signature), f.Read(filepath.Join(f.dir, "signer.pem")))
}

// runSignPDF signs with the qualified key, and the other PIN is not asked for.
func runSignPDF(f *fixture, command string) {
	Need(f.t, "pdfsig", "poppler-utils")
	Need(f.t, "modutil", "libnss3-tools")
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, "document.pdf"), blankPDF(), 0o600))
	f.shell(command).In(SignaturePIN + "\n").OK()
	f.Tool("certutil", "libnss3-tools", "-A", "-d", "sql:firma", "-n", "Demo CA", "-t", "CT,C,C", "-i", f.CAFile).At(f.dir).OK()
	f.Tool("pdfsig", "poppler-utils", "-nssdir", "sql:firma", "signed.pdf").At(f.dir).OK().Has(f.t, "Signature is Valid", f.Holder)
	// The document holds the qualified certificate, and not the other one.
	signed := strings.ToLower(string(f.Read(filepath.Join(f.dir, "signed.pdf")))) // a PDF signature is hexadecimal text
	require.Contains(f.t, signed, hex.EncodeToString(f.signature))
	require.NotContains(f.t, signed, hex.EncodeToString(f.CertDER))
}
