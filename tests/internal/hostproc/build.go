// SPDX-License-Identifier: Apache-2.0

package hostproc

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/kit"
)

// Tools are the compiled C programs of this package.
type Tools struct {
	client, other string
	listed        map[string][]ck.RV
}

// Build compiles them, or skips the test where there is no C compiler, or not
// the header files of the PC/SC library. flags are added for the host alone,
// such as -fsanitize=address.
func Build(t testing.TB, flags ...string) *Tools {
	t.Helper()
	tools := Client(t, flags...)
	tools.other = kit.Program(t, "tests/internal/hostproc/c/other.c", kit.PCSCFlags(t)...)
	var err error
	tools.listed, err = readCodes(kit.Program(t, "tests/internal/hostproc/c/codes.c"))
	require.NoError(t, err)
	return tools
}

// Client compiles the host alone: Other and Allowed are not to be called.
func Client(t testing.TB, flags ...string) *Tools {
	t.Helper()
	return &Tools{client: kit.Program(t, "tests/conformance/c/client.c", flags...)}
}

func readCodes(program string) (map[string][]ck.RV, error) {
	out, err := exec.Command(program).Output()
	if err != nil {
		return nil, err
	}
	listed := map[string][]ck.RV{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		for _, w := range words[1:] {
			code, err := strconv.ParseUint(w, 10, 64)
			if err != nil {
				return nil, err
			}
			listed[words[0]] = append(listed[words[0]], ck.RV(code))
		}
	}
	return listed, nil
}

// general are the codes that the standard has for every function, less
// CKR_GENERAL_ERROR: it stands for what nobody foresaw.
var general = []ck.RV{ck.CKR_OK, ck.CKR_HOST_MEMORY, ck.CKR_FUNCTION_FAILED}

// ofSessions are those of every function with a session.
var ofSessions = []ck.RV{ck.CKR_SESSION_HANDLE_INVALID, ck.CKR_SESSION_CLOSED, ck.CKR_DEVICE_ERROR, ck.CKR_DEVICE_MEMORY, ck.CKR_DEVICE_REMOVED}

// slotFunctions have no session.
var slotFunctions = map[string]bool{"C_Initialize": true, "C_Finalize": true, "C_GetInfo": true, "C_GetSlotList": true,
	"C_GetSlotInfo": true, "C_GetTokenInfo": true, "C_WaitForSlotEvent": true, "C_GetMechanismList": true,
	"C_GetMechanismInfo": true, "C_InitToken": true, "C_OpenSession": true, "C_CloseAllSessions": true}

// Allowed reports whether PKCS #11 3.1 lists a return value for a function, the
// ones for calls that a correct host does not make left out:
// CKR_GENERAL_ERROR, CKR_ARGUMENTS_BAD, CKR_CRYPTOKI_NOT_INITIALIZED.
func (t *Tools) Allowed(function string, rv ck.RV) bool {
	lists := [][]ck.RV{general, t.listed[function]}
	if !slotFunctions[function] {
		lists = append(lists, ofSessions)
	}
	for _, list := range lists {
		if slices.Contains(list, rv) {
			return true
		}
	}
	return false
}
