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
	run                               func(k *kitchen, command string)
	signs, old, everyToken, signature bool
}{
	"curl":                  {run: cookCurl, signs: true},
	"old-card":              {run: cookCurl, signs: true, old: true},
	"openssl-client":        {run: cookClient, signs: true},
	"openssl-dgst":          {run: cookDigest, signs: true},
	"openssl-cms":           {run: cookCMS, signs: true},
	"openssl-engine-cnf":    {run: cookRequest, signs: true},
	"openssl-provider-list": {run: cookProviderList},
	"openssl-provider-sign": {run: cookProviderSign, signs: true},
	"ssh-key":               {run: cookPublicKey},
	"ssh":                   {run: cookSSH, signs: true},
	"ssh-agent":             {run: cookAgent, signs: true, everyToken: true},
	"git-https":             {run: cookGitHTTPS, signs: true},
	"git-ssh":               {run: cookGitSSH, signs: true},
	"java":                  {run: cookJava},
	"thunderbird":           {run: cookThunderbird},
	"pdfsig":                {run: cookPDF, signs: true, everyToken: true},
	"openvpn":               {run: cookOpenVPN, signs: true},
	"git-sign":              {run: cookGitSign, signs: true, everyToken: true},
	"stunnel":               {run: cookStunnel, signs: true},
	"gnutls-cli":            {run: cookGnuTLS, signs: true},
	"wpa-supplicant":        {run: cookWPA, signs: true},
	"openconnect":           {run: cookOpenConnect, signs: true},
	"strongswan":            {run: cookStrongSwan, signs: true},
	"sign-cades":            {run: cookCAdES, signs: true, signature: true},
	"sign-pdf":              {run: cookSignPDF, signs: true, signature: true},
	"kinit":                 {run: cookKinit, signs: true},
	"sssd":                  {run: cookSSSD, signs: true},
	"pam-p11":               {run: cookPAMP11, signs: true},
	"pam-pkcs11":            {run: cookPAMPKCS11, signs: true},
	"jarsigner":             {run: cookJarsigner, signs: true},
	"osslsigncode":          {run: cookOSSLSignCode, signs: true},
	"gpgsm":                 {run: cookGpgsm, signs: true},
	"pykcs11":               {run: cookPython("PyKCS11", "python3-pykcs11"), signs: true},
	"python-pkcs11":         {run: cookPython("pkcs11", "python3-pkcs11"), signs: true},
	"graphene":              {run: cookGraphene, signs: true},
}

func cookCurl(k *kitchen, command string) {
	Need(k.t, "curl", "curl")
	k.needEngine()
	s := k.Server(tls.VersionTLS13)
	k.put("https://www.example.it/", s.URL("localhost"))
	k.env = append(k.env, "CURL_CA_BUNDLE="+k.CAFile)
	require.Contains(k.t, k.served(command, "", k.enginePrompt()), k.Holder)
	k.OneLogin(s, tls.VersionTLS13)
}

func cookClient(k *kitchen, command string) {
	k.needEngine()
	k.tscns()
	s := k.Server(tls.VersionTLS13)
	k.put("www.example.it:443", fmt.Sprintf("localhost:%d", s.Port()))
	k.env = append(k.env, "SSL_CERT_FILE="+k.CAFile)
	screen := k.served(command, k.Holder+"/", k.enginePrompt(), [2]string{"Verify return code: 0 (ok)", "GET / HTTP/1.0\n"})
	require.Contains(k.t, screen, "TLSv1.3")
	k.OneLogin(s, tls.VersionTLS13)
}

const recipeData = "dati da firmare\n"

// signedData gives the recipe a file to sign.
func (k *kitchen) signedData() {
	require.NoError(k.t, os.WriteFile(filepath.Join(k.dir, "data.txt"), []byte(recipeData), 0o600))
}

// checkSignature verifies data.sig by the standard library.
func (k *kitchen) checkSignature() {
	digest := sha256.Sum256([]byte(recipeData))
	require.NoError(k.t, rsa.VerifyPKCS1v15(k.PublicKey(), crypto.SHA256, digest[:], k.Read(filepath.Join(k.dir, "data.sig"))))
}

func cookDigest(k *kitchen, command string) {
	k.needEngine()
	k.signedData()
	k.served(command, "", k.enginePrompt())
	k.checkSignature()
}

