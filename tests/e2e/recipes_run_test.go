// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// recipeRunners runs each recipe of docs/recipes.md and looks at what came of
// it. signs: the card has to. old: with a card that has a key of 1024 bits.
// everyToken: the program gives its PIN to every token. signature: it is about
// the second token.
var recipeRunners = map[string]struct {
	run                               func(f *fixture, command string)
	signs, old, everyToken, signature bool
}{
	"curl":                  {run: runCurl, signs: true},
	"old-card":              {run: runCurl, signs: true, old: true},
	"curl-tls12":            {run: runCurlTLS12, signs: true},
	"openssl-client":        {run: runClient, signs: true},
	"openssl-dgst":          {run: runDigest, signs: true},
	"openssl-cms":           {run: runCMS, signs: true},
	"openssl-engine-cnf":    {run: runRequest, signs: true},
	"openssl-provider-list": {run: runProviderList},
	"openssl-provider-sign": {run: runProviderSign, signs: true},
	"ssh-key":               {run: runPublicKey},
	"ssh":                   {run: runSSH, signs: true},
	"ssh-agent":             {run: runAgent, signs: true, everyToken: true},
	"git-https":             {run: runGitHTTPS, signs: true},
	"git-ssh":               {run: runGitSSH, signs: true},
	"java":                  {run: runJava},
	"thunderbird":           {run: runThunderbird},
	"pdfsig":                {run: runPDF, signs: true, everyToken: true},
	"openvpn":               {run: runOpenVPN, signs: true},
	"git-sign":              {run: runGitSign, signs: true, everyToken: true},
	"stunnel":               {run: runStunnel, signs: true},
	"gnutls-cli":            {run: runGnuTLS, signs: true},
	"wpa-supplicant":        {run: runWPA, signs: true},
	"openconnect":           {run: runOpenConnect, signs: true},
	"strongswan":            {run: runStrongSwan, signs: true},
	"sign-cades":            {run: runCAdES, signs: true, signature: true},
	"sign-pdf":              {run: runSignPDF, signs: true, signature: true},
	"kinit":                 {run: runKinit, signs: true},
	"sssd":                  {run: runSSSD, signs: true},
	"pam-p11":               {run: runPAMP11, signs: true},
	"pam-pkcs11":            {run: runPAMPKCS11, signs: true},
	"jarsigner":             {run: runJarsigner, signs: true},
	"osslsigncode":          {run: runOSSLSignCode, signs: true},
	"gpgsm":                 {run: runGpgsm, signs: true},
	"pykcs11":               {run: runPython("PyKCS11", "python3-pykcs11"), signs: true},
	"python-pkcs11":         {run: runPython("pkcs11", "python3-pkcs11"), signs: true},
	"graphene":              {run: runGraphene, signs: true},
}

func runCurl(f *fixture, command string) {
	Need(f.t, "curl", "curl")
	f.needEngine()
	s := f.Server(tls.VersionTLS13)
	f.put("https://www.example.it/", s.URL("localhost"))
	f.env = append(f.env, "CURL_CA_BUNDLE="+f.CAFile)
	require.Contains(f.t, f.served(command, "", f.enginePrompt()), f.Holder)
	f.OneLogin(s, tls.VersionTLS13)
}

// runCurlTLS12 keeps to the one signature of cards without RSA-PSS, at a server
// that would rather have another.
func runCurlTLS12(f *fixture, command string) {
	Need(f.t, "curl", "curl")
	f.needEngine()
	s := f.Server(0)
	f.put("https://www.example.it/", s.URL("localhost"))
	f.env = append(f.env, "CURL_CA_BUNDLE="+f.CAFile)
	require.Contains(f.t, f.served(command, "", f.enginePrompt()), f.Holder)
	require.Equal(f.t, tls.PKCS1WithSHA256, f.OneLogin(s, tls.VersionTLS12).Signature)
}

func runClient(f *fixture, command string) {
	f.needEngine()
	f.tscns()
	s := f.Server(tls.VersionTLS13)
	f.put("www.example.it:443", fmt.Sprintf("localhost:%d", s.Port()))
	f.env = append(f.env, "SSL_CERT_FILE="+f.CAFile)
	terminal := f.onTerminal(command)
	terminal.Answer(f.enginePrompt()[0], f.PIN+"\n")
	terminal.Until("Verify return code: 0 (ok)")
	terminal.Type("GET / HTTP/1.0\n\n")
	terminal.Until(f.Holder + "/")
	terminal.Stop()
	require.Contains(f.t, terminal.Shown(), "TLSv1.3")
	f.OneLogin(s, tls.VersionTLS13)
}

const recipeData = "dati da firmare\n"

