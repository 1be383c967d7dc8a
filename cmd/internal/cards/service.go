// SPDX-License-Identifier: Apache-2.0

package cards

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"runtime"
	"time"

	"tscns/cardos"
)

// Service is the smart card service of a computer, as the files of the system
// show it.
type Service struct {
	Root   string // paths of the system are looked up below it
	Getenv func(string) string
}

// errNotInstalled: no service answers, and none is installed.
var errNotInstalled = fmt.Errorf("%w: not installed", cardos.ErrNoService)

// Installed reports whether the service is part of the system, or pcscd is
// installed.
func (s Service) Installed() bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	for _, p := range []string{"/usr/sbin/pcscd", "/usr/local/sbin/pcscd", "/usr/bin/pcscd", "/etc/systemd/system/pcscd.socket"} {
		if found, _ := filepath.Glob(filepath.Join(s.Root, p)); len(found) > 0 {
			return true
		}
	}
	return false
}

// socket returns the error of connecting to the socket of pcscd, nil where
// somebody listens.
func (s Service) socket() error {
	path := s.Getenv("PCSCLITE_CSOCK_NAME")
	if path == "" {
		path = filepath.Join(s.Root, "/run/pcscd/pcscd.comm")
	}
	c, err := net.DialTimeout("unix", path, 5*time.Second)
	if err == nil {
		c.Close()
	}
	return err
}

// because returns the error of a call to the service, or another that wraps
// [cardos.ErrNoService] and says why there is none.
func (s Service) because(err error) error {
	switch {
	case !errors.Is(err, cardos.ErrNoService), errors.Is(err, cardos.ErrServiceHangs),
		errors.Is(err, cardos.ErrNotPermitted), errors.Is(err, cardos.ErrCardNotPermitted):
		return err
	case runtime.GOOS == "windows":
		return err
	}
	switch socket := s.socket(); {
	case errors.Is(socket, fs.ErrPermission):
		return fmt.Errorf("%w: %w: %w", cardos.ErrNotPermitted, socket, err)
	case socket == nil:
		// Somebody listens and ended the connection. What the client library
		// makes of that depends on whether it had written its first message.
		return fmt.Errorf("%w: %w", cardos.ErrNotPermitted, err)
	case socket != nil && !s.Installed():
		return fmt.Errorf("%w: %w", errNotInstalled, err)
	}
	return err
}

// Connect returns connect with errors that say why the service does not answer.
func (s Service) Connect(connect Connect) Connect {
	return func() (cardos.Transport, error) {
		t, err := connect()
		if err != nil {
			return nil, s.because(err)
		}
		return explained{t, s}, nil
	}
}

// explained is a transport whose errors say why the service does not answer.
type explained struct {
	cardos.Transport
	service Service
}

// Readers implements [cardos.Transport].
func (e explained) Readers() ([]cardos.ReaderState, error) {
	readers, err := e.Transport.Readers()
	return readers, e.service.because(err)
}

// Connect implements [cardos.Transport].
func (e explained) Connect(reader string) (cardos.Conn, error) {
	c, err := e.Transport.Connect(reader)
	return c, e.service.because(err)
}
