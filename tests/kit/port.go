// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// FreePorts returns TCP ports of 127.0.0.1 on which nobody listens.
func FreePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close() // only once all are there, lest one comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
