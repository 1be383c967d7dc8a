// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ebfe/scard"
	"github.com/stretchr/testify/require"
)

// TestNamesOutliveTheCall has the garbage collector look for memory to give
// away while the service waits, which reads the names of the readers all the
// time. It needs a reader: tests/windows runs it over one under wine.
func TestNamesOutliveTheCall(t *testing.T) {
	ctx, err := establish()
	if errors.Is(err, scard.ErrNoService) {
		t.Skip("SKIPPED: no smart card service")
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, ctx.Release()) }()
	raw, err := snapshot(ctx, tagList)
	require.NoError(t, err)
	if len(raw) == 0 {
		t.Skip("SKIPPED: no reader")
	}
	for i := range raw {
		raw[i].CurrentState = raw[i].EventState &^ scard.StateChanged
	}
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		var keep [][]uint16
		for {
			select {
			case <-stop:
				return
			default:
			}
			runtime.GC()
			keep = nil
			for range 10000 {
				other := make([]uint16, len(raw[0].Reader)+1)
				other[0] = 'X'
				keep = append(keep, other)
			}
			runtime.KeepAlive(keep)
		}
	}()
	err = ctx.GetStatusChange(raw, time.Second)
	close(stop)
	done.Wait()
	require.ErrorIs(t, err, scard.ErrTimeout)
}
