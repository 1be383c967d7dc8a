// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// administrator checks what the package does to the settings of a computer
// whose administrator has some of their own.
func (d *debian) administrator(t *testing.T, deb string) {
	const policies = "etc/firefox/policies/policies.json"
	read := func() string {
		b, err := os.ReadFile(d.path(policies))
		require.NoError(t, err)
		return string(b)
	}
	for name, c := range map[string]struct{ text, merged string }{
		"merged":     {"{ \"policies\" :\n\t{\"DisableTelemetry\":true } }", `"DisableTelemetry": true`},
		"not JSON":   {"{ \"policies\": { // a comment\n} }\n", "// a comment"},
		"own device": {`{"policies":{"SecurityDevices":{"Add":{"TS-CNS":"/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so"}}}}`, "tscns-pkcs11.so"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, d.write(policies, c.text, 0o640))
			before := d.snapshot(t)
			d.must(t, "dpkg", "-i", deb)
			assert.Contains(t, read(), c.merged)
			if name == "merged" {
				assert.Contains(t, read(), "tscns-pkcs11.so")
			} else {
				assert.Equal(t, c.text, read(), "left as it is")
			}
			d.must(t, "dpkg", "-i", deb) // an update
			d.must(t, "dpkg", "-r", "tscns")
			assert.Equal(t, c.text, read(), "byte for byte")
			info, err := os.Stat(d.path(policies))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o640), info.Mode().Perm())
			assert.FileExists(t, d.path("etc/xdg/autostart/tscns.desktop"), "settings stay until they are purged")
			d.must(t, "dpkg", "-P", "tscns")
			after := d.snapshot(t)
			// Its time of change may be another: its content was compared.
			delete(before, policies)
			delete(after, policies)
			same(t, before, after)
		})
	}
}
