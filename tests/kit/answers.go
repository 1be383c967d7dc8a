// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// Answers starts a server of TCP that says a text as soon as it is asked, and
// hangs up; without a text it is silent until the client gives up.
func Answers(t testing.TB, text string) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, text)
				if text == "" {
					_, _ = io.Copy(io.Discard, c)
				}
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr)
}
