// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package console

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

// leaveNoCore keeps what is typed from now on out of a core file.
func leaveNoCore() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }

// terminal is the one that controls the process (termios(3)).
type terminal struct {
	fd     int
	before unix.Termios
}

func openTerminal() (*terminal, error) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return &terminal{fd, *before}, nil
}

func (t *terminal) close() { _ = unix.Close(t.fd) }

// hide has what is typed read by lines and not shown.
func (t *terminal) hide() error {
	silent := t.before
	silent.Lflag &^= unix.ECHO
	silent.Lflag |= unix.ICANON | unix.ISIG
	silent.Iflag |= unix.ICRNL
	return unix.IoctlSetTermios(t.fd, setTermios, &silent)
}

func (t *terminal) show() { _ = unix.IoctlSetTermios(t.fd, setTermios, &t.before) }

// readLine reads up to the end of the line into b, and returns how many bytes of
// it are typed. What does not fit is read and dropped.
func (t *terminal) readLine(b []byte) (n int, err error) {
	for {
		at := b[n:]
		if len(at) == 0 {
			at = b[len(b)-1:] // no PIN is that long
		}
		got, err := unix.Read(t.fd, at)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || got <= 0 {
			return n, err
		}
		if end := bytes.IndexByte(at[:got], '\n'); end >= 0 {
			return min(n+end, len(b)), nil
		}
		n = min(n+got, len(b))
	}
}
