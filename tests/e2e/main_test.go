// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"os"
	"testing"

	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

var bothVersions = []uint16{tls.VersionTLS12, tls.VersionTLS13}

// isPSS tells RSASSA-PSS from RSASSA-PKCS1-v1_5.
func isPSS(s tls.SignatureScheme) bool {
	return s == tls.PSSWithSHA256 || s == tls.PSSWithSHA384 || s == tls.PSSWithSHA512
}
