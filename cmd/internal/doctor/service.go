// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
)

// readerSerial is a serial number in a reader's name, as the CCID driver puts
// it there: in round brackets.
var readerSerial = regexp.MustCompile(`\([0-9A-Za-z.\-]*[0-9][0-9A-Za-z.\-]*\)`)

func (e *exam) path(p string) string { return filepath.Join(e.Root, p) }

func (e *exam) has(paths ...string) bool {
	for _, p := range paths {
		if found, _ := filepath.Glob(e.path(p)); len(found) > 0 {
			return true
		}
	}
	return false
}

func (e *exam) serviceInstalled() []finding.Finding {
	switch {
	case runtime.GOOS == "windows" || runtime.GOOS == "darwin":
		return finding.Noted(message.ServicePartOfSystem)
	case e.has("/usr/sbin/pcscd", "/usr/local/sbin/pcscd", "/usr/bin/pcscd"):
		return finding.Good(message.ServiceInstalled)
	case !e.noService():
		return finding.Good(message.ServiceAnswers)
	}
	return finding.Failed(message.ServiceNotInstalled, message.CureServiceNotInstalled)
}

// socketState is the result of connecting to the socket of the service.
type socketState int

const (
	socketOpen   socketState = iota // somebody listens
	socketClosed                    // nobody does
	socketDenied                    // the file system says no
)

func (e *exam) socket() socketState {
	path := e.Getenv("PCSCLITE_CSOCK_NAME")
	if path == "" {
		path = e.path("/run/pcscd/pcscd.comm")
	}
	c, err := net.DialTimeout("unix", path, 5*time.Second)
	switch {
	case err == nil:
		c.Close()
		return socketOpen
	case errors.Is(err, fs.ErrPermission):
		return socketDenied
	}
	return socketClosed
}

func (e *exam) serviceRunning() []finding.Finding {
	if !e.noService() || runtime.GOOS != "windows" && e.socket() != socketClosed {
		return finding.Good(message.ServiceRunning)
	}
	off := message.ServiceNotRunning
	if runtime.GOOS == "windows" { // it ends with the last reader, and starts with the first
		return finding.Failed(off, message.CureServiceNotRunningWindows)
	}
	return finding.Failed(off, message.CureServiceNotRunning)
}

// servicePermitted: a service that runs and turns this person away. pcscd asks
// polkit about each client, and ends the connection of one that is refused.
func (e *exam) servicePermitted() []finding.Finding {
	if !e.noService() && e.card == nil && e.turnedAway() {
		return finding.Failed(message.ServiceHidesCards, message.CureServicePermitted)
	}
	if !e.noService() {
		return finding.Good(message.ServicePermitted)
	}
	if runtime.GOOS == "windows" || e.socket() == socketClosed {
		return finding.Noted(message.NotChecked)
	}
	return finding.Failed(message.ServiceTurnsAway, message.CureServicePermitted)
}

// turnedAway: the service answers about its readers, and not about a card.
func (e *exam) turnedAway() bool {
	for _, err := range e.cardErrs {
		if isAny(err, cardos.ErrNoService) {
			return true
		}
	}
	return false
}

// nfcModules are drivers of the kernel that take an NFC reader for themselves.
var nfcModules = []string{"pn533_usb", "pn533", "port100", "nfcmrvl_usb"}

func (e *exam) kernelNFC() []finding.Finding {
	b, err := userfile.Read(e.path("/proc/modules"))
	if err != nil {
		return finding.Noted(message.KernelUnknown)
	}
	var loaded []string
	for _, line := range strings.Split(string(b), "\n") {
		name, _, _ := strings.Cut(line, " ")
		for _, m := range nfcModules {
			if name == m {
				loaded = append(loaded, m)
			}
		}
	}
	if len(loaded) == 0 {
		return finding.Good(message.KernelNFCNone)
	}
	list := strings.Join(loaded, " ")
	f := finding.Failed
	if len(e.readers) > 0 {
		f = finding.Warned
	}
	return f(message.KernelNFC.With(list), message.CureKernelNFC.With(list))
}

func (e *exam) reader() []finding.Finding {
	if e.noService() {
		return finding.Noted(message.NotChecked)
	}
	if len(e.readers) > 0 {
		var list []finding.Finding
		for _, r := range e.readers {
			list = append(list, finding.Good(message.ReaderFound.With(r.Name))...)
		}
		return list
	}
	if plugged := e.pluggedReaders(); len(plugged) > 0 {
		return finding.Failed(message.ReaderWithoutDriver.With(strings.Join(plugged, ", ")), message.CureReaderWithoutDriver)
	}
	return finding.Failed(message.NoReader, message.CureNoReader)
}

// pluggedReaders lists USB devices with an interface of the smart card class
// (0B, USB Device Class: Smart Card), by product name.
func (e *exam) pluggedReaders() (names []string) {
	files, _ := filepath.Glob(e.path("/sys/bus/usb/devices/*/bInterfaceClass"))
	for _, f := range files {
		if b, err := userfile.Read(f); err != nil || strings.TrimSpace(string(b)) != "0b" {
			continue
		}
		device, _, _ := strings.Cut(filepath.Base(filepath.Dir(f)), ":")
		name := device
		if b, err := userfile.Read(filepath.Join(filepath.Dir(filepath.Dir(f)), device, "product")); err == nil {
			name = strings.TrimSpace(string(b))
		}
		names = append(names, name)
	}
	return names
}
