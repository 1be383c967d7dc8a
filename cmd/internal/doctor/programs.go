// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/userfile"
)

// slow is the time in milliseconds from which a start of the library is told.
const slow = 2000

func (e *exam) library() []finding.Finding {
	path := e.Programs.Module
	if !filepath.IsAbs(path) {
		return finding.Failed(message.LibraryNotFound.With(path), message.CureLibrary)
	}
	if why := unreadable(path); !why.IsZero() {
		return finding.Failed(message.LibraryUnusable.With(path, why), message.CureLibrary)
	}
	l, err := e.Load(path)
	if err != nil {
		return finding.Failed(message.LibraryDoesNotLoad.With(path, reasonOf(err)).Because(err), message.CureLibrary)
	}
	e.loaded = &l
	t := message.LibraryLoads.
		With(l.Version, l.Slots, l.Tokens, l.Certificates, l.Time.Milliseconds())
	switch {
	case e.card != nil && l.Tokens == 0:
		return finding.Failed(t, message.CureLibraryNoCard)
	case l.Time.Milliseconds() > slow:
		return finding.Warned(t, message.CureLibrarySlow)
	}
	return finding.Good(t)
}

// LoadError says why the library could not be loaded and used.
type LoadError struct {
	Reason message.Message
	Err    error // for developers
}

// Error implements error.
func (e *LoadError) Error() string { return e.Reason.In(message.English) + ": " + e.Err.Error() }

// Unwrap returns what is behind it.
func (e *LoadError) Unwrap() error { return e.Err }

// reasonOf says why the library was not loaded.
func reasonOf(err error) message.Message {
	var l *LoadError
	if errors.As(err, &l) {
		return l.Reason
	}
	return message.LibraryReports
}

// machines are the kinds of processors, as a library says what it is made for.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386, "arm": elf.EM_ARM,
	"riscv64": elf.EM_RISCV, "ppc64le": elf.EM_PPC64, "s390x": elf.EM_S390}

// unreadable says why a file is no library for this computer, "" where it is.
func unreadable(path string) message.Message {
	f, why := opened(path)
	if f == nil {
		return why
	}
	defer f.Close()
	switch runtime.GOOS {
	case "linux":
		return notELF(f)
	case "windows":
		return notPE(f)
	}
	return message.Message{}
}

// opened opens a library, or returns nil and says why not.
func opened(path string) (*os.File, message.Message) {
	f, err := userfile.Open(path)
	var refused *userfile.Refusal
	switch {
	case err == nil:
		return f, message.Message{}
	case errors.Is(err, fs.ErrNotExist):
		return nil, message.LibraryMissing
	case errors.Is(err, fs.ErrPermission):
		return nil, message.LibraryUnreadable
	case errors.As(err, &refused): // a folder, a device
		return nil, message.LibraryDamaged
	}
	return nil, finding.Why(err).Because(err)
}

func notELF(f *os.File) message.Message {
	lib, err := elf.NewFile(f)
	damaged := message.LibraryDamaged
	if err != nil {
		return damaged
	}
	for _, s := range lib.Progs { // a file cut short
		if _, err := io.Copy(io.Discard, s.Open()); err != nil || s.Off+s.Filesz > size(f) {
			return damaged
		}
	}
	if want, known := machines[runtime.GOARCH]; known && lib.Machine != want {
		return message.LibraryOtherProcessor.With(fmt.Sprint(lib.Machine))
	}
	return message.Message{}
}

func size(f *os.File) uint64 {
	s, err := f.Stat()
	if err != nil {
		return 0
	}
	return uint64(s.Size())
}

// databases lists the databases of the browsers that this person has. A profile
// that was never opened has none, and nobody misses the card there.
func (e *exam) databases() []register.Database {
	if e.Programs.OthersHome() {
		return nil
	}
	list := slices.DeleteFunc(e.Programs.Profiles(), func(db register.Database) bool { return !db.Used() })
	shared := e.Programs.Shared()
	if len(e.Programs.ChromiumNames()) > 0 {
		return append(list, shared...)
	}
	for _, db := range shared {
		if _, err := register.Modules(db); err == nil {
			list = append(list, db)
		}
	}
	return list
}

