// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/crosshost"
)

// TestCallerNotices: the host notices what it is there to notice, in a library that does all of it.
func TestCallerNotices(t *testing.T) {
	d := newCSP(t)
	crosshost.Compile(t, mingw, d.path("faulty.dll"), "-shared", "tests/windows/basecsp/faulty/faulty.c", "-lwinscard")
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(sim.Card)
	c := d.startWith(t, "faulty.dll")
	c.ok("connect 0 0")
	acquired := c.exchange("acquire 0 0 4 0")
	require.Positive(t, acquired.number("beyond"), acquired.line)
	require.Equal(t, "1", acquired.text("caller"), acquired.line)
	require.NotEmpty(t, c.exchange("acquire 0 0 7 0").values["callers-written"])
	for name, mistake := range map[string]string{"held": "held", "twice": "wrongly-freed", "overrun": "overrun", "left": "left-behind", "small": "too-small"} {
		a := c.exchange("read 0 - " + name + " 0")
		require.Contains(t, a.values, mistake, a.line)
	}
	// And its functions for a minidriver's own files work.
	c.ok("cache-functions 1")
	c.exchange("acquire 0 0 7 0")
	require.Equal(t, "kept", string(c.ok("read 0 - caches 0").bytes("data")))
	a := c.ok("cache-functions 0")
	require.Equal(t, []int{1, 2, 1, 0}, []int{a.number("added"), a.number("looked-up"), a.number("deleted"), a.number("misused")}, a.line)

	c.ok("calls")
	c.ok("read 0 - nothing 0")
	c.ok("read 0 - connects 0")
	require.Equal(t, "1", c.ok("calls").text("SCardConnectW"))
}
