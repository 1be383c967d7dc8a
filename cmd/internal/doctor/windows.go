// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"debug/pe"
	"io"
	"slices"
	"strings"

	"tscns/cardos"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/userfile"
	"tscns/cmd/internal/windows"
	"tscns/packaging/windows/calais"
)

// windowsOnly and elsewhere are where a row of checks applies.
func windowsOnly(e *exam) bool { return e.Windows != nil }
func elsewhere(e *exam) bool   { return e.Windows == nil }

func (e *exam) remoteDesktop() []finding.Finding {
	if e.Windows.Remote() {
		return finding.Noted(message.RemoteDesktop)
	}
	return nil
}

// undriven lists the readers that are plugged in and have no driver on Windows.
func (e *exam) undriven() []string {
	if e.Windows == nil {
		return nil
	}
	names, _ := e.Windows.UndrivenReaders() // what cannot be asked is not complained of
	return names
}

// serviceOnWindows says why the smart card service does not run: Windows stops
// it with the last reader that works. nil where nothing is known.
func (e *exam) serviceOnWindows() []finding.Finding {
	if names := e.undriven(); len(names) > 0 {
		return finding.Failed(message.ReaderWithoutDriver.With(strings.Join(names, ", ")), message.CureReaderWithoutDriverWindows)
	}
	if s, err := e.Windows.Service(windows.SmartCardService); err == nil && s.Disabled {
		return finding.Failed(message.ServiceDisabledWindows, message.CureServiceDisabledWindows)
	}
	return nil
}

// drivers lists the drivers of cards that Windows knows.
func (e *exam) drivers() (all, ours []windows.Driver, err error) {
	all, err = windows.Drivers(e.Windows.Registry())
	return all, slices.DeleteFunc(slices.Clone(all), func(d windows.Driver) bool { return !d.Ours() }), err
}

// minidriver looks at what Windows was told of this project's driver, and loads it.
func (e *exam) minidriver() []finding.Finding {
	_, ours, err := e.drivers()
	switch {
	case err != nil:
		return finding.Warned(message.RegistryUnreadable.Because(err), message.CureRegistryUnreadable)
	case len(ours) == 0:
		return finding.Failed(message.MinidriverNotRegistered, message.CureMinidriverNotRegistered)
	}
	var paths []string
	for _, d := range ours {
		if !slices.Contains(paths, d.Library) {
			paths = append(paths, d.Library)
		}
	}
	for _, path := range paths {
		if why := notForWindows(path); !why.IsZero() {
			return finding.Failed(message.MinidriverUnusable.With(path, why), message.CureMinidriver)
		}
		if err := e.LoadMinidriver(path); err != nil {
			return finding.Failed(message.MinidriverDoesNotLoad.With(path, reasonOf(err)).Because(err), message.CureMinidriver)
		}
	}
	if missing := incomplete(ours); len(missing) > 0 {
		return finding.Failed(message.MinidriverIncomplete.With(strings.Join(missing, ", ")), message.CureMinidriverIncomplete)
	}
	return finding.Good(message.MinidriverRegistered.With(strings.Join(paths, ", ")))
}

// incomplete names the entries of this driver that are not there or not as they
// were written.
func incomplete(ours []windows.Driver) (names []string) {
	for _, c := range calais.Cards() {
		whole := slices.ContainsFunc(ours, func(d windows.Driver) bool {
			return bytes.Equal(d.ATR, c.ATR) && bytes.Equal(d.Mask, c.Mask) && d.CSP == calais.CSP && d.KSP == calais.KSP
		})
		if !whole {
			names = append(names, c.Name)
		}
	}
	return names
}

// notForWindows says why a file is no library that 64-bit programs of Windows
// load; the zero value where it is one.
func notForWindows(path string) message.Message {
	f, why := opened(path)
	if f == nil {
		return why
	}
	defer f.Close()
	return notPE(f)
}

func notPE(f io.ReaderAt) message.Message {
	library, err := pe.NewFile(f)
	if err != nil {
		return message.LibraryDamaged
	}
	for _, s := range library.Sections { // a file cut short
		if s.Size == 0 {
			continue
		}
		if _, err := s.ReadAt(make([]byte, 1), int64(s.Size)-1); err != nil {
			return message.LibraryDamaged
		}
	}
	if library.Machine != pe.IMAGE_FILE_MACHINE_AMD64 {
		return message.LibraryOtherProcessor.With(processorOf(library.Machine))
	}
	return message.Message{}
}

