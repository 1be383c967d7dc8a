// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
)

// readerSerial is a serial number in a reader's name, as the CCID driver puts
// it there: in round brackets.
var readerSerial = regexp.MustCompile(`\([0-9A-Za-z.\-]*[0-9][0-9A-Za-z.\-]*\)`)

func (e *exam) path(p string) string { return filepath.Join(e.Root, p) }

// service is the smart card service of the computer.
func (e *exam) service() cards.Service { return cards.Service{Root: e.Root, Getenv: e.Getenv} }

func (e *exam) serviceInstalled() []finding.Finding {
	switch {
	case runtime.GOOS == "windows" || runtime.GOOS == "darwin":
		return finding.Noted(message.ServicePartOfSystem)
	case e.service().Installed():
		return finding.Good(message.ServiceInstalled)
	case e.serviceRuns():
		return finding.Good(message.ServiceAnswers)
	}
	return cards.Explain(e.serviceErr).Finding()
}

// serviceRuns reports whether a service takes connections, whoever it serves.
func (e *exam) serviceRuns() bool {
	return !e.noService() || isAny(e.serviceErr, cardos.ErrNotPermitted, cardos.ErrServiceHangs)
}

func (e *exam) serviceRunning() []finding.Finding {
	switch {
	case e.noService() && !e.serviceRuns() && !e.service().Installed():
		return finding.Noted(message.NotChecked)
	case e.noService() && !isAny(e.serviceErr, cardos.ErrNotPermitted):
		if e.Windows != nil {
			if found := e.serviceOnWindows(); found != nil {
				return found
			}
		}
		return cards.Explain(e.serviceErr).Finding()
	}
	return finding.Good(message.ServiceRunning)
}

// servicePermitted: a service that runs and turns this person away. pcscd asks
// polkit about each client, and ends the connection of one that is refused.
func (e *exam) servicePermitted() []finding.Finding {
	switch {
	case isAny(e.serviceErr, cardos.ErrNotPermitted):
		return cards.Explain(e.serviceErr).Finding()
	case e.noService():
		return finding.Noted(message.NotChecked)
	}
	for _, err := range e.cardErrs {
		if e.card == nil && isAny(err, cardos.ErrCardNotPermitted) {
			return cards.Explain(err).Finding()
		}
	}
	return finding.Good(message.ServicePermitted)
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
	e.nfcHeld = true
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
	if e.nfcHeld { // one next step at a time
		return finding.Noted(message.NotChecked)
	}
	if names := e.undriven(); len(names) > 0 {
		return finding.Failed(message.ReaderWithoutDriver.With(strings.Join(names, ", ")), message.CureReaderWithoutDriverWindows)
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
