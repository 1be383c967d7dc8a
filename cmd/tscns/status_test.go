// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/simreader"
)

const readerName = "Simulated Reader 00 00"

// reader makes a service with one reader and, with a family, a card in it.
func reader(t *testing.T, family simcard.Family, change func(*simcard.Options)) (*simreader.Service, *simcard.Card, simcard.Options) {
	t.Helper()
	s := simreader.NewService(readerName)
	set, err := simcard.NewSet(family)
	require.NoError(t, err)
	o := simcard.ForIdentity(family, set.Identity)
	if change != nil {
		change(&o)
	}
	c, err := simcard.New(o)
	require.NoError(t, err)
	s.Insert(readerName, c)
	return s, c, o
}

func tscns(l message.Language, s *simreader.Service, args ...string) (code int, out, errs string) {
	r := newRun(l, s)
	code = r.run(args)
	return code, r.text(), r.errors()
}

// testRun is a run of the command with what it printed.
type testRun struct {
	*app
	o, e bytes.Buffer
	env  map[string]string
}

func (r *testRun) text() string   { return r.o.String() }
func (r *testRun) errors() string { return r.e.String() }

// newRun prepares a run over simulated readers, for a person with an empty
// home who types nothing.
func newRun(l message.Language, s *simreader.Service) *testRun {
	r := &testRun{env: map[string]string{"HOME": "/nonexistent/home"}}
	r.app = &app{
		Console: console.Console{
			Language: l, Out: &r.o, Err: &r.e, In: bufio.NewReader(strings.NewReader("")),
			Secret: func() ([]byte, error) { return nil, console.ErrNoTerminal },
		},
		connect: func() (cardos.Transport, error) { return s.Transport(), nil },
		// The library would ask the PC/SC service of this machine.
		load: func(string) (doctor.Library, error) {
			return doctor.Library{Version: "9.9", Slots: 1, Tokens: 1, Certificates: 1}, nil
		},
		getenv: func(k string) string { return r.env[k] },
	}
	return r
}

// TestMain lets the tests' own program load the library in another process, as
// the command does.
func TestMain(m *testing.M) {
	if served, _ := serveLoad(os.Args, os.Stdout); served {
		os.Exit(exit.OK)
	}
	code := m.Run()
	if libraryDir != "" {
		_ = os.RemoveAll(libraryDir)
	}
	os.Exit(code)
}

func TestStatusOfEachFamily(t *testing.T) {
	for _, f := range simcard.Families() {
		if f == simcard.FamilyForeign {
			continue
		}
		t.Run(string(f), func(t *testing.T) {
			s, card, o := reader(t, f, nil)
			for _, l := range []message.Language{message.English, message.Italian} {
				code, out, errs := tscns(l, s, "status")
				assert.Equal(t, exit.OK, code, "%s%s", out, errs)
				assert.Contains(t, out, readerName)
				assert.NotContains(t, out, o.Serial, "the card number is masked")
				for _, word := range personalWords(o.Personal) {
					assert.NotContains(t, out, word, "names are masked")
				}
			}
			pin, puk := card.Tries()
			_, fresh, _ := reader(t, f, nil)
			wantPIN, wantPUK := fresh.Tries()
			assert.Equal(t, []int{wantPIN, wantPUK}, []int{pin, puk}, "no try is spent")
			for _, e := range card.Log() {
				isVerify := e.Header[1] == 0x20
				assert.False(t, isVerify && (e.Lc > 0 || f != simcard.FamilyT),
					"%s: no PIN, and no query where it may cost a try", e)
			}
		})
	}
}

// personalWords are the texts of holder data that name a person.
func personalWords(personal []byte) []string {
	h, err := cardos.ParseHolder(personal)
	if err != nil {
		return nil
	}
	return []string{h.Surname, h.Name, h.TaxCode}
}

func TestStatusShowsNamesWhenAsked(t *testing.T) {
	s, _, o := reader(t, simcard.FamilyB2, nil)
	h, err := cardos.ParseHolder(o.Personal)
	require.NoError(t, err)
	_, out, _ := tscns(message.English, s, "status", "--show")
	assert.Contains(t, out, h.Surname+" "+h.Name)
	assert.Contains(t, out, o.Serial)
}

func TestStatusWithoutCard(t *testing.T) {
	cases := []struct {
		name    string
		prepare func() *simreader.Service
		want    [2]string
	}{
		{"no service", func() *simreader.Service {
			s := simreader.NewService(readerName)
			s.StopService()
			return s
		}, [2]string{"pcscd", "pcscd"}},
		{"no reader", func() *simreader.Service { return simreader.NewService() },
			[2]string{"No reader is connected", "Nessun lettore collegato"}},
		{"empty reader", func() *simreader.Service { return simreader.NewService(readerName) },
			[2]string{"insert the card", "inseriscila"}},
		{"mute card", func() *simreader.Service {
			s := simreader.NewService(readerName)
			s.InsertMute(readerName)
			return s
		}, [2]string{"does not answer", "non risponde"}},
		{"foreign card", func() *simreader.Service {
			s, _, _ := reader(t, simcard.FamilyForeign, nil)
			return s
		}, [2]string{"not a TS-CNS", "non è una TS-CNS"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for l, want := range c.want {
				code, out, _ := tscns(message.Language(l), c.prepare(), "status")
				assert.Equal(t, exit.NotGood, code)
				assert.Contains(t, out, want)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	s := simreader.NewService()
	for _, c := range []struct {
		args []string
		want [2]string
	}{
		{nil, [2]string{"Usage:", "Uso:"}},
		{[]string{"frobnicate"}, [2]string{`unknown command "frobnicate"`, `comando "frobnicate" sconosciuto`}},
		{[]string{"pin"}, [2]string{"Usage:", "Uso:"}},
		{[]string{"pin", "guess"}, [2]string{`unknown command "guess"`, `comando "guess" sconosciuto`}},
		{[]string{"status", "--nonsense"}, [2]string{"unknown option --nonsense", "opzione --nonsense sconosciuta"}},
		{[]string{"status", "--json=perhaps"}, [2]string{"cannot be", "non può essere"}},
		{[]string{"card", "--reader"}, [2]string{"needs a value", "vuole un valore"}},
		{[]string{"status", "surplus"}, [2]string{`unexpected argument "surplus"`, `argomento "surplus" di troppo`}},
		{[]string{"register", "lynx"}, [2]string{`"lynx" is none of`, `"lynx" non è tra`}},
		{[]string{"register", "--once", "--system"}, [2]string{"not with --system", "non con --system"}},
		{[]string{"completion"}, [2]string{"say which", "di' quale"}},
		{[]string{"help", "nothing"}, [2]string{"unknown command", "sconosciuto"}},
	} {
		for l, want := range c.want {
			code, out, errs := tscns(message.Language(l), s, c.args...)
			assert.Equal(t, exit.Usage, code, "%v", c.args)
			assert.Empty(t, out)
			assert.Contains(t, errs, want, "%v", c.args)
		}
	}
}
