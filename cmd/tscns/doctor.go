// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tscns/cardos"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/pin"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/revocation"
	"tscns/cmd/internal/userfile"
)

type doctorFlags struct {
	module, url, root *string
	json, report      *bool
	login, lastTry    *bool
	online            *bool
}

func (a *app) doctorCommand() *cobra.Command {
	c := a.command("doctor", help{message.UseOptions, message.HelpDoctor, message.HelpDoctorLong})
	var f doctorFlags
	f.module = c.Flags().String("module", "", a.Text(message.FlagModule))
	f.url = c.Flags().String("url", "", a.Text(message.FlagURL))
	f.root = c.Flags().String("root", "", a.Text(message.FlagRoot))
	f.json = a.jsonFlag(c)
	f.report = c.Flags().Bool("report", false, a.Text(message.FlagDoctorReport))
	f.online = c.Flags().Bool("online", false, a.Text(message.FlagOnline))
	f.login = c.Flags().Bool("login", false, a.Text(message.FlagDoctorLogin))
	f.lastTry = c.Flags().Bool("last-try", false, a.Text(message.FlagDoctorLastTry))
	c.RunE = func(*cobra.Command, []string) error { return a.doctor(f) }
	return c
}

func (a *app) doctor(f doctorFlags) error {
	if *f.root != "" {
		a.root = *f.root
	}
	programs := register.NewWorld(a.getenv, *f.root, *f.module)
	w := &doctor.World{Root: *f.root, Getenv: a.getenv, Open: a.service(), PINRecords: a.cards.PINRecords,
		Load: a.load, Programs: programs, Windows: a.windows, LoadMinidriver: a.loadMinidriver,
		URL: *f.url, Roots: a.roots, Now: time.Now()}
	done := func() {}
	if *f.login {
		w.Login = func(reader string) ([]doctor.Handshake, error) {
			done()
			return a.tryLogin(reader, *f.lastTry)
		}
	}
	if *f.online {
		w.Revocation = func(der []byte) revocation.Answer {
			done()
			return a.askRevocation(der)
		}
	}
	findings := doctor.Run(w, func(m message.Message) {
		done()
		done = a.Progress(message.DoctorChecking, m)
	})
	done()
	for _, x := range findings {
		if x.State == finding.Failure {
			a.code = exit.NotGood
		}
	}
	if *f.login && doctor.PINRefused(findings) {
		a.code = exit.PIN
	}
	switch {
	case *f.json:
		return a.doctorJSON(findings)
	case *f.report:
		var b strings.Builder
		doctorHead(&b, *f.root)
		for _, l := range reportLanguages(a.Language) {
			plain := *a
			plain.Out, plain.Language, plain.Colour = &b, l, false
			fmt.Fprintln(&b)
			plain.doctorText(findings)
		}
		doctorCauses(&b, findings)
		_, err := io.WriteString(a.Out, doctor.Anonymise(b.String(), programs.Home.Dir))
		return err
	}
	a.doctorText(findings)
	return nil
}

// reportLanguages are the languages of a report: those of most helpers, and that
// of the person who has to read it before it is given away.
func reportLanguages(own message.Language) []message.Language {
	return slices.Compact([]message.Language{message.English, message.Italian, max(own, message.Italian)})
}

func (a *app) doctorJSON(findings []finding.Finding) error {
	type item struct {
		Check string `json:"check"`
		Code  string `json:"code,omitempty"` // of the message, whatever its language
		State string `json:"state"`
		Text  string `json:"text"`
		Cure  string `json:"cure,omitempty"`
	}
	list := []item{}
	for _, x := range findings {
		list = append(list, item{x.Check, x.Code(), x.State.String(), a.Text(x.Text), a.Text(x.Cure)})
	}
	a.writeJSON(list)
	return nil
}

// mark is the sign at the beginning of a finding.
func (a *app) mark(s finding.State) string {
	return map[finding.State]string{
		finding.OK:      a.Paint(console.Green, "✓"),
		finding.Note:    "-",
		finding.Warning: a.Paint(console.Yellow, "!"),
		finding.Failure: a.Paint(console.Red, "✗"),
	}[s]
}

// doctorText prints a line for each finding, and one for its cure.
func (a *app) doctorText(findings []finding.Finding) {
	failures := 0
	for _, x := range findings {
		fmt.Fprintf(a.Out, "%s %s\n", a.mark(x.State), a.Text(x.Text))
		if !x.Cure.IsZero() {
			fmt.Fprintf(a.Out, "    → %s\n", a.Text(x.Cure))
		}
		if x.State == finding.Failure {
			failures++
		}
	}
	if failures == 0 {
		a.Say(message.DoctorAllWell)
	} else {
		a.Say(message.DoctorFailures, failures)
	}
}

// doctorCauses lists the errors behind the findings, for developers.
func doctorCauses(w io.Writer, findings []finding.Finding) {
	for _, x := range findings {
		if t := doctor.Technical(x.Text.Cause()); t != "" {
			fmt.Fprintf(w, "# %s: %s\n", x.Check, t)
		}
	}
}

// doctorHead says on what system a report was made.
func doctorHead(w io.Writer, root string) {
	fmt.Fprintf(w, "tscns doctor %s, %s/%s\n", version, runtime.GOOS, runtime.GOARCH)
	if b, err := userfile.Read(filepath.Join(root, "/etc/os-release")); err == nil {
		for _, line := range strings.Split(string(b), "\n") {
			if name, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
				fmt.Fprintln(w, strings.Trim(name, `"`))
			}
		}
	}
}

// tryLogin asks for the PIN and logs in to a server inside this process. What it
// asks goes to the error output, so that it is not part of a report.
func (a *app) tryLogin(reader string, lastTry bool) (tries []doctor.Handshake, err error) {
	ask := *a
	ask.Out, ask.json = a.Err, false
	err = doctor.ErrNoLogin
	no := false
	ask.withPIN(pinFlags{reader: &reader, signature: &no, lastTry: &lastTry, keyboard: &no}, func(d *pinDialogue) {
		left, _, queryErr := d.Card.QueryTries(d.Identity)
		if queryErr != nil || left.Known && left.Left == 0 {
			return
		}
		if failure := d.MayTry(pin.PIN, left); failure != nil {
			d.explain(failure)
			return
		}
		var typed cardos.Secret // nil: the reader asks
		if d.Card.PINPad().Verify {
			d.Say(message.PINPadVerify)
		} else {
			secret, failure := d.Flow.Login()
			defer secret.Free()
			if failure != nil {
				d.explain(failure)
				return
			}
			typed = secret.Bytes()
		}
		tries, err = doctor.Login(a.service(), a.cards.PINRecords, reader, typed)
	})
	a.code = ask.code
	return tries, err
}
