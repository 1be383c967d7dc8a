// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/localfiles"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

// marker is in the text of every error that is injected.
const marker = "text-of-a-library"

// technical is what no person is shown: the names of packages, status words,
// codes of libraries, system calls, errors of package fmt.
var technical = regexp.MustCompile(`(?i)` + marker + `|(^|[\s(])(cardos|pcsc|scard|iso7816|x509|tls|asn1|json|userfile|pkcs1|syscall|exec): |` +
	`0x[0-9a-f]{2}|\b6[0-9a-f]{3}\b|\b8010[0-9a-f]{4}|CKR_|%!|<nil>|\bEOF\b|errno|goroutine|exit status|signal: |` +
	`\b(open|stat|read|write|dial|mkdir|rename|fork/exec) (/|tcp|unix)|no such file|permission denied|connection refused`)

// injected are the errors of the service and of the card, and others that they
// may wrap, with texts that no person is to see.
func injected() (list []error) {
	known := append(cardos.Sentinels(), cardos.ErrServiceHangs, cardos.ErrNotPermitted, cardos.ErrCardNotPermitted, cardos.ErrWrongResult,
		&cardos.PINError{Tries: cardos.Tries{Known: true, Left: 1}}, &cardos.PINError{},
		&cardos.UnprovenError{Sent: true}, &cardos.UnprovenError{Tries: cardos.Tries{Known: true, Left: 2}})
	for _, err := range known {
		list = append(list, fmt.Errorf("%w: %w (PC/SC 8010001D) "+marker, err, iso7816.SecurityNotSatisfied))
	}
	for _, err := range []error{iso7816.ErrProtocol, io.ErrUnexpectedEOF, &fs.PathError{Op: "open", Path: "/run/pcscd", Err: syscall.EACCES},
		&net.OpError{Op: "dial", Net: "unix", Err: syscall.ECONNREFUSED}, errors.New("x509: malformed")} {
		list = append(list, fmt.Errorf(marker+": %w", err))
	}
	return list
}

// places are where an error can come from.
var places = map[string]func(x *fixture, err error){
	"service": func(x *fixture, err error) { x.serviceErr = err },
	"readers": func(x *fixture, err error) {
		x.wrap = func(t cardos.Transport) cardos.Transport { return failing{Transport: t, readers: err} }
	},
	"connect": func(x *fixture, err error) {
		x.wrap = func(t cardos.Transport) cardos.Transport { return failing{Transport: t, connect: err} }
	},
	"reading": func(x *fixture, err error) {
		x.service.SetFault(cardtest.ReaderName, func(n int, _ []byte) simreader.Fault {
			if n >= 6 {
				return simreader.Fault{Skip: true, Err: err}
			}
			return simreader.Fault{}
		})
	},
	"PIN": func(x *fixture, err error) {
		x.service.SetFault(cardtest.ReaderName, func(_ int, command []byte) simreader.Fault {
			if slices.Contains([]byte{0x20, 0x24, 0x2C}, command[1]) {
				return simreader.Fault{Skip: true, Err: err}
			}
			return simreader.Fault{}
		})
	},
}

// commandsOf are the commands that use the service or the card, with what the
// person types.
var commandsOf = []struct {
	args    []string
	secrets []string
	lines   string
}{
	{args: []string{"status"}}, {args: []string{"status", "--json"}},
	{args: []string{"card"}}, {args: []string{"cert", "list"}}, {args: []string{"cert", "export"}},
	{args: []string{"pin", "tries"}}, {args: []string{"pin", "tries", "--ask"}, lines: "RISK\nRISCHIO\n"},
	{args: []string{"pin", "change"}, secrets: []string{cardtest.PIN, "246810", "246810"}},
	{args: []string{"pin", "unblock"}, secrets: []string{"87654321", "246810", "246810"}},
	{args: []string{"pin", "verify"}, secrets: []string{cardtest.PIN}},
	{args: []string{"doctor"}}, {args: []string{"doctor", "--json"}},
	{args: []string{"doctor", "--login"}, secrets: []string{cardtest.PIN}},
	{args: []string{"report", "--login", "--probe"}, secrets: []string{cardtest.PIN}, lines: "y\n\nn\n"},
}

// record is the part of tscns report that is for developers.
var record = regexp.MustCompile(`(?s)\n# SPDX.*?\n\n[WSI]`)

