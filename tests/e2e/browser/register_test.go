// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// same checks that a database's list of modules is as it was.
func (d *fixture) same(before []byte, list string) {
	d.Helper()
	require.Equal(d, string(before), string(d.Read(list)))
}

// A profile of a real Firefox: left alone while it runs, registered after it,
// used to log in, and then as it was before.
func TestFirefoxRegistered(t *testing.T) {
	d := newFixture(t, e2e.Options{})
	u := d.user(firefox, Options{Loading: NotLoaded})
	profile := u.firefox().profile
	d.home.write("home/.mozilla/firefox/profiles.ini", "[Profile0]\nName=test\nIsRelative=0\nPath="+profile+"\n")
	list := filepath.Join(profile, "pkcs11.txt")
	before := d.Read(list)

	out, code := d.tscns("register", "firefox", "--module", d.Module)
	require.Equal(t, 4, code, "refused while Firefox runs")
	require.Contains(t, out, "Firefox is running")
	u.quit()

	out, code = d.tscns("register", "firefox", "--module", d.Module)
	require.Zero(t, code, out)
	require.Contains(t, out, "registered")
	u = d.at(u.firefox().Again())
	u.login(tls.VersionTLS13)
	d.WrongPINs(0)
	u.quit()

	out, code = d.tscns("register", "firefox", "--module", d.Module)
	require.Zero(t, code)
	require.Contains(t, out, "registered already", "Firefox kept it")
	_, code = d.tscns("unregister", "firefox", "--module", d.Module)
	require.Zero(t, code)
	d.same(before, list)
}

// The database that Chromium-like browsers share, used by a real Chromium.
func TestChromiumRegistered(t *testing.T) {
	d := newFixture(t, e2e.Options{})
	list := d.home.Path("home/.pki/nssdb/pkcs11.txt")
	var before []byte
	u := d.user(chromium, Options{Prepare: func() {
		before = d.Read(list)
		out, code := d.tscns("register", "chrome", "--module", d.Module)
		require.Zero(t, code, out)
		require.Contains(t, out, "registered")
	}})
	u.login(tls.VersionTLS13)
	d.WrongPINs(0)
	u.quit()
	out, code := d.tscns("unregister", "chrome", "--module", d.Module)
	require.Zero(t, code, out)
	d.same(before, list)
}

// Older versions have a function for the slots of a module.
const listTokens = `return (async path => {
	const modules = Array.from(await Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB).listModules());
	const slots = m => Array.from(m.slots || m.QueryInterface(Ci.nsIPKCS11Module).listSlots());
	return modules.filter(m => m.libName == path).flatMap(slots).map(s => s.tokenName || "");
})(arguments[0]);`

// listCertificates gives those that are on a token, in DER.
const listCertificates = `return (async token => {
	const all = Array.from(await Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).getCerts());
	return all.filter(c => c.tokenName == token).map(c => c.getBase64DERString().replace(/[\r\n]/g, ""));
})(arguments[0]);`

// A profile of a real Thunderbird, registered with tscns: it lists the token
// and the card's certificate, asks for no PIN to do so, and its database is as
// it was afterwards. Mail is not signed: a CNS has no e-mail address.
func TestThunderbirdRegistered(t *testing.T) {
	d := newFixture(t, e2e.Options{})
	d.home.need("thunderbird")
	d.home.write("home/.thunderbird/profiles.ini", "[Profile0]\nName=test\nIsRelative=1\nPath=abcd.default\n")
	profile := d.home.Path("home/.thunderbird/abcd.default")
	require.NoError(t, os.MkdirAll(profile, 0o700))
	firefoxProfile(d.home, profile, Options{CA: d.CAFile})
	list := filepath.Join(profile, "pkcs11.txt")
	before := d.Read(list)

	out, code := d.tscns("register", "firefox", "--module", d.Module)
	require.Zero(t, code, out)
	require.Contains(t, out, "Thunderbird "+profile)

	u := d.at((&Firefox{running: running{home: d.home, profile: profile}, program: "thunderbird"}).launch())
	var tokens, certificates []string
	require.NoError(t, u.firefox().Chrome(&tokens, listTokens, d.Module))
	require.Contains(t, tokens, d.Token)
	require.NoError(t, u.firefox().Chrome(&certificates, listCertificates, d.Token))
	require.Equal(t, []string{base64.StdEncoding.EncodeToString(d.CertDER)}, certificates)
	require.Zero(t, d.PINCommands())
	out, code = d.tscns("register", "firefox", "--module", d.Module)
	require.Zero(t, code, out) // registered already, which needs no closing
	_, code = d.tscns("unregister", "firefox", "--module", d.Module)
	require.Equal(t, 4, code, "refused while Thunderbird runs")
	u.quit()
	_, code = d.tscns("unregister", "firefox", "--module", d.Module)
	require.Zero(t, code)
	d.same(before, list)
}

// The native manifest that packages install is one that Firefox takes: an
// extension with its id loads the module by it, under the manifest's
// description: the name that the policy gives it too, so that Firefox refuses to
// have it twice.
func TestFirefoxNativeManifest(t *testing.T) {
	d := newFixture(t, e2e.Options{})
	manifest := string(d.Read("../../../packaging/firefox/tscns.json"))
	const packaged = "/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so"
	require.Contains(t, manifest, packaged)
	d.home.write("home/.mozilla/pkcs11-modules/tscns.json", strings.ReplaceAll(manifest, packaged, d.Module))
	d.home.write("extension/manifest.json", `{"manifest_version": 2, "name": "a portal's extension", "version": "1", "permissions": ["pkcs11"],
"browser_specific_settings": {"gecko": {"id": "pkcs11@tscns"}}, "background": {"scripts": ["background.js"]}}`)
	d.home.write("extension/background.js", `browser.pkcs11.installModule("tscns");`)
	u := d.user(firefox, Options{Loading: NotLoaded})
	modules := func() (names []string) {
		// listModules answers with a promise in newer versions.
		require.NoError(t, u.firefox().Chrome(&names, `return Promise.resolve(Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB)
			.listModules()).then(list => [...list].map(m => m.name))`))
		return names
	}
	require.NotContains(t, modules(), moduleName)
	_, err := u.firefox().Call("Addon:Install", map[string]any{"path": d.home.Path("extension"), "temporary": true})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return strings.Contains(strings.Join(modules(), "\n"), moduleName) }, patience, poll)
	require.True(t, u.Maps(d.Module))
	u.quit()
}
