// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// publisher makes a certificate for signing code and its key, and returns the
// settings by which build.sh signs with it.
func publisher(t *testing.T) (certificate string, env []string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test publisher"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	dir := t.TempDir()
	certificate = filepath.Join(dir, "certificate.pem")
	require.NoError(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	return certificate, []string{"TSCNS_SIGN_CERT=" + certificate, "TSCNS_SIGN_KEY=" + filepath.Join(dir, "key.pem")}
}

// sign runs packaging/windows/sign.sh.
func sign(t *testing.T, env []string, files ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("packaging/windows/sign.sh", files...)
	cmd.Dir = kit.Top()
	cmd.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8"), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestAuthenticode signs programs and installers with a certificate made here,
// and has osslsigncode verify them, those inside an installer too.
func TestAuthenticode(t *testing.T) {
	osslsigncode := kit.Need(t, "osslsigncode", "osslsigncode")
	r := standIn(t, "0.1.0", 1, "it")
	certificate, env := publisher(t)
	signed := func(file string) error {
		return exec.Command(osslsigncode, "verify", "-CAfile", certificate, file).Run()
	}
	library := filepath.Join(r.folder, "tscns-minidriver.dll")
	whole, err := os.ReadFile(library)
	require.NoError(t, err)

	out, err := sign(t, []string{"TSCNS_SIGN_CERT=", "TSCNS_SIGN_KEY="}, library)
	require.NoError(t, err)
	require.Contains(t, out, "Not signed (TSCNS_SIGN_CERT, TSCNS_SIGN_KEY): SmartScreen warns")
	out, err = sign(t, env[:1], library)
	require.Error(t, err)
	require.Contains(t, out, "TSCNS_SIGN_KEY is wanted too")
	_, other := publisher(t)
	_, err = sign(t, []string{env[0], other[1]}, library)
	require.Error(t, err, "another key")
	after, err := os.ReadFile(library)
	require.NoError(t, err)
	require.True(t, bytes.Equal(whole, after), "left as it was")

	_, err = sign(t, env, library, filepath.Join(r.folder, "tscns-pkcs11.dll"), filepath.Join(r.folder, "tscns.exe"))
	require.NoError(t, err)
	require.Error(t, signed(r.file("it")), "made before")
	r.pack(t, env, "it")
	checked := append(r.unpacked(t, "it"), r.file("it"))
	for _, file := range checked {
		require.NoError(t, signed(file), file)
	}
}

// TestPreReleaseHasNoInstaller: Windows would take 0.2.0-rc1 for no version, or
// for another one.
func TestPreReleaseHasNoInstaller(t *testing.T) {
	cmd := exec.Command("packaging/windows/msi.sh", t.TempDir(), "0.2.0-rc1", t.TempDir())
	cmd.Dir = kit.Top()
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, "build.sh: no installer for 0.2.0-rc1: Windows compares versions of three numbers, such as 1.2.3\n", string(out))
}

// TestBuildsAreTheSame builds for Windows again, in a folder of another name, at
// another time and in another time zone: every byte of programs and installers
// is as it was.
func TestBuildsAreTheSame(t *testing.T) {
	needWixl(t)
	first := filepath.Dir(built(t, "tscns.exe"))
	top := filepath.Join(t.TempDir(), "another folder")
	require.NoError(t, os.Mkdir(top, 0o755))
	parts, err := os.ReadDir(kit.Top())
	require.NoError(t, err)
	for _, part := range parts {
		if !slices.Contains([]string{".git", "dist", "tests"}, part.Name()) {
			require.NoError(t, kit.Run(nil, "cp", "-r", part.Name(), top))
		}
	}
	epoch, err := exec.Command("bash", "-c", "cd '"+kit.Top()+"'; echo ${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}").Output()
	require.NoError(t, err)
	cmd := exec.Command("./build.sh", "windows")
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "PWD="+top, "TZ=Asia/Tokyo", "TSCNS_NO_INSTALL=1", "SOURCE_DATE_EPOCH="+strings.TrimSpace(string(epoch)))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	files, err := filepath.Glob(filepath.Join(first, "*.*"))
	require.NoError(t, err)
	require.Len(t, files, len(installedPrograms)+2)
	for _, file := range files {
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(top, "dist/windows", filepath.Base(file)))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), "%s is another", filepath.Base(file))
	}
}
