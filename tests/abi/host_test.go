// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListsAndInterfaces(t *testing.T) { host(t, "lists", library(t, "shipped")) }

func TestCarelessHost(t *testing.T) { host(t, "arguments", library(t, "shipped")) }

func TestWithoutPCSCLibrary(t *testing.T) { host(t, "nopcsc", library(t, "shipped")) }

func TestDescriptorsAndSignalMasks(t *testing.T) { host(t, "guest", library(t, "shipped")) }

// The build without the linker script shows more names and behaves the same.
func TestPlainBuild(t *testing.T) {
	for _, program := range []string{"lists", "arguments", "fork", "fallback", "guest"} {
		t.Run(program, func(t *testing.T) { host(t, program, library(t, "plain")) })
	}
}

func TestBetweenCAndGo(t *testing.T) { host(t, "double", library(t, "double")) }

// The trace names calls and their results, and holds no PIN and no data: the
// program logs in with 12345, has "data" signed and reads the value "label".
func TestTraceIsRedacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace")
	host(t, "double", library(t, "double"), "TSCNS_TRACE="+path)
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

func TestWholeUseOfASimulatedCard(t *testing.T) { host(t, "token", library(t, "simcard")) }
