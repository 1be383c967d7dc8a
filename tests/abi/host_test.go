// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
)

func TestWithoutPCSCLibrary(t *testing.T) { report(t, nil, program(t, "nopcsc"), kit.Module(t)) }

func TestDescriptorsAndSignalMasks(t *testing.T) { report(t, nil, program(t, "guest"), kit.Module(t)) }

// The build without the linker script shows more names and behaves the same.
func TestPlainBuild(t *testing.T) {
	for _, name := range []string{"fork", "fallback", "guest"} {
		t.Run(name, func(t *testing.T) { report(t, nil, program(t, name), plain(t, kit.Shipped)) })
	}
}

func TestBetweenCAndGo(t *testing.T) { report(t, nil, program(t, "double"), plain(t, echo)) }

// The trace names calls and their results, and holds no PIN and no data: the
// program logs in with 12345, has "data" signed and reads the value "label".
func TestTraceIsRedacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace")
	report(t, []string{"TSCNS_TRACE=" + path}, program(t, "double"), plain(t, echo))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	trace := string(text)
	require.Contains(t, trace, "C_Login = CKR_PIN_INCORRECT (0xa0) in ")
	require.Contains(t, trace, "C_Initialize = CKR_OK")
	require.Contains(t, trace, "nil pointer dereference")
	for _, secret := range []string{"12345", "data", "label"} {
		for _, line := range strings.Split(trace, "\n") {
			require.NotContains(t, line, secret)
		}
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}