// signedData gives the recipe a file to sign.
func (f *fixture) signedData() {
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, "data.txt"), []byte(recipeData), 0o600))
}

// checkSignature verifies data.sig by the standard library.
func (f *fixture) checkSignature() {
	digest := sha256.Sum256([]byte(recipeData))
	require.NoError(f.t, rsa.VerifyPKCS1v15(f.PublicKey(), crypto.SHA256, digest[:], f.Read(filepath.Join(f.dir, "data.sig"))))
}

func runDigest(f *fixture, command string) {
	f.needEngine()
	f.signedData()
	f.served(command, "", f.enginePrompt())
	f.checkSignature()
}

func runCMS(f *fixture, command string) {
	f.needEngine()
	f.signedData()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, "card.pem"), f.Read(f.CertFile), 0o600))
	f.served(command, "", f.enginePrompt())
	f.Tool("openssl", "openssl", "cms", "-verify", "-in", "data.txt.p7m", "-inform", "DER", "-CAfile", f.CAFile, "-purpose", "any",
		"-binary", "-out", "back.txt").At(f.dir).OK()
	require.Equal(f.t, recipeData, string(f.Read(filepath.Join(f.dir, "back.txt"))))
}

// runRequest has the library from the configuration file alone.
func runRequest(f *fixture, command string) {
	f.needEngine()
	f.noP11Kit = true
	f.served(command, "", f.enginePrompt())
	f.Tool("openssl", "openssl", "req", "-in", "request.pem", "-verify", "-noout").At(f.dir).OK().Has(f.t, "verify OK")
}

// TestEngineFileAlone: the file needs nothing of the system's configuration,
// which other distributions have elsewhere.
func TestEngineFileAlone(t *testing.T) {
	f := newFixture(Start(t, Options{}))
	f.needEngine()
	f.signedData()
	text := strings.Replace(string(f.Read(filepath.Join(f.Dir, "openssl", "engine.cnf"))), "/etc/ssl/openssl.cnf", "/nonexistent/openssl.cnf", 1)
	require.Contains(t, text, "/nonexistent/")
	alone := f.File("alone.cnf", []byte(text))
	f.Tool("openssl", "openssl", "dgst", "-sha256", "-engine", "pkcs11", "-keyform", "engine", "-sign", f.URI("private")+";pin-value="+f.PIN,
		"-out", "data.sig", "data.txt").At(f.dir).With("OPENSSL_CONF=" + alone).OK()
	f.checkSignature()
}

// needProvider skips the test where OpenSSL has no provider for PKCS#11. The
// configuration has been read by then, with a provider that every OpenSSL has
// in the other's place. OPENSSL_MODULES names the directory of a provider that
// is not installed.
func (f *fixture) needProvider() {
	f.t.Helper()
	if dir := os.Getenv("OPENSSL_MODULES"); dir != "" {
		f.env = append(f.env, "OPENSSL_MODULES="+dir)
	}
	f.noP11Kit = true
	config := filepath.Join(f.Dir, "openssl", "provider.cnf")
	list := func(config string) Result {
		return f.Tool("openssl", "openssl", "list", "-providers").With(append(f.env, "OPENSSL_CONF="+config)...).OK().
			Has(f.t, "OpenSSL Default Provider")
	}
	if strings.Contains(list(config).Out, "PKCS#11 Provider") {
		return
	}
	text := string(f.Read(config))
	require.Equal(f.t, 1, strings.Count(text, "module = pkcs11.so\n"))
	other := f.File("legacy.cnf", []byte(strings.NewReplacer("module = pkcs11.so", "module = legacy.so", "identity = pkcs11", "identity = legacy").Replace(text)))
	list(other).Has(f.t, "OpenSSL Legacy Provider")
	f.t.Skip("SKIPPED: OpenSSL's pkcs11-provider not installed (package pkcs11-provider; Debian 12 has none); only its configuration was tried")
}

func runProviderList(f *fixture, command string) {
	f.needProvider()
	before := f.PINCommands()
	f.shell(command).With(f.env...).OK().Has(f.t, f.Holder)
	require.Equal(f.t, before, f.PINCommands(), "a certificate is read without a PIN")
}

func runProviderSign(f *fixture, command string) {
	f.needProvider()
	f.signedData()
	f.served(command, "", f.pinAt("PKCS#11 Token"))
	f.checkSignature()
}

func TestProviderTries(t *testing.T) {
	f := newFixture(Start(t, TwoTokens(t)))
	f.needProvider()
	f.Session()
	f.ProviderTries(filepath.Join(f.Dir, "openssl", "provider.cnf"), f.env...)
}

