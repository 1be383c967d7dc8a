// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/secmem"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

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

// fixture is a computer with simulated readers and cards, in process, and a
// person in front of it. Nothing is wrong with it but what a test breaks.
type fixture struct {
	t       require.TestingT
	dir     string // holds home and root
	env     map[string]string
	service *simreader.Service
	card    *simcard.Card // inserted last
	options simcard.Options

	secrets    []string                                // what the person types unseen
	lines      string                                  // and seen
	serviceErr error                                   // of connecting to the service
	wrap       func(cardos.Transport) cardos.Transport // changes the service, nil for as it is
	unused     bool                                    // not all that the person would type need be asked for
	given      []*secmem.Buffer
	entries    []string   // at the PIN pad
	app        func(*app) // changes a run
	records    *localfiles.PINRecords
}

func newFixture(t require.TestingT, dir string, f simcard.Family, changes ...func(*simcard.Options)) *fixture {
	x := &fixture{t: t, dir: dir, env: map[string]string{"HOME": filepath.Join(dir, "home")},
		records: localfiles.NewPINRecords("")} // in memory: one process is all the commands here
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "home")))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "root")))
	x.write("root/usr/sbin/pcscd", "")
	x.write("root/proc/modules", "usbhid 65536 0 - Live 0x0\n")
	x.profile("library=" + x.module() + "\nname=TS-CNS\n\n")
	program, err := exec.LookPath("true") // a file that is made for this computer
	require.NoError(t, err)
	b, err := os.ReadFile(program)
	require.NoError(t, err)
	x.write(filepath.Base(x.module()), string(b))
	x.service = simreader.NewService(cardtest.ReaderName)
	x.insert(f, changes...)
	return x
}

func (x *fixture) insert(f simcard.Family, changes ...func(*simcard.Options)) {
	x.card, x.options = cardtest.New(x.t, f, changes...)
	x.service.Insert(cardtest.ReaderName, x.card)
}

// module is the library in the eyes of register and doctor.
func (x *fixture) module() string { return filepath.Join(x.dir, "tscns-pkcs11.so") }

func (x *fixture) write(path, text string) {
	path = filepath.Join(x.dir, path)
	require.NoError(x.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(x.t, os.WriteFile(path, []byte(text), 0o700))
}

// profile makes a profile of Firefox with these modules.
func (x *fixture) profile(modules string) {
	x.write("home/.mozilla/firefox/profiles.ini", "[Profile0]\nPath=a.default\n")
	x.write("home/.mozilla/firefox/a.default/pkcs11.txt", "library=\nname=NSS Internal PKCS #11 Module\n\n"+modules)
}

// secret is what the person types next.
func (x *fixture) secret() (*secmem.Buffer, error) {
	if len(x.secrets) == 0 {
		return secmem.New(0), console.ErrNoTerminal
	}
	b := secmem.Copy([]byte(x.secrets[0]))
	x.secrets, x.given = x.secrets[1:], append(x.given, b)
	return b, nil
}

func (x *fixture) connect() (cardos.Transport, error) {
	switch {
	case x.serviceErr != nil:
		return nil, x.serviceErr
	case x.wrap != nil:
		return x.wrap(x.service.Transport()), nil
	}
	return x.service.Transport(), nil
}

// run runs the command. It checks that no secret was printed, that all that were
// typed were used and wiped, and that --json follows the schema of the command.
func (x *fixture) run(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	getenv := func(name string) string { return x.env[name] }
	a := &app{
		Console: console.Console{Language: message.FromLocale(getenv), In: bufio.NewReader(strings.NewReader(x.lines)),
			Secret: x.secret, CanType: func() bool { return len(x.secrets) > 0 }, Out: &o, Err: &e},
		connect: x.connect,
		// The library would ask the PC/SC service of this machine.
		load: func(string) (doctor.Library, error) {
			return doctor.Library{Version: "9.9", Slots: 1, Tokens: 1, Certificates: 1}, nil
		},
		cards:  cardos.Options{PINRecords: x.records},
		getenv: getenv, root: filepath.Join(x.dir, "root"),
	}
	if x.app != nil {
		x.app(a)
	}
	if len(args) > 0 && args[0] == "doctor" {
		args = append([]string{"doctor", "--module", x.module(), "--root", filepath.Join(x.dir, "root")}, args[1:]...)
	}
	secrets := x.secrets
	x.given = nil
	code = a.run(args)
	for _, s := range secrets {
		if len(s) > 4 {
			assert.NotContains(x.t, o.String()+e.String(), s, "a PIN was printed")
		}
	}
	for _, b := range x.given {
		assert.Nil(x.t, b.Bytes(), "wiped and given back")
	}
	if !x.unused {
		assert.Empty(x.t, x.secrets, "typed and not asked for")
	}
	x.secrets, x.lines = nil, ""
	if name := schemaOf(args); name != "" && code != exit.Usage && o.Len() > 0 {
		assert.NoError(x.t, followsSchema(x.t, name, o.String()), "%v: %s", args, o.String())
	}
	return code, o.String(), e.String()
}

// ok runs the command, which ends well, and returns its output.
func (x *fixture) ok(args ...string) string {
	code, out, errs := x.run(args...)
	require.Equal(x.t, exit.OK, code, "%v: %s%s", args, out, errs)
	return out
}

// foundLine is a line of tscns doctor --json.
type foundLine struct{ Check, Code, State, Text, Cure string }

func findings(t require.TestingT, out string) (list []foundLine) {
	require.NoError(t, json.Unmarshal([]byte(out), &list), out)
	return list
}
