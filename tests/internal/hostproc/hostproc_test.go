// SPDX-License-Identifier: Apache-2.0

package hostproc_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/e2e"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// A call that is not back in time is a hang, with the stacks of the Go runtime
// in the host; what was called then is lost, and so is everything after.
func TestHang(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	built := hostproc.Build(t)
	h, err := built.Start(hostproc.Options{Library: r.Module, Env: r.Env, Limit: 2 * time.Second})
	require.NoError(t, err)
	d := h.Line()
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(d))
	other, err := built.Other(e2e.ReaderName, r.Env...)
	require.NoError(t, err)
	defer other.Stop()
	answer, err := other.Do("begin")
	require.NoError(t, err)
	require.Equal(t, hostproc.Success, answer)
	_, rv := hostproc.Slots(d, true) // looks at the card
	require.Equal(t, hostproc.Lost, rv)
	require.ErrorIs(t, h.Err(), hostproc.ErrHang)
	require.Contains(t, h.Err().Error(), "wchan")
	require.Contains(t, h.Err().Error(), "goroutine ", "the stacks")
	require.Equal(t, hostproc.Lost, hostproc.Finalize(d))
	require.ErrorIs(t, h.Stop(), hostproc.ErrHang)
}

// A host that dies is a crash.
func TestCrash(t *testing.T) {
	r := e2e.Start(t, e2e.Options{Reading: e2e.NoService})
	h, err := hostproc.Build(t).Start(hostproc.Options{Library: r.Module, Env: r.Env})
	require.NoError(t, err)
	d := h.Line()
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(d))
	process, err := os.FindProcess(h.PID())
	require.NoError(t, err)
	require.NoError(t, process.Kill())
	require.Equal(t, hostproc.Lost, hostproc.Finalize(d))
	require.ErrorIs(t, h.Stop(), hostproc.ErrCrash)
	require.ErrorContains(t, h.Err(), "signal: killed")
}

// What the standard lists is allowed, less what no correct host should see.
func TestAllowed(t *testing.T) {
	built := hostproc.Build(t)
	for _, rv := range []ck.RV{ck.CKR_OK, ck.CKR_FUNCTION_FAILED, ck.CKR_PIN_INCORRECT, ck.CKR_DEVICE_REMOVED} {
		require.True(t, built.Allowed("C_Login", rv), "%v", rv)
	}
	for _, rv := range []ck.RV{ck.CKR_GENERAL_ERROR, ck.CKR_TOKEN_NOT_PRESENT, ck.CKR_USER_NOT_LOGGED_IN, hostproc.Lost} {
		require.False(t, built.Allowed("C_Login", rv), "%v", rv)
	}
	require.True(t, built.Allowed("C_GetTokenInfo", ck.CKR_TOKEN_NOT_PRESENT))
	require.False(t, built.Allowed("C_GetSlotList", ck.CKR_SESSION_HANDLE_INVALID))
}
