// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// kdcCertificate makes the certificate of a Kerberos server at localhost, with
// its extended key usage (RFC 4556, 3.2.4), and returns the file with the key.
func (f *fixture) kdcCertificate() string {
	f.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(f.t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 2, 3, 5}}}
	der, err := x509.CreateCertificate(rand.Reader, template, f.set.Authority.Certificate, key.Public(), f.set.Authority.Key)
	require.NoError(f.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(f.t, err)
	return f.File("kdc.pem", append(pemOf("CERTIFICATE", der), pemOf("PRIVATE KEY", private)...))
}

// kdc starts a Kerberos server for a realm, with the holder of the card as a
// user of a name.
func (f *fixture) kdc(realm, name string) {
	f.t.Helper()
	server := Need(f.t, "krb5kdc", "krb5-kdc")
	for program, pkg := range map[string]string{"kdb5_util": "krb5-kdc", "kadmin.local": "krb5-admin-server", "kinit": "krb5-user"} {
		Need(f.t, program, pkg)
	}
	preauth := needPackaged(f.t, "pkinit.so", "krb5-pkinit", "/usr/lib/*/krb5/plugins/preauth/pkinit.so")
	plugins := filepath.Dir(filepath.Dir(preauth))
	database := filepath.Dir(needPackaged(f.t, "db2.so", "krb5-kdc", "/usr/lib/*/krb5/plugins/kdb/db2.so"))
	dir, port, certificate := f.t.TempDir(), freePort(f.t), f.kdcCertificate()
	config := f.File("krb5.conf", []byte(fmt.Sprintf("[libdefaults]\ndefault_realm = %s\ndns_lookup_kdc = false\ndns_lookup_realm = false\nrdns = false\n"+
		"plugin_base_dir = %s\n[realms]\n%s = {\nkdc = 127.0.0.1:%d\npkinit_anchors = FILE:%s\npkinit_kdc_hostname = localhost\n"+
		"pkinit_eku_checking = kpServerAuth\n}\n[dbmodules]\ndb_module_dir = %s\n%s = {\ndb_library = db2\ndatabase_name = %s/principal\n}\n",
		realm, plugins, realm, port, f.CAFile, database, realm, dir)))
	settings := f.File("kdc.conf", []byte(fmt.Sprintf("[kdcdefaults]\nkdc_ports = %d\nkdc_tcp_ports = %d\nkdc_listen = 127.0.0.1:%d\nkdc_tcp_listen = 127.0.0.1:%d\n"+
		"[realms]\n%s = {\ndatabase_name = %s/principal\nkey_stash_file = %s/stash\nacl_file = %s/acl\npkinit_identity = FILE:%s\npkinit_anchors = FILE:%s\n"+
		"pkinit_eku_checking = none\n}\n", port, port, port, port, realm, dir, dir, dir, certificate, f.CAFile)))
	f.env = append(f.env, "KRB5_CONFIG="+config, "KRB5_KDC_PROFILE="+settings, "KRB5CCNAME=FILE:"+filepath.Join(dir, "cache"))
	run := func(program string, args ...string) { f.Tool(program, "krb5-kdc", args...).With(f.env...).OK() }
	run("kdb5_util", "-r", realm, "create", "-s", "-P", "prova")
	run("kadmin.local", "-r", realm, "-q", "addprinc -randkey +requires_preauth "+name)
	run("kadmin.local", "-r", realm, "-q", "set_string "+name+" pkinit_cert_match <SUBJECT>.*"+f.Holder+".*")
	f.Tool(server, "krb5-kdc", "-n", "-P", filepath.Join(dir, "pid")).With(append(f.env, "KRB5_TRACE=/dev/stderr")...).Start().WaitLog(f.t, "krb5kdc: starting")
}

// runKinit gets a Kerberos ticket (PKINIT, RFC 4556).
func runKinit(f *fixture, command string) {
	const realm = "EXAMPLE.IT"
	me, err := user.Current()
	require.NoError(f.t, err)
	f.kdc(realm, me.Username)
	f.served(command, "", f.pinAt("PIN:"))
	f.Tool("klist", "krb5-user").With(f.env...).OK().Has(f.t, "Default principal: "+me.Username+"@"+realm, "krbtgt/"+realm)
}

