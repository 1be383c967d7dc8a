// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// device is a module as Thunderbird lists it.
type device struct {
	Library string
	Tokens  []string
}

// Older versions have a function for the slots of a module.
const listDevices = `return (async () => {
	const modules = Array.from(await Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB).listModules());
	const slots = m => Array.from(m.slots || m.QueryInterface(Ci.nsIPKCS11Module).listSlots());
	return modules.map(m => ({ Library: m.libName || "", Tokens: slots(m).map(s => s.tokenName || "") }));
})();`

// listCertificates gives those that are on a token, in DER.
const listCertificates = `return (async token => {
	const all = Array.from(await Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).getCerts());
	return all.filter(c => c.tokenName == token).map(c => c.getBase64DERString());
})(arguments[0]);`

// A profile of a real Thunderbird, registered with tscns: it lists the token
// and the card's certificate, asks for no PIN to do so, and its database is as
// it was afterwards. Mail is not signed: a CNS has no e-mail address.
func TestThunderbirdRegistered(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	program, err := lookPath("thunderbird")
	skipMissing(t, err)
	tscns := d.command()
	require.NoError(t, d.home.write("home/.thunderbird/profiles.ini", "[Profile0]\nName=test\nIsRelative=1\nPath=abcd.default\n"))
	profile := d.home.Path("home/.thunderbird/abcd.default")
	require.NoError(t, os.MkdirAll(profile, 0o700))
	require.NoError(t, firefoxProfile(d.home, profile, FirefoxOptions{Module: d.Module, CA: d.CAFile}))
	list := filepath.Join(profile, "pkcs11.txt")
	before, err := os.ReadFile(list)
	require.NoError(t, err)

	out, code := tscns("register", "firefox", "--module", d.Module)
	require.Zero(t, code, out)
	require.Contains(t, out, "Thunderbird "+profile)

	f, err := launch(&Firefox{home: d.home, program: program, profile: profile})
	require.NoError(t, err)
	defer f.Stop()
	var devices []device
	require.NoError(t, f.Chrome(&devices, listDevices))
	require.Contains(t, tokensOf(devices, d.Module), d.Token)
	var certificates []string
	require.NoError(t, f.Chrome(&certificates, listCertificates, d.Token))
	require.Equal(t, []string{base64.StdEncoding.EncodeToString(d.CertDER)}, unwrapped(certificates))
	require.Zero(t, d.PINCommands())
	out, code = tscns("register", "firefox", "--module", d.Module)
	require.Zero(t, code, out) // registered already, which needs no closing
	_, code = tscns("unregister", "firefox", "--module", d.Module)
	require.Equal(t, 4, code, "refused while Thunderbird runs")
	took, err := f.Quit()
	require.NoError(t, err)
	require.Less(t, took, quitLimit)

	_, code = tscns("unregister", "firefox", "--module", d.Module)
	require.Zero(t, code)
	after, err := os.ReadFile(list)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}

// tokensOf returns the tokens of a module.
func tokensOf(devices []device, library string) []string {
	for _, d := range devices {
		if d.Library == library {
			return d.Tokens
		}
	}
	return nil
}

// unwrapped takes line ends out of base64.
func unwrapped(list []string) (flat []string) {
	for _, s := range list {
		flat = append(flat, strings.NewReplacer("\r", "", "\n", "").Replace(s))
	}
	return flat
}
