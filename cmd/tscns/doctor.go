// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/register"
)

type doctorFlags struct {
	module, url, root *string
	json, report      *bool
	login, lastTry    *bool
}

func (a *app) doctorCommand() *cobra.Command {
	c := a.command("doctor", doctorTexts)
	var f doctorFlags
	f.module = c.Flags().String("module", "", a.lang.of(text{"the library's `file`, where it is not installed", "il `file` della libreria, se non è installata"}))
	f.url = c.Flags().String("url", "", a.lang.of(text{"also try the `site` that does not let you in (https://...)", "prova anche il `sito` che non ti fa entrare (https://...)"}))
	f.root = c.Flags().String("root", "", a.lang.of(text{"the system below this `folder` instead of /", "il sistema sotto questa `cartella` invece di /"}))
	f.json = a.jsonFlag(c)
	f.report = c.Flags().Bool("report", false, a.lang.of(text{"as a text to give to others, free of personal data", "come testo da dare ad altri, senza dati personali"}))
	f.login = c.Flags().Bool("login", false, a.lang.of(text{"also log in to a server on this computer; you type the PIN, which is sent to the card once", "entra anche in un server su questo computer; il PIN lo digiti tu, e viene inviato alla tessera una volta"}))
	f.lastTry = c.Flags().Bool("last-try", false, a.lang.of(text{"with --login: go on even if only one try is left", "con --login: prosegui anche se resta una sola prova"}))
	c.RunE = func(*cobra.Command, []string) error { return a.doctor(f) }
	return c
}

func (a *app) doctor(f doctorFlags) error {
	programs := &register.World{Home: register.HomeFrom(a.getenv), Root: *f.root, Module: findModule(*f.module, *f.root)}
	if programs.Module == "" {
		programs.Module = libraryFile()
	}
	w := &doctor.World{Root: *f.root, Getenv: a.getenv, Open: a.open, Load: a.load, Programs: programs, URL: *f.url, Roots: a.roots, Now: time.Now()}
	done := func() {}
	if *f.login {
		w.Login = func(reader string) ([]doctor.Handshake, error) {
			done()
			return a.tryLogin(reader, *f.lastTry)
		}
	}
	findings := doctor.Run(w, func(t text) {
		done()
		done = a.progress(text{"Checking: %s ...", "Controllo: %s ..."}, a.lang.of(t))
	})
	done()
	for _, x := range findings {
		if x.State == doctor.Failure {
			a.code = exitNotGood
		}
	}
	switch {
	case *f.json:
		return a.doctorJSON(findings)
	case *f.report:
		var b strings.Builder
		doctorHead(&b, *f.root)
		for l := range lang(2) {
			plain := *a
			plain.out, plain.lang, plain.colour = &b, l, false
			fmt.Fprintln(&b)
			plain.doctorText(findings)
		}
		_, err := io.WriteString(a.out, doctor.Anonymise(b.String(), programs.Home.Dir))
		return err
	}
	a.doctorText(findings)
	return nil
}

// stateNames are the states as --json has them.
var stateNames = map[doctor.State]string{doctor.OK: "ok", doctor.Note: "note", doctor.Warning: "warning", doctor.Failure: "failure"}

func (a *app) doctorJSON(findings []doctor.Finding) error {
	type finding struct {
		Check string `json:"check"`
		State string `json:"state"`
		Text  string `json:"text"`
		Cure  string `json:"cure,omitempty"`
	}
	list := []finding{}
	for _, x := range findings {
		list = append(list, finding{x.Check, stateNames[x.State], a.lang.of(x.Text), a.lang.of(x.Cure)})
	}
	return writeJSON(a.out, list)
}

// doctorText prints a line for each finding, and one for its cure.
func (a *app) doctorText(findings []doctor.Finding) {
	failures := 0
	for _, x := range findings {
		mark := map[doctor.State]string{
			doctor.OK:      a.paint(green, "✓"),
			doctor.Note:    "-",
			doctor.Warning: a.paint(yellow, "!"),
			doctor.Failure: a.paint(red, "✗"),
		}[x.State]
		fmt.Fprintf(a.out, "%s %s\n", mark, a.lang.of(x.Text))
		if x.Cure[0] != "" {
			fmt.Fprintf(a.out, "    → %s\n", a.lang.of(x.Cure))
		}
		if x.State == doctor.Failure {
			failures++
		}
	}
	switch failures {
	case 0:
		a.say(text{"Nothing is wrong that could be checked.", "Di ciò che si può controllare non c'è niente che non vada."})
	case 1:
		a.say(text{"One thing is wrong.", "C'è una cosa che non va."})
	default:
		a.say(text{"%d things are wrong; begin with the first.", "Ci sono %d cose che non vanno; comincia dalla prima."}, failures)
	}
}

// doctorHead says on what system a report was made.
func doctorHead(w io.Writer, root string) {
	fmt.Fprintf(w, "tscns doctor %s, %s/%s\n", version, runtime.GOOS, runtime.GOARCH)
	if b, err := os.ReadFile(filepath.Join(root, "/etc/os-release")); err == nil {
		for _, line := range strings.Split(string(b), "\n") {
			if name, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
				fmt.Fprintln(w, strings.Trim(name, `"`))
			}
		}
	}
}

var doctorTexts = helpTexts{
	use:   text{"[options]", "[opzioni]"},
	short: text{"Find out what is wrong, and what to do about it", "Scopri che cosa non va, e che cosa fare"},
	long: text{`Checks, one after the other: smart card service, permissions, kernel drivers, reader, card and its side, certificate,
state of the PIN, the library itself (loaded as a browser does), each browser, browsers in a sandbox, other modules that
take the card, and with --url a site. One line each, with a next step for each that is not well. It sends no PIN, and
asks the card for the tries left only where that is proven to cost none. A site is shown no certificate. With --login you
type the PIN, and the card logs in to a server inside this command, with TLS 1.3 and 1.2: where that works and a site
does not, it is the site, not your card.`,
		`Controlla, nell'ordine: servizio smart card, permessi, driver del kernel, lettore, tessera e suo lato, certificato,
stato del PIN, la libreria stessa (caricata come fa un browser), ogni browser, i browser in una sandbox, altri moduli che
prendono la tessera, e con --url un sito. Una riga ciascuno, con il passo da fare per ciò che non va. Non invia PIN, e
chiede alla tessera le prove rimaste solo dove è provato che non ne costa. A un sito non mostra certificati. Con --login
digiti il PIN, e la tessera entra in un server dentro questo comando, con TLS 1.3 e 1.2: se lì va e in un sito no, è il
sito, non la tua tessera.`},
}