// runSSSD runs the program by which sssd looks at cards, as sssd calls it with
// the settings of the page.
func runSSSD(f *fixture, config string) {
	child := needPackaged(f.t, "p11_child", "sssd-common", "/usr/libexec/sssd/p11_child")
	_, uri, there := strings.Cut(config, "p11_uri = ")
	require.True(f.t, there, "p11_uri")
	uri, _, _ = strings.Cut(uri, "\n")
	libraries := filepath.Dir(needPackaged(f.t, "libsss_debug.so", "sssd-common", "/usr/lib/*/sssd/libsss_debug.so"))
	run := func(stdin string, args ...string) Result {
		return f.shell(fmt.Sprintf("exec '%s' --debug-level=0x00f0 --logger=stderr --verify=no_ocsp --ca_db='%s' --uri='%s' %s", child, f.CAFile, uri, strings.Join(args, " "))).
			With("LD_LIBRARY_PATH=" + libraries).In(stdin).OK()
	}
	before := f.PINCommands()
	// Status, token, module, key, label, and the certificate.
	found := strings.SplitN(run("", "--pre").Out, "\n", 6)
	require.Len(f.t, found, 6)
	require.Equal(f.t, []string{"0", f.Token, f.Label}, []string{found[0], found[1], found[4]})
	require.Equal(f.t, base64.StdEncoding.EncodeToString(f.CertDER), strings.Join(strings.Fields(found[5]), ""))
	require.Equal(f.t, before, f.PINCommands(), "looking needs no PIN")
	run(f.PIN, "--auth", "--pin", "--token_name='"+found[1]+"'", "--module_name='"+found[2]+"'", "--key_id='"+found[3]+"'", "--label='"+found[4]+"'").
		Has(f.t, f.Label)
}

// pamService has PAM read one file of services, in the recipe's view alone, and
// returns the command that logs in as this user.
func (f *fixture) pamService(line string) string {
	f.t.Helper()
	Need(f.t, "pamtester", "pamtester")
	dir := f.t.TempDir()
	require.NoError(f.t, os.Chmod(dir, 0o755))
	require.NoError(f.t, os.WriteFile(filepath.Join(dir, "card"), []byte(line+"\naccount required pam_permit.so\n"), 0o644))
	me, err := user.Current()
	require.NoError(f.t, err)
	f.mounts += "mount --bind '" + dir + "' /etc/pam.d && mount --bind '" + f.Home + "' '" + me.HomeDir + "' && "
	return "pamtester card " + me.Username + " authenticate"
}

// runPAMP11 logs in by the certificate that is in the user's home directory.
func runPAMP11(f *fixture, config string) {
	module := needPackaged(f.t, "pam_p11.so", "libpam-p11", "/lib/*/security/pam_p11.so", "/usr/lib/*/security/pam_p11.so")
	f.put("pam_p11.so", module)
	dir := filepath.Join(f.Home, ".eid")
	require.NoError(f.t, os.MkdirAll(dir, 0o700))
	require.NoError(f.t, os.WriteFile(filepath.Join(dir, "authorized_certificates"), f.Read(f.CertFile), 0o600))
	command := f.pamService(f.placed(config))
	require.Contains(f.t, f.served(command, "", f.pinAt("Login with "+f.Token)), "successfully authenticated")
}

// runPAMPKCS11 logs in by a list of certificates' subjects.
func runPAMPKCS11(f *fixture, config string) {
	module := needPackaged(f.t, "pam_pkcs11.so", "libpam-pkcs11", "/lib/*/security/pam_pkcs11.so", "/usr/lib/*/security/pam_pkcs11.so")
	me, err := user.Current()
	require.NoError(f.t, err)
	anchors := f.t.TempDir()
	require.NoError(f.t, os.WriteFile(filepath.Join(anchors, "ca.pem"), f.Read(f.CAFile), 0o644))
	f.Tool("openssl", "openssl", "rehash", anchors).OK()
	f.put("/etc/pam_pkcs11/cacerts", anchors)
	f.put("/etc/pam_pkcs11/cn_map", f.File("cn_map", []byte(f.CommonName+" -> "+me.Username+"\n")))
	file := f.File("pam_pkcs11.conf", []byte(f.placed(config)))
	command := f.pamService("auth required " + module + " config_file=" + file)
	require.Contains(f.t, f.served(command, "", f.pinAt("PIN")), "successfully authenticated")
}
