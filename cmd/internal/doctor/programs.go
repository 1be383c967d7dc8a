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

	"tscns/cmd/internal/register"
	"tscns/cmd/internal/words"
)

var reinstall = words.Text{"install the package tscns again, or name the library with --module", "reinstalla il pacchetto tscns, o indica la libreria con --module"}

// slow is the time in milliseconds from which a start of the library is told.
const slow = 2000

func (e *exam) library() []Finding {
	path := e.Programs.Module
	if !filepath.IsAbs(path) {
		return failure(words.Text{"the library %s was not found", "la libreria %s non è stata trovata"}.With(path), reinstall)
	}
	if why := unreadable(path); why[0] != "" {
		return failure(words.Text{"the library %s cannot be used: %s", "la libreria %s non si può usare: %s"}.With(path, why), reinstall)
	}
	l, err := e.Load(path)
	if err != nil {
		return failure(words.Text{"the library %s does not load: %v", "la libreria %s non si carica: %v"}.With(path, err), reinstall)
	}
	e.loaded = &l
	t := words.Text{"the library loads (version %s; slots: %d, cards: %d, certificates: %d; %d ms)", "la libreria si carica (versione %s; slot: %d, tessere: %d, certificati: %d; %d ms)"}.
		With(l.Version, l.Slots, l.Tokens, l.Certificates, l.Time.Milliseconds())
	switch {
	case e.card != nil && l.Tokens == 0:
		return failure(t, words.Text{"it does not see the card that is there: an older version may be installed; install the newest", "non vede la tessera che c'è: forse è installata una versione vecchia; installa la più recente"})
	case l.Time.Milliseconds() > slow:
		return warning(t, words.Text{"that is slow; a browser waits as long: try another reader or USB port", "è lenta; un browser aspetta altrettanto: prova un altro lettore o un'altra porta USB"})
	}
	return ok(t)
}

// machines are the kinds of processors, as a library says what it is made for.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386, "arm": elf.EM_ARM,
	"riscv64": elf.EM_RISCV, "ppc64le": elf.EM_PPC64, "s390x": elf.EM_S390}

// unreadable says why a file is no library for this computer, "" where it is.
func unreadable(path string) words.Text {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return words.Text{"it is not there", "non c'è"}
	case errors.Is(err, fs.ErrPermission):
		return words.Text{"you may not read it", "non puoi leggerla"}
	case err != nil:
		return words.Text{"%v", "%v"}.With(err)
	}
	defer f.Close()
	if runtime.GOOS != "linux" {
		return words.Text{}
	}
	lib, err := elf.NewFile(f)
	damaged := words.Text{"it is damaged, or no library", "è rovinata, o non è una libreria"}
	if err != nil {
		return damaged
	}
	for _, s := range lib.Progs { // a file cut short
		if _, err := io.Copy(io.Discard, s.Open()); err != nil || s.Off+s.Filesz > size(f) {
			return damaged
		}
	}
	if want, known := machines[runtime.GOARCH]; known && lib.Machine != want {
		return words.Text{"it is made for another kind of processor (%s)", "è fatta per un altro tipo di processore (%s)"}.With(fmt.Sprint(lib.Machine))
	}
	return words.Text{}
}

func size(f *os.File) uint64 {
	s, err := f.Stat()
	if err != nil {
		return 0
	}
	return uint64(s.Size())
}

// databases lists the databases of the browsers that this person has.
func (e *exam) databases() []register.Database {
	list := e.Programs.Profiles()
	shared := e.Programs.Shared()
	if len(e.Programs.ChromiumNames()) > 0 {
		return append(list, shared...)
	}
	for _, db := range shared {
		if _, err := register.Modules(db.Dir); err == nil {
			list = append(list, db)
		}
	}
	return list
}

func (e *exam) browsers() (findings []Finding) {
	policy, policyFile := e.Programs.PolicyModule()
	for _, db := range e.databases() {
		place := db.Program + " (" + db.Dir + ")"
		command := register.Chrome
		if db.Kind == register.Mozilla {
			command = register.Firefox
		}
		switch {
		case e.Programs.Registered(db):
			findings = append(findings, ok(words.Text{"%s knows the library", "%s conosce la libreria"}.With(place))...)
		case e.Programs.ThroughProxy(db):
			findings = append(findings, ok(words.Text{"%s knows the library, through p11-kit", "%s conosce la libreria, attraverso p11-kit"}.With(place))...)
		case db.Program == "Firefox" && policy != "":
			findings = append(findings, ok(words.Text{"%s knows the library, by the policy %s", "%s conosce la libreria, per la policy %s"}.With(place, policyFile))...)
		default:
			findings = append(findings, failure(words.Text{"%s does not know the library", "%s non conosce la libreria"}.With(place),
				words.Text{"close the browser, then: tscns register %s", "chiudi il browser, poi: tscns register %s"}.With(command))...)
		}
	}
	if findings == nil {
		return note(words.Text{"no browser with a profile of yours was found", "non è stato trovato un browser con un tuo profilo"})
	}
	return findings
}

