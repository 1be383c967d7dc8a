// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tscns/cmd/internal/register"
)

// libraryFile is the module's file name on this system.
func libraryFile() string {
	switch runtime.GOOS {
	case "windows":
		return "tscns-pkcs11.dll"
	case "darwin":
		return "tscns-pkcs11.dylib"
	}
	return "tscns-pkcs11.so"
}

// findModule returns the module's path as programs see it: the one named, the
// one beside this command (where it was built), or the one installed below
// root. "" is not found.
func findModule(named, root string) string {
	if named != "" {
		path, err := filepath.Abs(named)
		if err != nil {
			return ""
		}
		return path
	}
	if exe, err := os.Executable(); err == nil {
		if path := filepath.Join(filepath.Dir(exe), libraryFile()); isFile(path) {
			return path
		}
	}
	for _, dir := range []string{"/usr/lib/" + register.Triplets[runtime.GOARCH] + "/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11",
		"/usr/local/lib/pkcs11", "/usr/local/lib64/pkcs11"} {
		if path := filepath.Join(dir, libraryFile()); isFile(filepath.Join(root, path)) {
			return path
		}
	}
	return ""
}

func isFile(path string) bool {
	s, err := os.Stat(path)
	return err == nil && s.Mode().IsRegular()
}

// registerFlags are the options of register and unregister.
type registerFlags struct {
	module, root *string
	system, json *bool
}

// registerOnce is the silent form for the start of a session.
func (a *app) registerOnce(w *register.World, to string, asJSON bool) error {
	steps := w.RegisterOnce(to)
	if asJSON {
		return a.tell(steps, true)
	}
	for _, s := range steps {
		if s.Outcome == register.Failed {
			a.code = exitNotGood
			fmt.Fprintf(a.errs, "tscns: %s: %s\n", s.Place, a.lang.of(s.Text))
		}
	}
	return nil
}

func (a *app) registerCommand() *cobra.Command {
	c := a.command("register", registerTexts)
	f := a.registerFlags(c)
	once := c.Flags().Bool("once", false, a.lang.of(text{"silently, and only where it never was: for the start of a session", "in silenzio, e solo dove non c'è mai stata: per l'inizio di una sessione"}))
	yes := c.Flags().Bool("yes", false, a.lang.of(text{"flatpak: agree beforehand", "flatpak: accetta già ora"}))
	c.RunE = func(_ *cobra.Command, args []string) error {
		if a.registersByHand(f) {
			return nil
		}
		if *once && *f.system {
			return a.usagef(text{"--once is for one person: not with --system", "--once è per una persona: non con --system"})
		}
		w := a.registerWorld(f)
		if !isFile(filepath.Join(*f.root, w.Module)) && !isFile(w.Module) {
			a.complain(exitNotGood, text{"the library %s was not found; say where it is with --module", "la libreria %s non è stata trovata; di' dov'è con --module"}, libraryFile())
			return nil
		}
		if *once {
			return a.registerOnce(w, target(args), *f.json)
		}
		if target(args) == register.Flatpak {
			return a.registerFlatpak(w, f, *yes)
		}
		done := a.progress(text{"Registering ...", "Registrazione ..."})
		do := w.Register
		if *f.system {
			do = w.RegisterSystem
		}
		steps := do(target(args))
		done()
		return a.tell(steps, *f.json)
	}
	return c
}

// registerFlatpak says what it would set, and sets it only when the person
// agrees: a sandbox is there to keep such things out.
func (a *app) registerFlatpak(w *register.World, f registerFlags, yes bool) error {
	if *f.system {
		return a.usagef(text{"--system does not go with flatpak: each person agrees for themselves", "--system non va con flatpak: ogni persona accetta per sé"})
	}
	plan := w.PlanFlatpak()
	var steps []register.Step
	open := false
	for _, c := range plan {
		steps = append(steps, c.Step)
		open = open || c.Outcome == register.Planned
	}
	if !open || *f.json && !yes {
		return a.tell(steps, *f.json)
	}
	if !yes {
		if err := a.tell(steps, false); err != nil {
			return err
		}
		a.code = exitOK
		fmt.Fprint(a.errs, a.lang.of(text{"A browser in a sandbox could then use the card, as long as the PIN that you type there is in force. Set all this? [y/N] ",
			"Un browser in una sandbox potrebbe allora usare la tessera, finché vale il PIN che vi digiti. Impostare tutto questo? [s/N] "}))
		if !agrees(a.person) {
			a.say(text{"Nothing was changed.", "Non è stato cambiato niente."})
			return nil
		}
	}
	return a.tell(w.ApplyFlatpak(plan), *f.json)
}

// agrees reads an answer; none is no.
func agrees(p person) bool {
	line, _ := p.in.ReadString('\n')
	return slices.Contains([]string{"y", "yes", "s", "si", "sì"}, strings.ToLower(strings.TrimSpace(line)))
}