// sshHost lets the holder of the card in at the hosts of the recipes. settings are
// lines of ssh's configuration; asked says how often the PIN was asked for.
func (f *fixture) sshHost(settings ...string) (asked func() int) {
	before := f.PINCommands()
	keys := f.Tool("ssh-keygen", "openssh-client", "-D", f.Module).OK().Out
	require.Equal(f.t, before, f.PINCommands(), "public keys are read without a PIN")
	config := f.File("ssh_config", []byte("Host *.example\nHostName 127.0.0.1\nPort "+fmt.Sprint(f.sshd(keys))+
		"\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\nIdentityFile none\n"+strings.Join(settings, "\n")+"\n"))
	require.FileExists(f.t, "/etc/ssh/ssh_config")
	f.mounts = "mount --bind '" + config + "' /etc/ssh/ssh_config && "
	f.put("host.example.it", "host.example")
	f.put("git.example.it", "git.example")
	env, asked := f.askpass()
	f.env = append(f.env, env...)
	return asked
}

func runPublicKey(f *fixture, command string) {
	Need(f.t, "ssh-keygen", "openssh-client")
	f.shell(command).OK()
	require.Contains(f.t, string(f.Read(filepath.Join(f.dir, "card.pub"))), "ssh-rsa ")
}

func runSSH(f *fixture, command string) {
	algorithms := []string{"rsa-sha2-512", "rsa-sha2-256"}
	if f.twoTokens() || f.readerName != ReaderName {
		algorithms = algorithms[:1] // the key is the same
	}
	for _, algorithm := range algorithms {
		asked := f.sshHost("PubkeyAcceptedAlgorithms " + algorithm)
		before := asked()
		f.shell(command).With(f.env...).In("echo LOGIN-$((40+2))\n").OK().Has(f.t, "LOGIN-42")
		require.Equal(f.t, before+1, asked(), "one question")
	}
}

// runAgent logs in through an agent three times, each a new one: ssh-add gives
// its one PIN to every token, which may cost one try of another token's PIN in
// all, not one each time.
func runAgent(f *fixture, command string) {
	f.sshHost()
	for i := range 3 {
		asked := f.agent()
		before := asked()
		f.shell(command).With(f.env...).OK()
		if i == 0 {
			f.shell("ssh mario@host.example.it echo LOGIN-$((40+2))").With(f.env...).OK().Has(f.t, "LOGIN-42")
		}
		require.Equal(f.t, before+1, asked(), "one question for all logins")
		f.shell("ssh-add -e " + installedModule).With(f.env...).OK()
		require.NotZero(f.t, f.Tool("ssh-add", "openssh-client", "-L").With(f.env...).Run().Code, "no key is left")
	}
	low := strings.Contains(f.Tool("pkcs11-tool", "opensc", "--module", f.Module, "-L").OK().Out, "user PIN count low")
	require.Equal(f.t, f.twoTokens(), low, "what a new process shows of the other token's PIN")
}

// repository makes a project to clone.
func (f *fixture) repository() string {
	git := func(args ...string) {
		f.Tool("git", "git", append([]string{"-c", "user.name=Prova", "-c", "user.email=prova@localhost", "-c", "init.defaultBranch=main"}, args...)...).OK()
	}
	work, bare := filepath.Join(f.Dir, "work-"+filepath.Base(f.dir)), filepath.Join(f.t.TempDir(), "project.git")
	git("init", "-q", work)
	git("-C", work, "commit", "-q", "--allow-empty", "-m", "first")
	git("clone", "-q", "--bare", work, bare)
	git("-C", bare, "update-server-info")
	return bare
}

func (f *fixture) cloned() {
	f.Tool("git", "git", "-C", filepath.Join(f.dir, "project"), "log", "--oneline").OK().Has(f.t, "first")
}

func runGitHTTPS(f *fixture, command string) {
	Need(f.t, "git", "git")
	bare := f.repository()
	s := httptest.NewUnstartedServer(http.FileServer(http.Dir(filepath.Dir(bare))))
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: f.set.Authority.Pool(), MinVersion: tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{f.set.Server.Certificate}, PrivateKey: f.set.Server.Key}}}
	var holder string
	s.Config.Handler = func(inner http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			holder = q.TLS.PeerCertificates[0].Subject.CommonName
			inner.ServeHTTP(w, q)
		})
	}(s.Config.Handler)
	s.StartTLS()
	f.t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	require.NoError(f.t, err)
	f.put("https://git.example.it/", "https://localhost:"+port+"/")
	f.env = append(f.env, "GIT_SSL_CAINFO="+f.CAFile)
	if helper := f.Tool("bash", "bash", "-c", "ldd $(git --exec-path)/git-remote-https").Run(); !strings.Contains(helper.Out, "gnutls") {
		f.t.Skip("SKIPPED: this git does not use GnuTLS")
	}
	f.served(command, "", f.pinAt("Password for"))
	f.cloned()
	require.Equal(f.t, f.CommonName, holder)
}

