// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxNamingRSA is how many files outside rsa* may name RSA: the choice of a
// key's kind, the field of a mechanism, and the C structures of parameters.
const maxNamingRSA = 5

// A key is used through an interface, so that another kind of key is a file of
// its own and no change of the others. The same from a shell, less the comment
// lines that generators write:
//
//	ls module/*.go pkcs11export/*.[gch]* | grep -v -e _test.go -e /rsa | xargs grep -lE '\b_?rsa|RSA'
func TestFewFilesNameRSA(t *testing.T) {
	names := regexp.MustCompile(`\b_?rsa|RSA`)
	var found []string
	for _, dir := range []string{"module", "pkcs11export"} {
		files, err := filepath.Glob("../../" + dir + "/*.[gch]*")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			base := filepath.Base(file)
			if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "rsa") {
				continue
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			if names.Match(text) && !regexp.MustCompile(`(?m)^(//|/\*) Code generated .* DO NOT EDIT`).Match(text) {
				found = append(found, dir+"/"+base)
			}
		}
	}
	t.Logf("%d files outside rsa* name RSA: %v", len(found), found)
	require.LessOrEqual(t, len(found), maxNamingRSA, "%v", found)
}