func (e *exam) sandboxes() (findings []Finding) {
	for _, name := range e.Programs.Sandboxed() {
		findings = append(findings, warning(words.Text{"%s is in a sandbox and cannot load a library of the system", "%s è in una sandbox e non può caricare una libreria del sistema"}.With(name),
			sandboxCure(name))...)
	}
	for _, name := range e.Programs.SandboxedServed() {
		findings = append(findings, ok(words.Text{"%s knows the library, through p11-kit", "%s conosce la libreria, attraverso p11-kit"}.With(name))...)
	}
	if findings == nil {
		return ok(words.Text{"no browser in a Snap or Flatpak", "nessun browser in uno Snap o Flatpak"})
	}
	return findings
}

func sandboxCure(name string) words.Text {
	if strings.Contains(name, "Flatpak") {
		return words.Text{"tscns register flatpak says what would let it use the card and sets it when you agree; or use the browser from a package of your distribution (deb, rpm)",
			"tscns register flatpak dice che cosa gli permetterebbe di usare la tessera e lo imposta se accetti; o usa il browser da un pacchetto della tua distribuzione (deb, rpm)"}
	}
	return words.Text{"use the browser from a package of your distribution (deb, rpm), or pass the library in through p11-kit: %s",
		"usa il browser da un pacchetto della tua distribuzione (deb, rpm), o fai passare la libreria da p11-kit: %s"}.
		With(words.Page("docs/sandboxes.md", "docs/it/sandbox.md"))
}

// rivals are libraries that take the same card, by the start of their names.
var rivals = []string{"opensc-pkcs11", "onepin-opensc-pkcs11", "libbit4", "libaseCNSP11", "libASEP11", "libsi_pkcs11", "libincryptoki", "libeTPkcs11"}

func rival(library string) bool {
	base := filepath.Base(library)
	return slices.ContainsFunc(rivals, func(r string) bool { return strings.HasPrefix(base, r) })
}

func (e *exam) conflicts() (findings []Finding) {
	for _, db := range e.databases() {
		place := db.Program + " (" + db.Dir + ")"
		entries, _ := register.Modules(db.Dir)
		ours := 0
		for _, m := range entries {
			if e.Programs.Ours(m) {
				ours++
			}
		}
		through := e.Programs.ThroughProxy(db)
		if ours > 1 || ours == 1 && through {
			findings = append(findings, failure(words.Text{"%s has the library twice and shows the card twice", "%s ha la libreria due volte e mostra la tessera due volte"}.With(place),
				words.Text{"close the browser, then: tscns register all", "chiudi il browser, poi: tscns register all"})...)
		}
		if ours == 0 && !through {
			continue
		}
		for _, m := range entries {
			if rival(m.Library) {
				findings = append(findings, failure(words.Text{"%s has %q too (%s), which takes the same card: double registration", "%s ha anche %q (%s), che prende la stessa tessera: doppia registrazione"}.With(place, m.Name, filepath.Base(m.Library)),
					words.Text{"if you need it for no other card: close the browser, then modutil -dbdir sql:%s -delete %q", "se non ti serve per altre tessere: chiudi il browser, poi modutil -dbdir sql:%s -delete %q"}.With(db.Dir, m.Name))...)
			}
		}
	}
	if file := e.rivalInP11Kit(); file != "" && e.Programs.P11Kit(filepath.Base(e.Programs.Module)) != "" {
		findings = append(findings, warning(words.Text{"p11-kit also carries OpenSC (%s): some programs may show the card twice", "p11-kit porta anche OpenSC (%s): alcuni programmi possono mostrare la tessera due volte"}.With(file),
			words.Text{"harmless; if it disturbs you: a line \"disable-in: ...\" in a file of the same name in ~/.config/pkcs11/modules (man pkcs11.conf)", "non fa danno; se ti disturba: una riga \"disable-in: ...\" in un file dello stesso nome in ~/.config/pkcs11/modules (man pkcs11.conf)"})...)
	}
	if findings == nil {
		return ok(words.Text{"no other module takes the card", "nessun altro modulo prende la tessera"})
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
