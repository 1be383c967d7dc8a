// SPDX-License-Identifier: Apache-2.0

package window

import (
	"net"
	"sync"
)

// maxConnections bounds the connections at a time. A browser has 6 to a server.
const maxConnections = 64

// listener accepts the connections of the person's own programs, and closes
// others at once.
type listener struct {
	net.Listener
	own  func(net.Conn) bool
	free chan struct{}
}

func newListener(l net.Listener, own func(net.Conn) bool) *listener {
	return &listener{l, own, make(chan struct{}, maxConnections)}
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.free <- struct{}{}:
			if l.own(c) {
				return &connection{Conn: c, done: func() { <-l.free }}, nil
			}
			<-l.free
		default:
		}
		c.Close()
	}
}

type connection struct {
	net.Conn
	once sync.Once
	done func()
}

// Close implements [net.Conn].
func (c *connection) Close() error {
	c.once.Do(c.done)
	return c.Conn.Close()
}
