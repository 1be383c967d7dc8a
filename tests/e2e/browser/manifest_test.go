// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"archive/zip"
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// extension is one that asks for the module by the name in the native manifest.
var extension = map[string]string{
	"manifest.json": `{"manifest_version": 2, "name": "a portal's extension", "version": "1", "permissions": ["pkcs11"],
"browser_specific_settings": {"gecko": {"id": "pkcs11@tscns"}}, "background": {"scripts": ["background.js"]}}`,
	"background.js": `browser.pkcs11.installModule("tscns");`,
}

func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = f.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// The native manifest that packages install is one that Firefox takes: an
// extension with its id loads the module by it, under the manifest's
// description: the name that the policy gives it too, so that Firefox refuses to
// have it twice.
func TestFirefoxNativeManifest(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	manifest, err := os.ReadFile("../../../packaging/firefox/tscns.json")
	require.NoError(t, err)
	const packaged = "/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so"
	require.Contains(t, string(manifest), packaged)
	require.NoError(t, d.home.write("home/.mozilla/pkcs11-modules/tscns.json", strings.ReplaceAll(string(manifest), packaged, d.Module)))
	f := d.firefox(FirefoxOptions{Loading: NotLoaded})
	modules := func() (names []string) {
		// listModules answers with a promise in newer versions.
		require.NoError(t, f.Chrome(&names, `return Promise.resolve(Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB)
			.listModules()).then(list => [...list].map(m => m.name))`))
		return names
	}
	require.NotContains(t, modules(), moduleName)
	_, err = f.Call("Addon:Install", map[string]any{"path": d.File("extension.xpi", packed(t, extension)), "temporary": true})
	require.NoError(t, err)
	require.NoError(t, until("the extension to load the module", patience, func() (bool, error) { return slices.Contains(modules(), moduleName), nil }))
	loaded, err := f.Maps(d.Module)
	require.NoError(t, err)
	require.True(t, loaded)
	f.quit()
}
