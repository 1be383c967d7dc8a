// SPDX-License-Identifier: Apache-2.0

// Package crosshost has the library used on systems that the tests reach only
// through an emulator: a C host (c/host.c), which is cross-compiled and does
// what a browser does, and the judgement of what it printed.
package crosshost

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/kit"
)

// limit bounds a run of an emulated program; it takes some seconds.
const limit = 3 * time.Minute

// PIN and PUK of the card, and a PIN that is not its.
const (
	PIN      = "12345678"
	WrongPIN = "11111111"
	PUK      = "87654321"
)

// Build runs build.sh with nothing installed by it.
func Build(t testing.TB, env []string, args ...string) {
	t.Helper()
	require.NoError(t, kit.Run(append(env, "TSCNS_NO_INSTALL=1"), append([]string{"./build.sh"}, args...)...))
}

var built = map[string]bool{}

// Built is a file of ./build.sh with a target, which is run once.
func Built(t testing.TB, target, name string) string {
	t.Helper()
	if !built[target] {
		Build(t, nil, target)
		built[target] = true
	}
	return filepath.Join(kit.Top(), "dist", target, name)
}

// Compile makes a program or a library of C sources below [kit.Top], with
// warnings as errors.
func Compile(t testing.TB, compiler, out string, args ...string) {
	t.Helper()
	require.NoError(t, kit.Run(nil, append([]string{compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-o", out}, args...)...))
}

// BuildHost compiles the host.
func BuildHost(t testing.TB, compiler, out string) {
	t.Helper()
	Compile(t, compiler, out, "tests/crosshost/c/host.c")
}

// Card is a simulated card and what it was made of.
type Card struct {
	*simcard.Card
	Options simcard.Options
	set     *pki.Set
}

// NewCard makes a card of family B2 whose certificate lets the key sign and
// decrypt.
func NewCard(t testing.TB) Card {
	t.Helper()
	shared, err := kit.Set(simcard.KeyBits(simcard.FamilyB2))
	require.NoError(t, err)
	set, identity := *shared, *shared.Identity
	identity.Certificate, err = kit.Encipherment(shared)
	require.NoError(t, err)
	set.Identity = &identity
	c := Card{Options: simcard.ForIdentity(simcard.FamilyB2, set.Identity), set: &set}
	c.Options.PIN, c.Options.PUK = PIN, PUK
	c.Card, err = simcard.New(c.Options)
	require.NoError(t, err)
	return c
}

// Save writes the card's identity directory, for a library that carries it
// inside.
func (c Card) Save(t testing.TB, dir string) {
	t.Helper()
	require.NoError(t, simcard.Save(dir, c.Options, c.set))
}

// Host is a run of the host program.
type Host struct {
	Command []string // the emulator, the host and the library, as the host sees it
	Dir     string
	Env     []string
	// Faults does what the host asks for: "pull" or "put back" the card, "stop"
	// or "start" the PC/SC service. nil: nothing happens.
	Faults map[string]func()
	// Leave has the host end after the login, and says how long that took.
	Leave func(took time.Duration)
}

// starts is how often an emulator may fail to start the host: wine does now and
// then, without a word, where an address that it needs is taken.
const starts = 3

// Run runs the host and returns what it printed. Its exit code must be 0.
func (h Host) Run(t testing.TB) Printed {
	t.Helper()
	for attempt := 1; ; attempt++ {
		lines, took, errors, err := h.once(t)
		if err != nil && len(lines) == 0 && attempt < starts {
			t.Logf("the host was not started: %v %s", err, errors)
			continue
		}
		require.NoError(t, err, "%s\n%s", strings.Join(lines, "\n"), errors)
		if h.Leave != nil {
			h.Leave(took)
		}
		return Printed(lines)
	}
}

// once runs the host, which prints a line before anything else. took is from
// its last line to its end.
func (h Host) once(t testing.TB) (lines []string, took time.Duration, errors string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	args := slices.Concat(h.Command[1:], []string{PIN, WrongPIN})
	switch {
	case h.Leave != nil:
		args = append(args, "leave")
	case h.Faults != nil:
		args = append(args, "faults")
	}
	cmd := exec.CommandContext(ctx, h.Command[0], args...)
	cmd.Dir, cmd.Env = h.Dir, h.Env
	cmd.WaitDelay = time.Second
	said := &strings.Builder{}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines, took = h.talk(out, in)
	err = cmd.Wait()
	return lines, took, said.String(), err
}

// talk collects lines and answers those that ask for something.
func (h Host) talk(out io.Reader, in io.Writer) (lines []string, took time.Duration) {
	s := bufio.NewScanner(out)
	s.Buffer(nil, 1<<20)
	last := time.Now()
	for s.Scan() {
		last = time.Now()
		line := strings.TrimSpace(s.Text())
		lines = append(lines, line)
		if do := h.Faults[line]; do != nil {
			do()
			_, _ = io.WriteString(in, "done\n") // a host that is gone is noticed by Wait
		}
	}
	return lines, time.Since(last)
}

// Environment is the test's own, without what would lead a program to this
// user's home or PC/SC service, and with more.
func Environment(more ...string) []string {
	var env []string
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		switch {
		case name == "HOME", strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "LC_"), name == "LANG",
			strings.HasPrefix(name, "WINE"), strings.HasPrefix(name, "TSCNS_"), strings.HasPrefix(name, "PCSCLITE_"):
		default:
			env = append(env, setting)
		}
	}
	return append(env, more...)
}

// Status is what these tests look at of what tscns status --json prints.
type Status struct {
	Service bool
	Readers []struct {
		Name string
		Card *struct{ Family string }
	}
}

// ExitNotGood is the exit code of tscns status without service, reader or card.
const ExitNotGood = 1

// ReadStatus decodes what tscns status --json printed and holds it against the
// schema.
func ReadStatus(t testing.TB, out string) (s Status) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(kit.Top(), "docs/tscns-status.schema.json"))
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
	require.NoError(t, err, out)
	require.NoError(t, schema.Validate(value), out)
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	return s
}
