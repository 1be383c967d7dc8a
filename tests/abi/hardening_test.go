// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
)

// What hardening-check(1) looks for, of the files as build.sh makes them, and
// printed at the end of the tests.
func TestHardening(t *testing.T) {
	var table strings.Builder
	for _, path := range []string{kit.Module(t), kit.Command(t, "tscns")} {
		text, err := kit.Hardening(path)
		require.NoError(t, err)
		fmt.Fprintf(&table, "hardening: %s: %s\n", filepath.Base(path), text)
	}
	t.Log(table.String())
	if path := os.Getenv("TSCNS_HARDENING"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(table.String()), 0o600))
	}
	// That the check can fail: what a plain go build makes.
	_, err := kit.Hardening(plain(t, kit.Shipped))
	require.ErrorContains(t, err, "all bound before the first call")
}

// The command takes no signature with SHA-1 from a site, where its Go can refuse.
func TestNoSHA1InTLS(t *testing.T) {
	info, err := buildinfo.ReadFile(kit.Command(t, "tscns"))
	require.NoError(t, err)
	if strings.HasPrefix(info.GoVersion, "go1.24") {
		t.Skip("SKIPPED: Go 1.24 cannot be told")
	}
	for _, s := range info.Settings {
		if s.Key == "DefaultGODEBUG" {
			require.Contains(t, strings.Split(s.Value, ","), "tlssha1=0")
			return
		}
	}
	require.Fail(t, "no DefaultGODEBUG")
}
