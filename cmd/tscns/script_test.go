// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

// TestScripts runs testdata/*.txtar, what people see of the command: output,
// exit code, files. The command runs in process, so that the simulated card
// stays the same from one to the next. Besides the commands of testscript:
//
//	setup FAMILY [CHANGE...]  a new computer, with a card in its reader; CHANGE is a key of changes
//	card FAMILY [CHANGE...]   another card is inserted
//	reader EVENT [ARGUMENT]   one of readerEvents
//	types SECRET...           what the person types unseen, at the next command
//	answers LINE...           and seen
//	pad [verify|modify] ENTRY...  a PIN pad, at which the person types these; cancel, nobody and broken are events
//	tscns ARGUMENT...         the command, which exits with 0
//	fails CODE ARGUMENT...    and with another code
//	finding CHECK STATE TEXT CURE  the last doctor --json has this line (regular expressions), and one cause
//	sent WITH [WITHOUT]       how many commands with a PIN, and without one, the card got since this was last asked
//	tries PIN PUK             the counters of the card
//	shows FILE                the last output is that of the file, in which dates are D MONTH YYYY and NNNN days
//	add SOURCE FILE           appends a file to another
//	damage FILE OFFSET HEX    bytes of a file are replaced; without HEX it ends there
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Values[key{}] = new(*fixture)
			e.Setenv("LC_ALL", "C.UTF-8")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"setup": setup, "card": insert, "reader": readerEvent, "types": types, "answers": answers, "pad": pad,
			"tscns": tscns, "fails": fails, "finding": hasFinding, "sent": sent, "tries": triesAre, "damage": damage, "add": add, "shows": shows,
		},
	})
}

type key struct{}

// script lets require end a script.
type script struct{ *testscript.TestScript }

func (s script) Errorf(format string, args ...any) { s.Fatalf(format, args...) }
func (s script) FailNow()                          { s.Fatalf("failed") }

func of(ts *testscript.TestScript) *fixture { return *ts.Value(key{}).(**fixture) }

// changes are what differs about a card; "=" and a number may follow. Besides
// them there are form, with one of simcard.CertificateForms, and certificate,
// with one of certificateForms.
var changes = map[string]func(t require.TestingT, o *simcard.Options, n int){
	"pin-used":        func(_ require.TestingT, o *simcard.Options, n int) { o.PINTriesUsed = n },
	"puk-used":        func(_ require.TestingT, o *simcard.Options, n int) { o.PUKTriesUsed = n },
	"never-activated": func(_ require.TestingT, o *simcard.Options, _ int) { o.NeverActivated = true },
	"no-certificate":  func(_ require.TestingT, o *simcard.Options, _ int) { o.Authentication = simcard.Credential{} },
	// A card of 2025 that compares a PIN in another form than the first that is
	// tried, which costs a try.
	"other-form": func(_ require.TestingT, o *simcard.Options, _ int) {
		b, v := simcard.DefaultBehaviour(simcard.FamilyH), simcard.DefaultVariantH()
		v.PINApp, v.KeyApp, v.PINRef, v.WrongForm = simcard.AppThird, simcard.AppThird, 0x81, 0x63C0
		o.PIN, b.H, o.Behaviour = "135790", &v, &b
	},
	// A card of 2025 that reports its PIN, which a PUK unblocks.
	"stated": func(t require.TestingT, o *simcard.Options, _ int) {
		m, ok := simcard.ModelNamed("h-ias-two-pins")
		require.True(t, ok)
		m.Apply(o)
	},
	"signature": func(t require.TestingT, o *simcard.Options, _ int) { cardtest.Signature(t, "11223344", "44332211")(o) },
	"nfc-atr": func(_ require.TestingT, o *simcard.Options, _ int) {
		o.ATR = []byte{0x3B, 0x81, 0x80, 0x01, 0x80, 0x80}
	},
	"other-atr": func(_ require.TestingT, o *simcard.Options, _ int) {
		o.ATR = []byte{0x3B, 0x65, 0, 0, 0x20, 0x63, 0xCB, 0xA0, 0}
	},
	"expired": func(t require.TestingT, o *simcard.Options, _ int) { valid(t, o, -9, -1) },
	"not-yet": func(t require.TestingT, o *simcard.Options, _ int) { valid(t, o, 1, 9) },
	"ending":  func(t require.TestingT, o *simcard.Options, _ int) { valid(t, o, -1, 9) },
}

