// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// nssDB makes an NSS database that knows the module and trusts the CA, and
// returns its directory and a file that answers the PIN prompt.
func (r *Rig) nssDB() (dir, pins string) {
	r.t.Helper()
	dir = filepath.Join(r.Dir, "nss")
	require.NoError(r.t, os.Mkdir(dir, 0o700))
	r.Tool("certutil", "libnss3-tools", "-N", "-d", "sql:"+dir, "--empty-password").OK()
	r.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-add", "TS-CNS", "-libfile", r.Module, "-force").OK()
	r.Tool("certutil", "libnss3-tools", "-A", "-d", "sql:"+dir, "-n", "Demo CA", "-t", "CT,C,C", "-i", r.CAFile).OK()
	return dir, r.File("pins.txt", []byte(r.Token+":"+r.PIN+"\n"))
}

// nssName is the nickname that NSS gives the certificate.
func (r *Rig) nssName() string { return r.Token + ":" + r.Label }

func TestNSSTools(t *testing.T) {
	r := Start(t, Options{})
	dir, pins := r.nssDB()
	r.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-list").OK().Has(t, "TS-CNS", r.Module, "status: loaded", "token: "+r.Token)

	r.Run("certificates without a PIN", func(t *testing.T, r *Rig) {
		// The token is friendly: certutil -L needs no login for it.
		r.Tool("certutil", "libnss3-tools", "-L", "-d", "sql:"+dir, "-h", "all").OK().Has(t, r.nssName())
		require.Zero(t, r.PINCommands())
	})
	r.Run("certificate byte for byte", func(t *testing.T, r *Rig) {
		out := r.Tool("certutil", "libnss3-tools", "-L", "-d", "sql:"+dir, "-n", r.nssName(), "-r", "-f", pins).OK()
		require.True(t, bytes.Equal(r.CertDER, []byte(out.Out)))
	})
	r.Run("keys", func(t *testing.T, r *Rig) {
		r.Tool("certutil", "libnss3-tools", "-K", "-d", "sql:"+dir, "-h", r.Token, "-f", pins).OK().Has(t, "rsa", r.Label)
	})
	request := r.File("request", []byte("GET / HTTP/1.0\r\n\r\n"))
	for _, version := range bothVersions {
		r.Run("tstclnt "+tls.VersionName(version), func(t *testing.T, r *Rig) {
			s := r.Server(version)
			name := strings.ToLower(strings.ReplaceAll(tls.VersionName(version), " ", "")) // tls1.3
			r.Tool("tstclnt", "libnss3-tools", "-h", "127.0.0.1", "-a", "localhost", "-p", fmt.Sprint(s.Port()), "-4",
				"-d", "sql:"+dir, "-n", r.nssName(), "-W", pins, "-V", name+":"+name, "-A", request).OK().Has(t, r.Holder)
			require.NotZero(t, r.OneLogin(s, version).Signature)
		})
	}
	r.Run("removed from the database", func(t *testing.T, r *Rig) {
		r.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-delete", "TS-CNS", "-force").OK()
		list := r.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-list").OK()
		require.NotContains(t, list.Text(), r.Module)
	})
}

// blankPDF is a document of one empty page (ISO 32000-1, annex H.2).
func blankPDF() []byte {
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Resources<<>>>>"}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, object := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}
