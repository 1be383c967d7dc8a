// SPDX-License-Identifier: Apache-2.0

package window

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// secondLimit bounds a question to the first program.
const secondLimit = 5 * time.Second

var addressForm = regexp.MustCompile(`^http://127\.0\.0\.1:[0-9]{1,5}/#[A-Za-z0-9_-]{43}$`)

func socketPath(dir string) string { return filepath.Join(dir, "tscns-window.socket") }

// first asks a program that runs already for an address with a new token, "" where
// none of this user runs. Another user's would show a page of their own.
func first(dir string) string {
	if dir == "" {
		return ""
	}
	c, err := net.DialTimeout("unix", socketPath(dir), secondLimit)
	if err != nil {
		return ""
	}
	defer c.Close()
	if !ownSocket(c) || c.SetDeadline(time.Now().Add(secondLimit)) != nil {
		return ""
	}
	line, _ := bufio.NewReader(io.LimitReader(c, 256)).ReadString('\n')
	if n := len(line); n > 0 && addressForm.MatchString(line[:n-1]) {
		return line[:n-1]
	}
	return ""
}

// invite has later programs of this user open pages here. It returns what ends
// that.
func (s *Server) invite(dir string) (stop func()) {
	none := func() {}
	if dir == "" {
		return none
	}
	path := socketPath(dir)
	l, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) { // left by one that was killed: nobody answered first
		_ = os.Remove(path)
		l, err = net.Listen("unix", path)
	}
	if err != nil {
		return none
	}
	if os.Chmod(path, 0o600) != nil {
		l.Close()
		return none
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if ownSocket(c) && c.SetDeadline(time.Now().Add(secondLimit)) == nil {
				_, _ = io.WriteString(c, s.Address()+"\n")
			}
			c.Close()
		}
	}()
	go func() { <-s.done; l.Close() }() // an address of a server that ends leads nowhere
	return func() { l.Close() }
}

// ownSocket reports whether the other end of a Unix socket is this user's.
func ownSocket(c net.Conn) bool {
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return false
	}
	own := false
	err = raw.Control(func(fd uintptr) {
		peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		own = err == nil && int(peer.Uid) == os.Getuid()
	})
	return err == nil && own
}
