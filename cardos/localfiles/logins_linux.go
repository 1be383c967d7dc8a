// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"errors"
	"syscall"
	"time"
)

// A login waits for a program that resets the card, which waits for its turn at
// it: no longer than for that turn itself.
const (
	joinTime  = 10 * time.Second
	joinPause = 2 * time.Millisecond
)

// lowestDescriptor keeps the lock off the standard streams of a host that has
// closed one.
const lowestDescriptor = 3

// part is a lock of this program. Its descriptor is the only one that the library
// keeps; a host that closes all it did not open closes this one, too, and may
// give its number to a file of its own.
type part struct {
	fd    int
	id    syscall.Stat_t
	users int
}

// open reports whether the descriptor is still the file.
func (p *part) open() bool {
	var st syscall.Stat_t
	return syscall.Fstat(p.fd, &st) == nil && st.Dev == p.id.Dev && st.Ino == p.id.Ino
}

func (p *part) close() {
	if p.open() {
		_ = p.flock(syscall.LOCK_UN) // a forked child may have the descriptor, too
		_ = syscall.Close(p.fd)
	}
}

func (p *part) flock(how int) error {
	_, err := retry(func() (int, error) { return 0, syscall.Flock(p.fd, how|syscall.LOCK_NB) })
	return err
}

func (l *Logins) join(name string) (*part, error) {
	p, err := l.openFile(name)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(joinTime); ; {
		err := p.flock(syscall.LOCK_SH)
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(end) {
			p.close()
			return nil, err
		}
		pause := syscall.NsecToTimespec(joinPause.Nanoseconds())
		_ = syscall.Nanosleep(&pause, nil)
	}
}

// openFile opens the file of a card, without a lock.
func (l *Logins) openFile(name string) (*part, error) {
	dir, err := openDir(l.dir, true, false)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(dir)
	fd, err := retry(func() (int, error) {
		return syscall.Openat(dir, name, syscall.O_RDWR|syscall.O_CREAT|syscall.O_NOFOLLOW|syscall.O_CLOEXEC|
			syscall.O_NONBLOCK|syscall.O_NOCTTY, 0o600)
	})
	if err != nil {
		return nil, err
	}
	if fd < lowestDescriptor {
		low := fd
		n, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(low), syscall.F_DUPFD_CLOEXEC, lowestDescriptor)
		syscall.Close(low)
		if errno != 0 {
			return nil, errno
		}
		fd = int(n)
	}
	p := &part{fd: fd, users: 1}
	err = private(fd, syscall.S_IFREG)
	if err == nil {
		err = syscall.Fstat(fd, &p.id)
	}
	if err != nil {
		syscall.Close(fd)
		return nil, err
	}
	return p, nil
}

// leaveOpen notes that the card was left open to the others: the file is no
// longer empty.
func (p *part) leaveOpen() {
	_, _ = retry(func() (int, error) { return syscall.Pwrite(p.fd, []byte{1}, 0) })
}

// leave is [Logins.Leave]. The conversion of a lock drops it first, so that of
// two programs that leave at once the later one finds itself alone.
func (p *part) leave(opened bool, reset func()) {
	defer p.close()
	if p.flock(syscall.LOCK_EX) != nil {
		if opened {
			p.leaveOpen()
		}
		return
	}
	var st syscall.Stat_t
	if opened || syscall.Fstat(p.fd, &st) == nil && st.Size > 0 {
		reset()
		_ = syscall.Ftruncate(p.fd, 0)
	}
}