func cookCMS(k *kitchen, command string) {
	k.needEngine()
	k.signedData()
	require.NoError(k.t, os.WriteFile(filepath.Join(k.dir, "card.pem"), k.Read(k.CertFile), 0o600))
	k.served(command, "", k.enginePrompt())
	k.Tool("openssl", "openssl", "cms", "-verify", "-in", "data.txt.p7m", "-inform", "DER", "-CAfile", k.CAFile, "-purpose", "any",
		"-binary", "-out", "back.txt").At(k.dir).OK()
	require.Equal(k.t, recipeData, string(k.Read(filepath.Join(k.dir, "back.txt"))))
}

// cookRequest has the library from the configuration file alone.
func cookRequest(k *kitchen, command string) {
	k.needEngine()
	k.noP11Kit = true
	k.served(command, "", k.enginePrompt())
	k.Tool("openssl", "openssl", "req", "-in", "request.pem", "-verify", "-noout").At(k.dir).OK().Has(k.t, "verify OK")
}

// TestEngineFileAlone: the file needs nothing of the system's configuration,
// which other distributions have elsewhere.
func TestEngineFileAlone(t *testing.T) {
	k := newKitchen(Start(t, Options{}))
	k.needEngine()
	k.signedData()
	text := strings.Replace(string(k.Read(filepath.Join(k.Dir, "openssl", "engine.cnf"))), "/etc/ssl/openssl.cnf", "/nonexistent/openssl.cnf", 1)
	require.Contains(t, text, "/nonexistent/")
	alone := k.File("alone.cnf", []byte(text))
	k.Tool("openssl", "openssl", "dgst", "-sha256", "-engine", "pkcs11", "-keyform", "engine", "-sign", k.URI("private")+";pin-value="+k.PIN,
		"-out", "data.sig", "data.txt").At(k.dir).With("OPENSSL_CONF=" + alone).OK()
	k.checkSignature()
}

// needProvider skips the test where OpenSSL has no provider for PKCS#11. The
// configuration has been read by then, with a provider that every OpenSSL has
// in the other's place. OPENSSL_MODULES names the directory of a provider that
// is not installed.
func (k *kitchen) needProvider() {
	k.t.Helper()
	if dir := os.Getenv("OPENSSL_MODULES"); dir != "" {
		k.env = append(k.env, "OPENSSL_MODULES="+dir)
	}
	k.noP11Kit = true
	config := filepath.Join(k.Dir, "openssl", "provider.cnf")
	list := func(config string) Result {
		return k.Tool("openssl", "openssl", "list", "-providers").With(append(k.env, "OPENSSL_CONF="+config)...).OK().
			Has(k.t, "OpenSSL Default Provider")
	}
	if strings.Contains(list(config).Out, "PKCS#11 Provider") {
		return
	}
	text := string(k.Read(config))
	require.Equal(k.t, 1, strings.Count(text, "module = pkcs11.so\n"))
	other := k.File("legacy.cnf", []byte(strings.NewReplacer("module = pkcs11.so", "module = legacy.so", "identity = pkcs11", "identity = legacy").Replace(text)))
	list(other).Has(k.t, "OpenSSL Legacy Provider")
	k.t.Skip("SKIPPED: OpenSSL's pkcs11-provider not installed (package pkcs11-provider; Debian 12 has none); only its configuration was tried")
}

func cookProviderList(k *kitchen, command string) {
	k.needProvider()
	before := k.PINCommands()
	k.cook(command).With(k.env...).OK().Has(k.t, k.Holder)
	require.Equal(k.t, before, k.PINCommands(), "a certificate is read without a PIN")
}

func cookProviderSign(k *kitchen, command string) {
	k.needProvider()
	k.signedData()
	k.served(command, "", k.pinAt("PKCS#11 Token"))
	k.checkSignature()
}

func TestProviderTries(t *testing.T) {
	k := newKitchen(Start(t, TwoTokens(t)))
	k.needProvider()
	k.Session()
	k.ProviderTries(filepath.Join(k.Dir, "openssl", "provider.cnf"), k.env...)
}

// sshHost lets the holder of the card in at the hosts of the recipes. settings are
// lines of ssh's configuration; asked says how often the PIN was asked for.
func (k *kitchen) sshHost(settings ...string) (asked func() int) {
	before := k.PINCommands()
	keys := k.Tool("ssh-keygen", "openssh-client", "-D", k.Module).OK().Out
	require.Equal(k.t, before, k.PINCommands(), "public keys are read without a PIN")
	config := k.File("ssh_config", []byte("Host *.example\nHostName 127.0.0.1\nPort "+fmt.Sprint(k.sshd(keys))+
		"\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\nIdentityFile none\n"+strings.Join(settings, "\n")+"\n"))
	require.FileExists(k.t, "/etc/ssh/ssh_config")
	k.mounts = "mount --bind '" + config + "' /etc/ssh/ssh_config && "
	k.put("host.example.it", "host.example")
	k.put("git.example.it", "git.example")
	env, asked := k.askpass()
	k.env = append(k.env, env...)
	return asked
}