func runGitSSH(f *fixture, command string) {
	Need(f.t, "git", "git")
	f.sshHost()
	f.put(":project.git", ":"+f.repository())
	f.shell(command).With(f.env...).OK()
	f.cloned()
}

// javaSlot adds to Java's configuration what the page says of a card that is
// not in the first slot.
func (f *fixture) javaSlot() {
	if f.readerName != ReaderName {
		f.put(`name = TSCNS\n`, `name = TSCNS\nslotListIndex = 2\n`)
		f.remark = "Java looks at one slot, which slotListIndex names"
	}
}

func runJava(f *fixture, command string) {
	Need(f.t, "keytool", packageJava)
	f.javaSlot()
	f.shell(command).With("JAVA_TOOL_OPTIONS=-Duser.home="+f.Home).In(f.PIN+"\n").OK().Has(f.t, "PrivateKeyEntry", f.Label)
}

// mozillaProfile makes a profile of a Mozilla program with a real, empty
// database.
func (f *fixture) mozillaProfile(folder string) string {
	f.t.Helper()
	dir := filepath.Join(f.Home, folder, "abcd.default")
	require.NoError(f.t, os.MkdirAll(dir, 0o700))
	f.t.Cleanup(func() { _ = os.RemoveAll(filepath.Join(f.Home, folder)) })
	require.NoError(f.t, os.WriteFile(filepath.Join(f.Home, folder, "profiles.ini"), []byte("[Profile0]\nName=default\nIsRelative=1\nPath=abcd.default\n"), 0o600))
	f.Tool("certutil", "libnss3-tools", "-N", "-d", "sql:"+dir, "--empty-password").OK()
	f.Tool("certutil", "libnss3-tools", "-A", "-d", "sql:"+dir, "-n", "Demo CA", "-t", "CT,C,C", "-i", f.CAFile).OK()
	return dir
}

// runThunderbird looks at the profile with NSS's tools; tests/e2e/browser has
// Thunderbird itself look.
func runThunderbird(f *fixture, command string) {
	dir := f.mozillaProfile(".thunderbird")
	f.tscns()
	f.shell(command).OK().Has(f.t, "Thunderbird", "registered")
	f.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-list").OK().Has(f.t, "status: loaded", "token: "+f.Token)
	f.Tool("certutil", "libnss3-tools", "-L", "-d", "sql:"+dir, "-h", "all").OK().Has(f.t, f.nssName())
}

func runPDF(f *fixture, command string) {
	Need(f.t, "pdfsig", "poppler-utils")
	f.mozillaProfile(".mozilla/firefox")
	f.tscns()
	f.shell("tscns register firefox").OK()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, "document.pdf"), blankPDF(), 0o600))
	if f.twoTokens() {
		result := f.shell(command).In(f.PIN + "\n").Run()
		require.NotZero(f.t, result.Code)
		result.Has(f.t, "Password was not accepted")
		f.unsupported("pdfsig gives one password to every token and stops at the first that refuses it; sign-pdf takes one token alone")
	}
	f.shell(command).In(f.PIN + "\n").OK()
	f.Tool("pdfsig", "poppler-utils", "signed.pdf").At(f.dir).OK().Has(f.t, "Signature is Valid", f.CommonName)
}

func runOpenVPN(f *fixture, command string) {
	openvpn := func(args ...string) *Command { return f.Tool("openvpn", "openvpn", args...) }
	if strings.Contains(openvpn("--show-pkcs11-ids", f.Module).Run().Text(), "Unrecognized option") {
		f.t.Skip("SKIPPED: this openvpn was built without PKCS#11")
	}
	port := fmt.Sprint(freePort(f.t))
	server := openvpn("--dev", "null", "--ifconfig-noexec", "--verb", "3", "--ca", f.CAFile, "--proto", "tcp-server", "--local", "127.0.0.1",
		"--port", port, "--tls-server", "--dh", "none", "--cert", f.ServerFile, "--key", f.ServerFile).Start()
	server.WaitLog(f.t, "Listening for incoming TCP connection")
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, "vpn.ovpn"), []byte("dev null\nifconfig-noexec\nverb 3\nproto tcp-client\nremote 127.0.0.1 "+
		port+"\ntls-client\nnobind\nca "+f.CAFile+"\nremote-cert-tls server\n"), 0o600))
	f.served(command, "Control Channel: TLSv1.3", f.pinAt(f.Token+" token Password:"))
	server.WaitLog(f.t, "VERIFY OK: depth=0")
	server.WaitLog(f.t, f.Holder)
}