// No command shows a person the text of an error, in any language: it says what
// is wrong and, unless that is all, one next step.
func TestNoErrorTextReachesAPerson(t *testing.T) {
	for where, inject := range places {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			x := newFixture(t, t.TempDir(), simcard.FamilyB2)
			for i, err := range injected() {
				for j, c := range commandsOf {
					// A card that is reset again and again is opened again and again, for ten seconds.
					slow := errors.Is(err, cardos.ErrCardReset) && (where == "connect" || where == "reading")
					if slow || where == "PIN" && c.secrets == nil {
						continue
					}
					x.wrap, x.serviceErr = nil, nil
					inject(x, err)
					x.env["LC_ALL"] = []string{"C", "it_IT.UTF-8", "de_IT.UTF-8"}[(i+j)%3]
					x.secrets, x.lines, x.unused = slices.Clone(c.secrets), c.lines, true
					x.records = localfiles.NewPINRecords("")
					_, out, errs := x.run(c.args...)
					assert.NotRegexp(t, technical, strings.ReplaceAll(record.ReplaceAllString(out, "")+errs, x.dir, ""), "%v: %v", c.args, err)
				}
			}
		})
	}
}

// Nor the texts of errors of files, of the library, and of what is written.
func TestNoErrorTextOfFiles(t *testing.T) {
	x := newFixture(t, t.TempDir(), simcard.FamilyB2)
	there := filepath.Join(x.dir, "there")
	require.NoError(t, os.Mkdir(there, 0o700))
	file := filepath.Join(there, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	circle := filepath.Join(there, "circle")
	require.NoError(t, os.Symlink(circle, circle))
	long := filepath.Join(there, strings.Repeat("n", 300))
	for _, path := range []string{there, file, circle, long, filepath.Join(file, "below"), filepath.Join(there, "none", "x")} {
		x.said(t, "", "cert", "export", "--output", path)
		x.said(t, "y\n", "report", "--output", path)
		x.said(t, "", "doctor", "--module", path)
		x.said(t, "", "register", "--module", path)
	}
	// The policies of the system are not JSON.
	x.write("root/etc/firefox/policies/policies.json", `{"policies": 3}`)
	x.said(t, "", "register", "--system", "--root", filepath.Join(x.dir, "root"), "--module", x.module())
	// A site where nobody listens, and one that is none.
	for _, url := range []string{"https://127.0.0.1:1/", "127.0.0.1:1", "ftp://x", "https://[::1", ":"} {
		x.said(t, "", "doctor", "--url", url)
	}
	// The library does not load.
	for _, err := range []error{&doctor.LoadError{Reason: message.LibraryNoModule, Err: errors.New(marker)}, errors.New(marker)} {
		x.app = func(a *app) { a.load = func(string) (doctor.Library, error) { return doctor.Library{}, err } }
		x.said(t, "", "doctor")
	}
	// The output cannot be written.
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close()
	x.app = func(a *app) { a.Out = full }
	for _, args := range [][]string{{"status", "--json"}, {"cert", "export"}, {"doctor", "--json"}, {"doctor", "--report"}, {"completion", "bash"}} {
		x.said(t, "", args...)
	}
}

// Something is in the way of a file of a browser that register changes.
func TestNoErrorTextOfProfiles(t *testing.T) {
	for what, plant := range map[string]func(path string) error{
		"link":   func(path string) error { return os.Symlink("/etc/hostname", path) },
		"circle": func(path string) error { return os.Symlink(path, path) },
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"noise":  func(path string) error { return os.WriteFile(path, []byte("\x00\xff="), 0o600) },
	} {
		for _, name := range []string{"profiles.ini", "a.default/pkcs11.txt"} {
			x := newFixture(t, t.TempDir(), simcard.FamilyB2)
			path := filepath.Join(x.dir, "home/.mozilla/firefox", name)
			require.NoError(t, os.Remove(path))
			require.NoError(t, plant(path), what)
			x.said(t, "", "register", "firefox", "--module", x.module())
			x.said(t, "", "unregister", "firefox", "--module", x.module())
			x.said(t, "", "doctor")
		}
	}
}

// said runs a command in each language, and checks that it shows nothing
// technical.
func (x *fixture) said(t *testing.T, lines string, args ...string) {
	t.Helper()
	for _, locale := range []string{"C", "it_IT.UTF-8", "de_IT.UTF-8"} {
		x.env["LC_ALL"], x.lines, x.unused = locale, lines, true
		_, out, errs := x.run(args...)
		assert.NotRegexp(t, technical, strings.ReplaceAll(record.ReplaceAllString(out, "")+errs, x.dir, ""), "%v", args)
	}
}
