// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// routed are the tests that take the path of a module: they pass by each route
// as they do without one. Not here: TestPKCS11JS (p11-kit's client wants
// CKF_OS_LOCKING_OK, pkcs11js gives locks of its own).
var routed = []struct {
	name string
	test func(*testing.T)
}{
	{"Token", TestToken},
	{"Removal", TestRemoval},
	{"TwoPrograms", TestTwoPrograms},
	{"Curl", TestCurl},
	{"CurlWrongPIN", TestCurlWrongPIN},
	{"OpenSSLClient", TestOpenSSLClient},
	{"OpenSSLServerSees", TestOpenSSLServerSees},
	{"OpenSSLSigns", TestOpenSSLSigns},
	{"NoFilesLeft", TestNoFilesLeft},
	{"GnuTLS", TestGnuTLS},
	{"NSSTools", TestNSSTools},
	{"PDFSigDS", TestPDFSigDS},
	{"Java", TestJava},
	{"PKCS11Tool", TestPKCS11Tool},
	{"GoCrypto11", TestGoCrypto11},
}

// TestThroughSocketUnit: the suite as a program in a sandbox runs it.
func TestThroughSocketUnit(t *testing.T) {
	for _, c := range routed {
		t.Run(c.name, func(t *testing.T) { BySocketUnit.On(t, c.test) })
	}
	for _, name := range []string{"openssl-dgst", "openssl-cms", "openssl-engine-cnf", "ssh-key", "ssh", "ssh-agent", "git-ssh", "pdfsig", "openvpn"} {
		t.Run("recipe "+name, func(t *testing.T) { BySocketUnit.On(t, recipe(name)) })
	}
}

// recipe is the test of one of docs/recipes.md.
func recipe(name string) func(*testing.T) {
	return func(t *testing.T) {
		list := blocksOf(t, recipePages[0])
		i := slices.IndexFunc(list, func(b block) bool { return b.name == name })
		require.GreaterOrEqual(t, i, 0, name)
		recipeRunners[name].run(newKitchen(Start(t, Options{})), list[i].text)
	}
}

// TestThroughServer: the part of it that shows how p11-kit's server differs.
func TestThroughServer(t *testing.T) {
	for _, c := range []struct {
		name  string
		route Route
		test  func(*testing.T)
	}{
		{"library Removal", ByServer, TestRemoval},
		{"library Curl", ByServer, TestCurl},
		{"library NSSTools", ByServer, TestNSSTools},
		{"token PKCS11Tool", ByTokenServer, TestPKCS11Tool},
		{"token Curl", ByTokenServer, TestCurl},
		{"token GnuTLS", ByTokenServer, TestGnuTLS},
		{"token PDFSig", ByTokenServer, recipe("pdfsig")},
	} {
		t.Run(c.name, func(t *testing.T) { c.route.On(t, c.test) })
	}
}

// TestUnits: systemd finds nothing wrong with the units. TestFlatpak runs them.
func TestUnits(t *testing.T) {
	r := Start(t, Options{Reading: NoService})
	Need(t, "p11-kit", "p11-kit") // which the service runs
	socket, service := r.units()
	verdict := r.Tool("systemd-analyze", "systemd", "--user", "--man=no", "verify", socket, service).With("XDG_RUNTIME_DIR=" + r.Dir).OK()
	require.Empty(t, verdict.Text())
}
