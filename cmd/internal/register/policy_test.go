// SPDX-License-Identifier: Apache-2.0

package register

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
)

func TestSystemLeavesNoTrace(t *testing.T) {
	w := world(t)
	before := tree(t, w.Root, w.Home.Dir)
	assert.Equal(t, []Outcome{Done, Done}, outcomes(w.RegisterSystem(All)))
	b, err := os.ReadFile(filepath.Join(w.Root, "etc/firefox/policies/policies.json"))
	require.NoError(t, err)
	assert.JSONEq(t, `{"policies":{"SecurityDevices":{"Add":{"TS-CNS":"`+w.Module+`"}}}}`, string(b))
	b, err = os.ReadFile(filepath.Join(w.Root, "etc/pkcs11/modules/tscns.module"))
	require.NoError(t, err)
	assert.Contains(t, string(b), "\nmodule: "+w.Module+"\n")
	assert.Equal(t, []Outcome{Nothing, Nothing}, outcomes(w.RegisterSystem(All)))
	assert.Equal(t, []Outcome{Done, Done}, outcomes(w.UnregisterSystem(All)))
	assert.NoFileExists(t, filepath.Join(w.Root, "etc/firefox/policies/policies.json"))
	assert.NoDirExists(t, filepath.Join(w.Root, "etc/pkcs11"))
	after := tree(t, w.Root, w.Home.Dir)
	delete(after, filepath.Join(w.Root, "etc"))
	assert.Equal(t, before, after)
	assert.Equal(t, []Outcome{Failed}, outcomes(w.RegisterSystem(Chrome)), "Chromium has no such setting")
}

// Policies that are there stay as they are, in their order.
func TestPolicyIsMerged(t *testing.T) {
	for name, c := range map[string]struct{ before, with string }{
		"others' policies": {
			"{\n    \"policies\": {\n        \"Homepage\": {\"URL\": \"https://example.org/\", \"Locked\": true},\n        \"DisableTelemetry\": true\n    }\n}\n",
			`{"policies":{"Homepage":{"URL":"https://example.org/","Locked":true},"DisableTelemetry":true,"SecurityDevices":{"Add":{"TS-CNS":"/m.so"}}}}`,
		},
		"others' devices": {
			`{"policies":{"SecurityDevices":{"Add":{"OpenSC":"/usr/lib/opensc-pkcs11.so"},"Delete":["Old"]},"Zoom":1.50}}`,
			`{"policies":{"SecurityDevices":{"Add":{"OpenSC":"/usr/lib/opensc-pkcs11.so","TS-CNS":"/m.so"},"Delete":["Old"]},"Zoom":1.50}}`,
		},
		"the older form": {
			`{"policies":{"SecurityDevices":{"OpenSC":"/usr/lib/opensc-pkcs11.so"}}}`,
			`{"policies":{"SecurityDevices":{"OpenSC":"/usr/lib/opensc-pkcs11.so","TS-CNS":"/m.so"}}}`,
		},
		"no policies": {`{"other":[1,2]}`, `{"other":[1,2],"policies":{"SecurityDevices":{"Add":{"TS-CNS":"/m.so"}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := &World{Root: t.TempDir(), Module: "/m.so"}
			path := filepath.Join(w.Root, "etc/firefox/policies/policies.json")
			write(t, path, c.before)
			require.Equal(t, []Outcome{Done}, outcomes(w.RegisterSystem(Firefox)))
			assert.Equal(t, compact(t, c.with), compact(t, read(t, path)), "order and numbers as they were")
			library, _ := w.PolicyModule()
			assert.Equal(t, "/m.so", library)
			require.Equal(t, []Outcome{Done}, outcomes(w.UnregisterSystem(Firefox)))
			assert.Equal(t, compact(t, c.before), compact(t, read(t, path)))
			require.Equal(t, []Outcome{Nothing}, outcomes(w.UnregisterSystem(Firefox)))
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// compact takes the white space out of a JSON text and leaves the rest.
func compact(t *testing.T, s string) string {
	t.Helper()
	var o object
	require.NoError(t, json.Unmarshal([]byte(s), &o), s)
	b, err := json.Marshal(o)
	require.NoError(t, err)
	return string(b)
}

func TestPolicyThatIsNoJSONIsLeftAlone(t *testing.T) {
	for _, text := range []string{"{ // a comment\n}", "[]", `{"policies": []}`, `{"policies":{"SecurityDevices":"x"}}`, ""} {
		w := &World{Root: t.TempDir(), Module: "/m.so"}
		path := filepath.Join(w.Root, "etc/firefox/policies/policies.json")
		write(t, path, text)
		steps := w.RegisterSystem(Firefox)
		assert.Equal(t, []Outcome{Failed}, outcomes(steps), "%q", text)
		assert.Contains(t, steps[0].Text.In(message.Italian), path)
		assert.Equal(t, text, read(t, path))
	}
}

// Firefox reads one file: that of its own folder is merged into, where making
// the system's would put it out of force.
func TestPolicyFileInForce(t *testing.T) {
	w := &World{Root: t.TempDir(), Module: "/m.so"}
	own := filepath.Join(w.Root, "usr/lib/firefox-esr/distribution/policies.json")
	write(t, own, `{"policies":{"DisableTelemetry":true}}`)
	require.Equal(t, []Outcome{Done}, outcomes(w.RegisterSystem(Firefox)))
	assert.Contains(t, read(t, own), "TS-CNS")
	assert.NoDirExists(t, filepath.Join(w.Root, "etc"))
}
