// SPDX-License-Identifier: Apache-2.0

package built

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

// A thousand times C_Initialize and C_Finalize over a real PC/SC service leave
// nothing behind, in the host and in the service: no thread, descriptor or
// memory that grows, no connection and no handle. One time in ten the card is
// used.
func TestCyclesLeaveNothingInTheService(t *testing.T) {
	const warm, cycles, often = 50, 1000, 10
	stage := lane(t, hostproc.Build(t), kit.Module(t), simcard.FamilyB2)
	require.NoError(t, stage.NewCard())
	d := stage.User().D
	require.Equal(t, ck.CKR_OK, hostproc.Finalize(d))
	cycle := func(i int) {
		require.Equal(t, ck.CKR_OK, hostproc.Initialize(d))
		if i%often == 0 {
			stage.User().Forget()
			require.NoError(t, stage.User().Work(stage.Card()))
		}
		require.Equal(t, ck.CKR_OK, hostproc.Finalize(d))
	}
	for i := range warm {
		cycle(i)
	}
	before, service := census(t, stage.Host().PID()), census(t, stage.Service().PID())
	for i := range cycles {
		cycle(i)
	}
	require.NoError(t, stage.Unused())
	after, serviceAfter := census(t, stage.Host().PID()), census(t, stage.Service().PID())
	// It notices a moment later that a client is gone, this test too.
	for end := time.Now().Add(5 * time.Second); serviceAfter.Threads > service.Threads && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
		serviceAfter = census(t, stage.Service().PID())
	}
	t.Logf("%d cycles: host %v -> %v", cycles, before, after)
	t.Logf("pcscd %v -> %v, 0 handles", service, serviceAfter)
	require.LessOrEqual(t, after.Threads, before.Threads+4, "threads of the host")
	require.LessOrEqual(t, after.Descriptors, before.Descriptors, "descriptors of the host")
	require.LessOrEqual(t, after.Resident, before.Resident+2048, "KiB of the host")
	require.LessOrEqual(t, serviceAfter.Descriptors, service.Descriptors, "descriptors of the service")
	require.LessOrEqual(t, serviceAfter.Threads, service.Threads, "threads of the service")
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(d)) // as EndHost and Close expect it
}

func census(t *testing.T, pid int) hostproc.Census {
	t.Helper()
	c, err := hostproc.Take(pid)
	require.NoError(t, err)
	return c
}
