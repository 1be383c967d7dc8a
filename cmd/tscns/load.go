// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/miekg/pkcs11"

	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/message"
)

// loadLimit bounds the loading of the library: a browser would seem frozen
// long before.
const loadLimit = 30 * time.Second

// loadArgument is the first argument of a process that loadLibrary starts.
const loadArgument = "doctor-load-library"

// loadLibrary loads a library as a browser does at its start, in another
// process of this program, which may crash or hang with the library. The
// program begins with serveLoad.
func loadLibrary(path string) (doctor.Library, error) {
	var l doctor.Library
	exe, err := os.Executable()
	if err != nil {
		return l, &doctor.LoadError{Reason: message.LibraryNotTried, Err: err}
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, loadArgument, path)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	var answer loadAnswer
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return l, &doctor.LoadError{Reason: message.LibraryHangs, Err: ctx.Err()}
	case err != nil && !errors.As(err, &ended):
		return l, &doctor.LoadError{Reason: message.LibraryNotTried, Err: err}
	case json.Unmarshal(out, &answer) != nil:
		return l, &doctor.LoadError{Reason: message.LibraryCrashes, Err: errors.Join(errors.New("no answer"), err)}
	case answer.Error == "":
		return answer.Library, nil
	case answer.Loaded:
		return l, &doctor.LoadError{Reason: message.LibraryReports, Err: errors.New(answer.Error)}
	}
	return l, &doctor.LoadError{Reason: message.LibraryNoModule, Err: errors.New(answer.Error)}
}

// loadAnswer is what the other process of loadLibrary writes.
type loadAnswer struct {
	doctor.Library
	Loaded bool   // as a PKCS #11 module
	Error  string // for developers
}

// serveLoad is the other process of loadLibrary: it reports whether args, those
// of a process, ask for it, and if so loads the library and writes to out what
// it found.
func serveLoad(args []string, out io.Writer) (served bool, err error) {
	if len(args) != 3 || args[1] != loadArgument {
		return false, nil
	}
	l, err := useLibrary(args[2])
	answer := loadAnswer{Library: l, Loaded: !errors.Is(err, errNoModule)}
	if err != nil {
		answer.Error = err.Error()
	}
	return true, json.NewEncoder(out).Encode(answer)
}

// errNoModule: the system does not load the file, or it lacks C_GetFunctionList.
var errNoModule = errors.New("dlopen")

// useLibrary does what a browser does at its start: information, slots, tokens
// and the public certificates, without a login.
func useLibrary(path string) (l doctor.Library, err error) {
	start := time.Now()
	p := pkcs11.New(path)
	if p == nil {
		return l, errNoModule
	}
	defer p.Destroy()
	if err := p.Initialize(); err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, p.Finalize()) }()
	info, err := p.GetInfo()
	if err != nil {
		return l, err
	}
	l.Description = info.LibraryDescription
	l.Version = fmt.Sprintf("%d.%d", info.LibraryVersion.Major, info.LibraryVersion.Minor)
	slots, err := p.GetSlotList(false)
	if err != nil {
		return l, err
	}
	l.Slots = len(slots)
	for _, slot := range slots {
		if _, err := p.GetTokenInfo(slot); err != nil {
			continue // empty, or no card of ours
		}
		l.Tokens++
		n, err := certificatesIn(p, slot)
		if err != nil {
			return l, err
		}
		l.Certificates += n
	}
	l.Time = time.Since(start)
	return l, nil
}

func certificatesIn(p *pkcs11.Ctx, slot uint) (int, error) {
	session, err := p.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.CloseSession(session) }()
	if err := p.FindObjectsInit(session, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE)}); err != nil {
		return 0, err
	}
	found, _, err := p.FindObjects(session, 16)
	return len(found), errors.Join(err, p.FindObjectsFinal(session))
}