func cookPublicKey(k *kitchen, command string) {
	Need(k.t, "ssh-keygen", "openssh-client")
	k.cook(command).OK()
	require.Contains(k.t, string(k.Read(filepath.Join(k.dir, "card.pub"))), "ssh-rsa ")
}

func cookSSH(k *kitchen, command string) {
	algorithms := []string{"rsa-sha2-512", "rsa-sha2-256"}
	if k.twoTokens() || k.readerName != ReaderName {
		algorithms = algorithms[:1] // the key is the same
	}
	for _, algorithm := range algorithms {
		asked := k.sshHost("PubkeyAcceptedAlgorithms " + algorithm)
		before := asked()
		k.cook(command).With(k.env...).In("echo LOGIN-$((40+2))\n").OK().Has(k.t, "LOGIN-42")
		require.Equal(k.t, before+1, asked(), "one question")
	}
}

// cookAgent logs in through an agent three times, each a new one: ssh-add gives
// its one PIN to every token, which may cost one try of another token's PIN in
// all, not one each time.
func cookAgent(k *kitchen, command string) {
	k.sshHost()
	for i := range 3 {
		asked := k.agent()
		before := asked()
		k.cook(command).With(k.env...).OK()
		if i == 0 {
			k.cook("ssh mario@host.example.it echo LOGIN-$((40+2))").With(k.env...).OK().Has(k.t, "LOGIN-42")
		}
		require.Equal(k.t, before+1, asked(), "one question for all logins")
		k.cook("ssh-add -e " + installedModule).With(k.env...).OK()
		require.NotZero(k.t, k.Tool("ssh-add", "openssh-client", "-L").With(k.env...).Run().Code, "no key is left")
	}
	low := strings.Contains(k.Tool("pkcs11-tool", "opensc", "--module", k.Module, "-L").OK().Out, "user PIN count low")
	require.Equal(k.t, k.twoTokens(), low, "what a new process shows of the other token's PIN")
}

// repository makes a project to clone.
func (k *kitchen) repository() string {
	git := func(args ...string) {
		k.Tool("git", "git", append([]string{"-c", "user.name=Prova", "-c", "user.email=prova@localhost", "-c", "init.defaultBranch=main"}, args...)...).OK()
	}
	work, bare := filepath.Join(k.Dir, "work-"+filepath.Base(k.dir)), filepath.Join(k.t.TempDir(), "project.git")
	git("init", "-q", work)
	git("-C", work, "commit", "-q", "--allow-empty", "-m", "first")
	git("clone", "-q", "--bare", work, bare)
	git("-C", bare, "update-server-info")
	return bare
}

func (k *kitchen) cloned() {
	k.Tool("git", "git", "-C", filepath.Join(k.dir, "project"), "log", "--oneline").OK().Has(k.t, "first")
}

func cookGitHTTPS(k *kitchen, command string) {
	Need(k.t, "git", "git")
	bare := k.repository()
	s := httptest.NewUnstartedServer(http.FileServer(http.Dir(filepath.Dir(bare))))
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: k.set.Authority.Pool(), MinVersion: tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.set.Server.Certificate}, PrivateKey: k.set.Server.Key}}}
	var holder string
	s.Config.Handler = func(inner http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			holder = q.TLS.PeerCertificates[0].Subject.CommonName
			inner.ServeHTTP(w, q)
		})
	}(s.Config.Handler)
	s.StartTLS()
	k.t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	require.NoError(k.t, err)
	k.put("https://git.example.it/", "https://localhost:"+port+"/")
	k.env = append(k.env, "GIT_SSL_CAINFO="+k.CAFile)
	if helper := k.Tool("bash", "bash", "-c", "ldd $(git --exec-path)/git-remote-https").Run(); !strings.Contains(helper.Out, "gnutls") {
		k.t.Skip("SKIPPED: this git does not use GnuTLS")
	}
	k.served(command, "", k.pinAt("Password for"))
	k.cloned()
	require.Equal(k.t, k.CommonName, holder)
}

func cookGitSSH(k *kitchen, command string) {
	Need(k.t, "git", "git")
	k.sshHost()
	k.put(":project.git", ":"+k.repository())
	k.cook(command).With(k.env...).OK()
	k.cloned()
}