func (e *exam) browsers() (findings []finding.Finding) {
	if e.Programs.OthersHome() {
		return finding.Warned(message.DoctorHomeOfAnother.With(e.Programs.Home.Dir), message.CureHomeOfAnother)
	}
	for _, db := range e.databases() {
		findings = append(findings, e.browser(db)...)
	}
	if findings == nil {
		return finding.Noted(message.BrowserNone)
	}
	return findings
}

// browser says whether a browser has the library, or will have it.
func (e *exam) browser(db register.Database) []finding.Finding {
	place := db.Program + " (" + db.Dir + ")"
	command := register.Chrome
	if db.Kind == register.Mozilla {
		command = register.Firefox
	}
	policy, policyFile := e.Programs.PolicyModule()
	switch {
	case e.Programs.Registered(db):
		return finding.Good(message.BrowserKnows.With(place))
	case e.Programs.ThroughProxy(db):
		return finding.Good(message.BrowserKnowsP11Kit.With(place))
	case db.Program == "Firefox" && policy != "":
		return finding.Good(message.BrowserKnowsPolicy.With(place, policyFile))
	}
	switch e.Programs.Awaits(db) {
	case register.AtStart:
		return finding.Noted(message.BrowserWillKnowAtStart.With(place))
	case register.AtSession:
		return finding.Noted(message.BrowserWillKnowAtSession.With(place, command))
	}
	return finding.Failed(message.BrowserDoesNotKnow.With(place), message.CureBrowserDoesNotKnow.With(command))
}

func (e *exam) sandboxes() (findings []finding.Finding) {
	for _, name := range e.Programs.Sandboxed() {
		findings = append(findings, finding.Warned(message.SandboxCannotLoad.With(name),
			sandboxCure(name))...)
	}
	for _, name := range e.Programs.SandboxedServed() {
		findings = append(findings, finding.Good(message.BrowserKnowsP11Kit.With(name))...)
	}
	if findings == nil {
		return finding.Good(message.SandboxNone)
	}
	return findings
}

func sandboxCure(name string) message.Message {
	if strings.Contains(name, "Flatpak") {
		return message.CureSandboxFlatpak
	}
	return message.CureSandbox.
		With(message.PageSandboxes)
}

// rivals are libraries that take the same card, by the start of their names.
var rivals = []string{"opensc-pkcs11", "onepin-opensc-pkcs11", "libbit4", "libaseCNSP11", "libASEP11", "libsi_pkcs11", "libincryptoki", "libeTPkcs11"}

func rival(library string) bool {
	base := filepath.Base(library)
	return slices.ContainsFunc(rivals, func(r string) bool { return strings.HasPrefix(base, r) })
}

func (e *exam) conflicts() (findings []finding.Finding) {
	for _, db := range e.databases() {
		place := db.Program + " (" + db.Dir + ")"
		entries, _ := register.Modules(db)
		ours := 0
		for _, m := range entries {
			if e.Programs.Ours(m) {
				ours++
			}
		}
		through := e.Programs.ThroughProxy(db)
		if ours > 1 || ours == 1 && through {
			findings = append(findings, finding.Failed(message.ConflictTwice.With(place), message.CureConflictTwice)...)
		}
		if ours == 0 && !through {
			continue
		}
		for _, m := range entries {
			if rival(m.Library) {
				findings = append(findings, finding.Failed(message.ConflictRival.With(place, m.Name, filepath.Base(m.Library)),
					message.CureConflictRival.With(db.Dir, m.Name))...)
			}
		}
	}
	if file := e.rivalInP11Kit(); file != "" && e.Programs.P11Kit(filepath.Base(e.Programs.Module)) != "" {
		findings = append(findings, finding.Warned(message.ConflictP11Kit.With(file), message.CureConflictP11Kit)...)
	}
	if findings == nil {
		return finding.Good(message.ConflictNone)
	}
	return findings
}

func (e *exam) rivalInP11Kit() string {
	for _, name := range []string{"opensc-pkcs11.so", "onepin-opensc-pkcs11.so"} {
		if file := e.Programs.P11Kit(name); file != "" {
			return file
		}
	}
	return ""
}
