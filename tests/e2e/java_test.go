// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const packageJava = "openjdk-17-jdk-headless"

func TestJava(t *testing.T) {
	r := Start(t, Options{})
	source, err := filepath.Abs("java/TLSLogin.java")
	require.NoError(t, err)
	config := r.File("tscns.cfg", []byte(fmt.Sprintf("name = TSCNS\nlibrary = %s\n", r.Module)))
	java := "-J-Duser.home=" + r.Home

	r.Run("keytool", func(t *testing.T, r *Rig) {
		r.Tool("keytool", packageJava, java, "-list", "-v", "-providerClass", "sun.security.pkcs11.SunPKCS11", "-providerArg", config,
			"-storetype", "PKCS11", "-storepass", r.PIN).OK().Has(t, "PrivateKeyEntry", r.Label)
	})
	r.Run("TLS", func(t *testing.T, r *Rig) {
		r.Tool("javac", packageJava, java, "-d", r.Dir, source).OK()
		s12, s13 := r.Server(tls.VersionTLS12), r.Server(tls.VersionTLS13)
		r.Tool("java", packageJava, "-Duser.home="+r.Home, "-cp", r.Dir, "TLSLogin", config, r.PIN, r.CAFile,
			fmt.Sprint(s12.Port()), "TLSv1.2", fmt.Sprint(s13.Port()), "TLSv1.3").OK().
			Has(t, "key: true", "SHA256withRSA verified: true", "TLSv1.2: logged in", "TLSv1.3: logged in")
		require.True(t, isPSS(r.OneLogin(s12, tls.VersionTLS12).Signature))
		require.True(t, isPSS(r.OneLogin(s13, tls.VersionTLS13).Signature))
	})
}