// javaSlot adds to Java's configuration what the page says of a card that is
// not in the first slot.
func (k *kitchen) javaSlot() {
	if k.readerName != ReaderName {
		k.put(`name = TSCNS\n`, `name = TSCNS\nslotListIndex = 2\n`)
		k.remark = "Java looks at one slot, which slotListIndex names"
	}
}

func cookJava(k *kitchen, command string) {
	Need(k.t, "keytool", packageJava)
	k.javaSlot()
	k.cook(command).With("JAVA_TOOL_OPTIONS=-Duser.home="+k.Home).In(k.PIN+"\n").OK().Has(k.t, "PrivateKeyEntry", k.Label)
}

// mozillaProfile makes a profile of a Mozilla program with a real, empty
// database.
func (k *kitchen) mozillaProfile(folder string) string {
	k.t.Helper()
	dir := filepath.Join(k.Home, folder, "abcd.default")
	require.NoError(k.t, os.MkdirAll(dir, 0o700))
	k.t.Cleanup(func() { _ = os.RemoveAll(filepath.Join(k.Home, folder)) })
	require.NoError(k.t, os.WriteFile(filepath.Join(k.Home, folder, "profiles.ini"), []byte("[Profile0]\nName=default\nIsRelative=1\nPath=abcd.default\n"), 0o600))
	k.Tool("certutil", "libnss3-tools", "-N", "-d", "sql:"+dir, "--empty-password").OK()
	k.Tool("certutil", "libnss3-tools", "-A", "-d", "sql:"+dir, "-n", "Demo CA", "-t", "CT,C,C", "-i", k.CAFile).OK()
	return dir
}

// cookThunderbird looks at the profile with NSS's tools; tests/e2e/browser has
// Thunderbird itself look.
func cookThunderbird(k *kitchen, command string) {
	dir := k.mozillaProfile(".thunderbird")
	k.tscns()
	k.cook(command).OK().Has(k.t, "Thunderbird", "registered")
	k.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-list").OK().Has(k.t, "status: loaded", "token: "+k.Token)
	k.Tool("certutil", "libnss3-tools", "-L", "-d", "sql:"+dir, "-h", "all").OK().Has(k.t, k.nssName())
}

func cookPDF(k *kitchen, command string) {
	Need(k.t, "pdfsig", "poppler-utils")
	k.mozillaProfile(".mozilla/firefox")
	k.tscns()
	k.cook("tscns register firefox").OK()
	require.NoError(k.t, os.WriteFile(filepath.Join(k.dir, "document.pdf"), blankPDF(), 0o600))
	if k.twoTokens() {
		result := k.cook(command).In(k.PIN + "\n").Run()
		require.NotZero(k.t, result.Code)
		result.Has(k.t, "Password was not accepted")
		k.unsupported("pdfsig gives one password to every token and stops at the first that refuses it; sign-pdf takes one token alone")
	}
	k.cook(command).In(k.PIN + "\n").OK()
	k.Tool("pdfsig", "poppler-utils", "signed.pdf").At(k.dir).OK().Has(k.t, "Signature is Valid", k.CommonName)
}

func cookOpenVPN(k *kitchen, command string) {
	openvpn := func(args ...string) *Command { return k.Tool("openvpn", "openvpn", args...) }
	if strings.Contains(openvpn("--show-pkcs11-ids", k.Module).Run().Text(), "Unrecognized option") {
		k.t.Skip("SKIPPED: this openvpn was built without PKCS#11")
	}
	port := fmt.Sprint(freePort(k.t))
	server := openvpn("--dev", "null", "--ifconfig-noexec", "--verb", "3", "--ca", k.CAFile, "--proto", "tcp-server", "--local", "127.0.0.1",
		"--port", port, "--tls-server", "--dh", "none", "--cert", k.ServerFile, "--key", k.ServerFile).Start()
	server.WaitLog(k.t, "Listening for incoming TCP connection")
	require.NoError(k.t, os.WriteFile(filepath.Join(k.dir, "vpn.ovpn"), []byte("dev null\nifconfig-noexec\nverb 3\nproto tcp-client\nremote 127.0.0.1 "+
		port+"\ntls-client\nnobind\nca "+k.CAFile+"\nremote-cert-tls server\n"), 0o600))
	k.served(command, "Control Channel: TLSv1.3", k.pinAt(k.Token+" token Password:"))
	server.WaitLog(k.t, "VERIFY OK: depth=0")
	server.WaitLog(k.t, k.Holder)
}
