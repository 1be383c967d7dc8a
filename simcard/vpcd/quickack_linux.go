// SPDX-License-Identifier: Apache-2.0

package vpcd

import (
	"net"
	"syscall"
)

// quickAck asks the kernel to acknowledge at once what arrives next. vpcd
// writes the length and the body of a message apart, and with a delayed
// acknowledgement the second waits some 40 ms for that of the first. The
// option does not last: it is set before every read.
func quickAck(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		// Speed only: a failure changes nothing else.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
