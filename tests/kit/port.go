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

// ClosedPort returns a TCP port of 127.0.0.1 on which nobody listens and, until
// the test ends, nobody can: it is that of a connection.
func ClosedPort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	from, err := net.Dial("tcp4", l.Addr().String())
	require.NoError(t, err)
	to, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() {
		from.Close()
		to.Close()
	})
	return from.LocalAddr().(*net.TCPAddr).Port
}