func (a *app) unregisterCommand() *cobra.Command {
	c := a.command("unregister", unregisterTexts)
	f := a.registerFlags(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if a.registersByHand(f) {
			return nil
		}
		w := a.registerWorld(f)
		if *f.system && target(args) != register.Flatpak {
			return a.tell(w.UnregisterSystem(target(args)), *f.json)
		}
		return a.tell(w.Unregister(target(args)), *f.json)
	}
	return c
}

func (a *app) registerFlags(c *cobra.Command) (f registerFlags) {
	a.oneOf(c, false, register.Targets()...)
	f.module = c.Flags().String("module", "", a.lang.of(text{"the library's `file`, where it is not installed", "il `file` della libreria, se non è installata"}))
	f.system = c.Flags().Bool("system", false, a.lang.of(text{"for everybody on this computer: Firefox's policies and p11-kit; needs an administrator", "per tutti su questo computer: le policy di Firefox e p11-kit; serve un amministratore"}))
	f.root = c.Flags().String("root", "", a.lang.of(text{"the system below this `folder` instead of /", "il sistema sotto questa `cartella` invece di /"}))
	f.json = a.jsonFlag(c)
	return f
}

func (a *app) registerWorld(f registerFlags) *register.World {
	w := &register.World{Home: register.HomeFrom(a.getenv), Root: *f.root, Module: findModule(*f.module, *f.root)}
	if w.Module == "" {
		w.Module = libraryFile()
	}
	return w
}

func target(args []string) string {
	if len(args) == 0 {
		return register.All
	}
	return args[0]
}

// outcomeNames are the outcomes as --json has them.
var outcomeNames = map[register.Outcome]string{register.Done: "done", register.Nothing: "nothing", register.Refused: "refused", register.Failed: "failed",
	register.Planned: "planned"}

// tell prints what was done and sets the exit code.
func (a *app) tell(steps []register.Step, asJSON bool) error {
	type step struct {
		Place   string `json:"place"`
		Outcome string `json:"outcome"`
		Text    string `json:"text"`
	}
	list := []step{}
	for _, s := range steps {
		list = append(list, step{s.Place, outcomeNames[s.Outcome], a.lang.of(s.Text)})
		switch {
		case s.Outcome == register.Refused && a.code == exitOK:
			a.code = exitUnsafe
		case s.Outcome == register.Failed:
			a.code = exitNotGood
		}
	}
	if asJSON {
		return writeJSON(a.out, list)
	}
	if len(list) == 0 {
		a.say(text{"No browser of yours was found; nothing to do.", "Non è stato trovato nessun tuo browser; niente da fare."})
	}
	for _, s := range list {
		a.say(text{"%s: %s", "%s: %s"}, s.Place, s.Text)
	}
	return nil
}

var registerTexts = helpTexts{
	use:   text{"[firefox|chrome|openssl|p11-kit|all|flatpak]", "[firefox|chrome|openssl|p11-kit|all|flatpak]"},
	short: text{"Make the driver known to browsers and other programs", "Fai conoscere il driver ai browser e agli altri programmi"},
	long: text{`Registers the library in every profile of Firefox and Thunderbird, in the database that Chromium, Chrome, Brave and
Edge share, and in p11-kit, which serves OpenSSL, GnuTLS and others. Says what it did at each place. Once more changes
nothing; where p11-kit brings the library into a browser already, it is not registered there a second time. A browser
that is running would undo it, so it is left alone until you close it.
Browsers of Flatpak are in a sandbox and not among all: flatpak says what would let them use the card - a socket of
p11-kit, permission to see it, a module in the browser's database - and sets it when you agree.`,
		`Registra la libreria in ogni profilo di Firefox e Thunderbird, nel database condiviso da Chromium, Chrome, Brave e
Edge, e in p11-kit, che serve OpenSSL, GnuTLS e altri. Dice che cosa ha fatto in ogni posto. Ripeterlo non cambia
niente; dove p11-kit porta già la libreria in un browser, non la registra una seconda volta. Un browser aperto
annullerebbe la modifica, quindi lo lascia com'è finché non lo chiudi.
I browser di Flatpak stanno in una sandbox e non rientrano in all: flatpak dice che cosa permetterebbe loro di usare la
tessera - un socket di p11-kit, il permesso di vederlo, un modulo nel database del browser - e lo imposta se accetti.`},
}

var unregisterTexts = helpTexts{
	use:   text{"[firefox|chrome|openssl|p11-kit|all|flatpak]", "[firefox|chrome|openssl|p11-kit|all|flatpak]"},
	short: text{"Take the driver away again from browsers and other programs", "Togli di nuovo il driver dai browser e dagli altri programmi"},
	long: text{`Undoes tscns register and leaves no trace: databases are as they were, and one that was made for the driver and
holds nothing else is removed.`,
		`Annulla tscns register senza lasciare traccia: i database tornano com'erano, e uno creato per il driver che non
contiene altro viene tolto.`},
}
