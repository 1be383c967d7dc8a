// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// Java's virtual machine lives by SIGSEGV (null checks, stack guards) and ends
// at a signal that it does not know. The threads have small stacks.
func TestJava(t *testing.T) {
	const packageJava = "openjdk-17-jdk-headless"
	r := e2e.Start(t, e2e.Options{})
	source, err := filepath.Abs("java/Guest.java")
	require.NoError(t, err)
	config := r.File("tscns.cfg", fmt.Appendf(nil, "name = TSCNS\nlibrary = %s\n", r.Module))
	r.Tool("javac", packageJava, "-J-Duser.home="+r.Home, "-d", r.Dir, source).OK()
	before := r.Signatures()
	result := r.Tool("java", packageJava, "-Duser.home="+r.Home, "-Xss512k", "-cp", r.Dir, "Guest", config, r.PIN, "8", "50").OK().
		Has(t, "400 of 400 signatures")
	require.Equal(t, before+400, r.Signatures())
	t.Logf("%s in %v", strings.ReplaceAll(strings.TrimSpace(result.Out), "\n", ", "), result.Duration)
}
