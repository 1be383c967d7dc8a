// SPDX-License-Identifier: Apache-2.0

package pcscd

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Options describe a service.
type Options struct {
	Readers int // 0 to 8
	// Poll is how often the service looks for cards that come and go, in whole
	// milliseconds; 0 for pcscd's own 400.
	Poll time.Duration
	// USB makes the reader, which must be the only one, one that can be
	// unplugged. The others are serial ones, which pcscd never gives up.
	USB bool
}

//go:embed preload/usb.c
var usbSource []byte

//go:embed preload/usb.plist
var usbBundle []byte

// usb is the place of the reader on the bus.
type usb struct {
	read, write *os.File // of the pipe over which pcscd hears of it
}

// configureUSB writes the driver's bundle, as it would be below
// /usr/lib/pcsc/drivers.
func (s *Service) configureUSB(library string) error {
	if s.options.Readers != 1 {
		return errors.New("pcscd: a USB reader is the only one")
	}
	contents := filepath.Join(s.drivers(), "vpcd.bundle", "Contents")
	if err := os.MkdirAll(filepath.Join(contents, "Linux"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(contents, "Info.plist"), usbBundle, 0o644); err != nil {
		return err
	}
	return os.Symlink(library, filepath.Join(contents, "Linux", "libifdvpcd.so"))
}

func (s *Service) drivers() string { return filepath.Join(s.dir, "drivers") }

// connectUSB makes the pipe anew, for the next pcscd, which gets its end as a
// descriptor. The settings are those that preload/usb.c reads.
func (s *Service) connectUSB(descriptor int) (env []string, end *os.File, err error) {
	s.closeUSB()
	if s.usb.read, s.usb.write, err = os.Pipe(); err != nil {
		return nil, nil, err
	}
	return []string{fmt.Sprintf("PCSCD_USB=%d", descriptor), "PCSCD_DRIVERS=" + s.drivers(),
		fmt.Sprintf("VPCD_PORT=%d", port(0))}, s.usb.read, nil
}

func (s *Service) closeUSB() {
	for _, file := range []*os.File{s.usb.read, s.usb.write} {
		if file != nil {
			_ = file.Close()
		}
	}
	s.usb = usb{}
}

// Unplug pulls the USB reader out, with the card in it, and returns when the
// service lists none. A service that is started again has its reader again.
func (s *Service) Unplug() error { return s.plug("-", 0) }

// Plug puts it back.
func (s *Service) Plug() error { return s.plug("+", 2) }

func (s *Service) plug(what string, slots int) error {
	s.mu.Lock()
	bus := s.usb.write
	s.mu.Unlock()
	if bus == nil {
		return errors.New("pcscd: no USB reader")
	}
	if _, err := bus.WriteString(what); err != nil {
		return err
	}
	return s.Wait(deadline, func(states []State) bool { return len(states) == slots })
}

// Descriptors returns how many open descriptors the service has: among others
// one for each connection of a client.
func (s *Service) Descriptors() (int, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.PID()))
	return len(entries), err
}