// processorOf names the kind of processor that a library of Windows is made for.
func processorOf(machine uint16) string {
	switch machine {
	case pe.IMAGE_FILE_MACHINE_I386:
		return "32 bit"
	case pe.IMAGE_FILE_MACHINE_ARM64:
		return "ARM64"
	}
	return "?"
}

// cardDriver says which driver Windows gives the card in a reader to, or without
// a card whether another comes before this one.
func (e *exam) cardDriver() []finding.Finding {
	all, ours, err := e.drivers()
	if err != nil {
		return finding.Noted(message.NotChecked)
	}
	for _, r := range e.readers {
		if r.Present && len(r.ATR) > 0 && (e.card == nil || r.Name == e.cardReader) {
			return e.taker(all, len(ours) > 0, r)
		}
	}
	if first := register.First(all); len(first) > 0 {
		return finding.Warned(message.CardDriverOtherFirst.With(register.Describe(e.Windows, first[0])), message.CureCardDriverOther)
	}
	return finding.Good(message.CardDriverAlone)
}

func (e *exam) taker(all []windows.Driver, registered bool, r cardos.ReaderState) []finding.Finding {
	switch d, ok := windows.Taker(all, r.ATR); {
	case ok && d.Ours():
		return finding.Good(message.CardDriverOurs.With(d.Name))
	case ok:
		return finding.Warned(message.CardDriverOther.With(register.Describe(e.Windows, d)), message.CureCardDriverOther)
	case e.card == nil, !registered: // no card of ours, or an earlier line says why
		return finding.Noted(message.NotChecked)
	}
	return finding.Failed(message.CardDriverNone, message.CureCardDriverNone)
}

// propagation looks at the service that copies certificates of a card into the
// person's store. Windows starts it by itself with a card, unless told otherwise.
func (e *exam) propagation() []finding.Finding {
	s, err := e.Windows.Service(windows.CertificatePropagation)
	switch {
	case err != nil:
		return finding.Noted(message.PropagationUnknown.Because(err))
	case !s.Installed:
		return finding.Failed(message.PropagationMissing, message.CurePropagationMissing)
	case s.Running:
		return finding.Good(message.PropagationRuns)
	case s.Disabled:
		return finding.Failed(message.PropagationDisabled, message.CurePropagationDisabled)
	case e.card == nil && !s.Automatic:
		return finding.Noted(message.PropagationOnDemand)
	}
	return finding.Failed(message.PropagationStopped, message.CurePropagationStopped)
}

// store looks for the certificate for authentication in the person's store.
func (e *exam) store() []finding.Finding {
	der := e.authentication()
	if der == nil {
		return finding.Noted(message.NotChecked)
	}
	list, err := e.Windows.Certificates()
	if err != nil {
		return finding.Noted(message.StoreUnreadable.Because(err))
	}
	i := slices.IndexFunc(list, func(c windows.Certificate) bool { return bytes.Equal(c.DER, der) })
	switch {
	case i < 0:
		return finding.Failed(message.StoreLacksCertificate, message.CureStoreLacksCertificate)
	case list[i].Provider == "" || list[i].Container == "":
		return finding.Failed(message.StoreWithoutKey, message.CureStoreWithoutKey)
	case list[i].Provider != calais.CSP && list[i].Provider != calais.KSP:
		return finding.Warned(message.StoreOtherProvider.With(list[i].Provider), message.CureStoreOtherProvider)
	}
	return finding.Good(message.StoreHasCertificate.With(list[i].Provider))
}

// authentication returns the certificate for logins, nil without one.
func (e *exam) authentication() []byte {
	for _, id := range e.identities {
		if id.Purpose != cardos.Authentication {
			continue
		}
		for _, k := range id.Keys {
			if k.Certificate != nil {
				return k.Certificate.Raw
			}
		}
	}
	return nil
}

// firefox says by which way Firefox gets the card: from Windows' store, or by a
// policy that has it load the PKCS #11 library.
func (e *exam) firefox() []finding.Finding {
	_, ours, _ := e.drivers()
	library := register.PolicyOnWindows(e.Windows.Registry())
	switch {
	case library != "" && !userfile.IsFile(library):
		return finding.Failed(message.FirefoxPolicyMissing.With(library), message.CureFirefoxPolicyMissing)
	case library != "" && len(ours) > 0:
		return finding.Warned(message.FirefoxTwice.With(library), message.CureFirefoxTwice)
	case library != "":
		return finding.Good(message.FirefoxByPolicy.With(library))
	case len(ours) > 0:
		return finding.Good(message.FirefoxByWindows)
	}
	return finding.Noted(message.FirefoxNothing)
}