// valid gives the card a certificate with these dates, in days from now.
func valid(t require.TestingT, o *simcard.Options, from, to int) {
	cardtest.Valid(t, time.Now().AddDate(0, 0, from), time.Now().AddDate(0, 0, to))(o)
}

func changesOf(ts *testscript.TestScript, names []string) (list []func(*simcard.Options)) {
	for _, name := range names {
		list = append(list, changeNamed(script{ts}, name))
	}
	return list
}

// changeNamed returns one of changes with its number, or that of form or
// certificate.
func changeNamed(t require.TestingT, name string) func(*simcard.Options) {
	name, number, _ := strings.Cut(name, "=")
	switch name {
	case "form":
		return func(o *simcard.Options) { o.CertificateForm = number }
	case "certificate":
		return func(o *simcard.Options) { certificateOf(t, o, number) }
	}
	change, ok := changes[name]
	require.True(t, ok, "no change %q", name)
	n, _ := strconv.Atoi(number)
	return func(o *simcard.Options) { change(t, o, n) }
}

func setup(ts *testscript.TestScript, _ bool, args []string) {
	x := newFixture(script{ts}, ts.MkAbs("."), simcard.Family(args[0]), changesOf(ts, args[1:])...)
	ts.Setenv("MODULE", x.module())
	ts.Setenv("PCSCLITE_CSOCK_NAME", "")
	ts.Setenv("LANGUAGE", "")
	*ts.Value(key{}).(**fixture) = x
}

func insert(ts *testscript.TestScript, _ bool, args []string) {
	of(ts).insert(simcard.Family(args[0]), changesOf(ts, args[1:])...)
}

// readerEvents are what can happen to readers and their service.
var readerEvents = map[string]func(*testscript.TestScript, *fixture, string){
	"stopped": func(_ *testscript.TestScript, x *fixture, _ string) { x.service.StopService() },
	"gone":    func(_ *testscript.TestScript, x *fixture, _ string) { x.service.RemoveReader(cardtest.ReaderName) },
	"empty":   func(_ *testscript.TestScript, x *fixture, _ string) { x.service.Remove(cardtest.ReaderName) },
	"mute":    func(_ *testscript.TestScript, x *fixture, _ string) { x.service.InsertMute(cardtest.ReaderName) },
	"held": func(ts *testscript.TestScript, x *fixture, _ string) {
		ts.Defer(x.service.HoldExclusive(cardtest.ReaderName))
	},
	"broken": func(_ *testscript.TestScript, x *fixture, _ string) {
		x.service.SetFault(cardtest.ReaderName, func(int, []byte) simreader.Fault { return simreader.Status(0x6F00) })
	},
	"forbidden": func(_ *testscript.TestScript, x *fixture, _ string) {
		x.service.SetFault(cardtest.ReaderName, func(int, []byte) simreader.Fault {
			return simreader.Fault{Skip: true, Err: cardos.ErrCardNotPermitted}
		})
	},
	"refuses": func(_ *testscript.TestScript, x *fixture, _ string) { x.serviceErr = cardos.ErrNotPermitted },
	"hangs":   func(_ *testscript.TestScript, x *fixture, _ string) { x.serviceErr = cardos.ErrServiceHangs },
	"another": func(ts *testscript.TestScript, x *fixture, family string) { // a second reader, with a card
		x.service.AddReader("Second")
		card, _ := cardtest.New(script{ts}, simcard.Family(family))
		x.service.Insert("Second", card)
	},
	"named": func(_ *testscript.TestScript, x *fixture, name string) { x.service.AddReader(name) },
}

func readerEvent(ts *testscript.TestScript, _ bool, args []string) {
	event, ok := readerEvents[args[0]]
	if !ok {
		ts.Fatalf("no event %q", args[0])
	}
	event(ts, of(ts), strings.Join(args[1:], " "))
}

func types(ts *testscript.TestScript, _ bool, args []string) { of(ts).secrets = args }

func answers(ts *testscript.TestScript, _ bool, args []string) {
	of(ts).lines = strings.Join(args, "\n") + "\n"
}

func pad(ts *testscript.TestScript, _ bool, args []string) {
	x := of(ts)
	p := &simreader.Pad{Verify: true, Modify: args[0] == "modify"}
	x.entries = args[1:]
	if slices.Equal(x.entries, []string{"broken"}) {
		x.entries, p.Err = nil, cardos.ErrPadFailed
	}
	p.Type = func() (string, uint16) {
		if len(x.entries) == 0 {
			x.entries = []string{"asked once more than there were entries"}
			return "", 0x6400
		}
		next := x.entries[0]
		x.entries = x.entries[1:]
		switch next {
		case "cancel":
			return "", 0x6401
		case "nobody":
			return "", 0x6400
		}
		return next, 0
	}
	x.service.SetPad(cardtest.ReaderName, p)
}

