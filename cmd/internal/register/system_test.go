// SPDX-License-Identifier: Apache-2.0

package register

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A policy file as administrators write them: not as a program would.
const handMade = "{ \"policies\" : {\n\t\"DisableTelemetry\":true ,\n\n  \"Homepage\": {\"URL\": \"https://example.org/\"} } }"

func policies(w *World) string { return filepath.Join(w.Root, "etc/firefox/policies/policies.json") }

func TestPolicyFileIsRestoredByteForByte(t *testing.T) {
	w := &World{Root: t.TempDir(), Module: "/m.so"}
	write(t, policies(w), handMade)
	require.NoError(t, os.Chmod(policies(w), 0o640))
	before := tree(t, w.Root)
	require.Equal(t, []Outcome{Done}, outcomes(w.RegisterSystem(Firefox)))
	assert.NotEqual(t, before, tree(t, w.Root))
	// The library moves: the file still goes back to what it was first.
	w.Module = "/moved/m.so"
	require.Equal(t, []Outcome{Done}, outcomes(w.RegisterSystem(Firefox)))
	require.Equal(t, []Outcome{Done}, outcomes(w.UnregisterSystem(Firefox)))
	after := tree(t, w.Root)
	assert.Equal(t, handMade, read(t, policies(w))) //nolint:testifylint // byte for byte: JSONEq would be weaker
	delete(after, filepath.Join(w.Root, "var"))     // part of every system
	delete(after, filepath.Join(w.Root, "var/lib"))
	assert.Equal(t, before, after)
	info, err := os.Stat(policies(w))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o640), info.Mode().Perm())
}

// What an administrator changed meanwhile stays.
func TestPolicyFileChangedMeanwhile(t *testing.T) {
	w := &World{Root: t.TempDir(), Module: "/m.so"}
	require.Equal(t, []Outcome{Done}, outcomes(w.RegisterSystem(Firefox)))
	write(t, policies(w), strings.Replace(read(t, policies(w)), `"policies": {`, `"policies": {"DisableTelemetry": true,`, 1))
	require.Equal(t, []Outcome{Done}, outcomes(w.UnregisterSystem(Firefox)))
	assert.JSONEq(t, `{"policies":{"DisableTelemetry":true}}`, read(t, policies(w)))
	assert.NoDirExists(t, filepath.Join(w.Root, "var/lib/tscns"))
}

// A policy that an administrator wrote is not noted as ours: a package takes
// back only what has a note.
func TestAdministratorsPolicyHasNoNote(t *testing.T) {
	w := &World{Root: t.TempDir(), Module: "/m.so"}
	write(t, policies(w), `{"policies":{"SecurityDevices":{"Add":{"TS-CNS":"/m.so"}}}}`)
	before := tree(t, w.Root)
	assert.Equal(t, []Outcome{Nothing}, outcomes(w.RegisterSystem(Firefox)))
	assert.Equal(t, before, tree(t, w.Root))
}

// Where the right to write is missing nothing is left behind.
func TestPolicyWithoutPermission(t *testing.T) {
	w := &World{Root: t.TempDir(), Module: "/m.so"}
	write(t, filepath.Join(w.Root, "var"), "a file where a folder should be")
	before := tree(t, w.Root)
	assert.Equal(t, []Outcome{Failed}, outcomes(w.RegisterSystem(Firefox)))
	after := tree(t, w.Root)
	delete(after, filepath.Join(w.Root, "etc"))
	assert.Equal(t, before, after)
}

// On a system whose NSS loads p11-kit, the policy would show the card twice.
func TestNoPolicyBesideThePackagesP11Kit(t *testing.T) {
	w := &World{Root: t.TempDir(), Module: "/usr/lib64/pkcs11/tscns-pkcs11.so"}
	write(t, filepath.Join(w.Root, "etc/crypto-policies/back-ends/nss.config"), "library=p11-kit-proxy.so\n")
	write(t, filepath.Join(w.Root, "usr/share/p11-kit/modules/tscns.module"), "module: tscns-pkcs11.so\n")
	assert.Equal(t, []Outcome{Nothing}, outcomes(w.RegisterSystem(Firefox)))
	assert.NoFileExists(t, policies(w))
}