func tscns(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("use fails CODE")
	}
	exits(ts, 0, args)
}

func fails(ts *testscript.TestScript, _ bool, args []string) {
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	exits(ts, code, args[1:])
}

func exits(ts *testscript.TestScript, want int, args []string) {
	x := of(ts)
	x.t = script{ts}
	for _, name := range []string{"LC_ALL", "LANGUAGE", "PCSCLITE_CSOCK_NAME"} {
		x.env[name] = ts.Getenv(name)
	}
	if ts.Getenv("TERMINAL") != "" {
		x.app = func(a *app) { a.Colour, a.Live = true, true }
	}
	code, out, errs := x.run(args...)
	fmt.Fprint(ts.Stdout(), out)
	fmt.Fprint(ts.Stderr(), errs)
	if len(x.entries) > 0 {
		ts.Fatalf("at the PIN pad: %q", x.entries)
	}
	if code != want {
		ts.Fatalf("exit code %d, not %d\n%s%s", code, want, out, errs)
	}
}

// follow are the checks that may find fault too when one before them does.
var follow = []string{"reader", "pcscd-running", "card"}

func hasFinding(ts *testscript.TestScript, _ bool, args []string) {
	check, state, text, cure := args[0], args[1], regexp.MustCompile(args[2]), regexp.MustCompile(args[3])
	found := false
	for _, f := range findings(script{ts}, ts.ReadFile("stdout")) {
		switch {
		case f.Check == check && f.State == state && text.MatchString(f.Text):
			found = true
			if !cure.MatchString(f.Cure) {
				ts.Fatalf("another cure: %v", f)
			}
		case f.Check == "certificate" && check == "login" || f.Code == "login-certificate-refused" && check == "certificate": // one cause
		case f.Check != check && f.State == state && (state == "failure" || state == "warning") && !slices.Contains(follow, f.Check):
			ts.Fatalf("a second cause: %v", f)
		}
		if (f.State == "failure" || f.State == "warning") && f.Cure == "" {
			ts.Fatalf("no next step: %v", f)
		}
	}
	if !found {
		ts.Fatalf("no line %s, %s: %s", check, state, text)
	}
}

func sent(ts *testscript.TestScript, _ bool, args []string) {
	with, without := cardtest.PINCommands(of(ts).card)
	of(ts).card.ClearLog()
	if got := fmt.Sprint(with, " ", without); got != strings.Join(append(args, "0")[:2], " ") {
		ts.Fatalf("%s commands with and without a PIN", got)
	}
}

func triesAre(ts *testscript.TestScript, _ bool, args []string) {
	pin, puk := of(ts).card.Tries()
	if got := fmt.Sprint(pin, " ", puk); got != strings.Join(args, " ") {
		ts.Fatalf("the card has %s tries of PIN and PUK left", got)
	}
}

// schemaDir is found when the tests begin, in the folder of the package.
var schemaDir, _ = filepath.Abs("../../docs")

// followsSchema returns what the schema of a command finds wrong with its --json
// output, formats included.
func followsSchema(t require.TestingT, command, text string) error {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join(schemaDir, "tscns-"+command+".schema.json"))
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err, text)
	return s.Validate(v)
}

// schemaOf returns the name of the schema of a command line, "" where it has no
// --json.
func schemaOf(args []string) string {
	if !slices.Contains(args, "--json") {
		return ""
	}
	switch args[0] {
	case "cert", "pin":
		return args[0] + "-" + args[1]
	case "unregister":
		return "register"
	}
	return args[0]
}

func damage(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	offset, err := strconv.Atoi(args[1])
	ts.Check(err)
	if len(args) == 2 {
		b = b[:offset]
	} else {
		by, err := hex.DecodeString(args[2])
		ts.Check(err)
		copy(b[offset:], by)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o700))
}

func add(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[1]) + ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

var date, days = regexp.MustCompile(`\d+ [A-Z][a-z]+ \d{4}`), regexp.MustCompile(`\d{4} days`)

func shows(ts *testscript.TestScript, _ bool, args []string) {
	got := days.ReplaceAllString(date.ReplaceAllString(ts.ReadFile("stdout"), "D MONTH YYYY"), "NNNN days")
	if want := ts.ReadFile(args[0]); got != want {
		ts.Fatalf("printed:\n%s\nexpected:\n%s", got, want)
	}
}
