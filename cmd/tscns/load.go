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
	"tscns/cmd/internal/windows"
)

// loadLimit bounds the loading of the library: a browser would seem frozen
// long before.
const loadLimit = 30 * time.Second

// First arguments of a process that loads a library for this one.
const (
	loadArgument       = "doctor-load-library"
	minidriverArgument = "doctor-load-minidriver"
)

// loadLibrary loads a library as a browser does at its start, in another
// process of this program, which may crash or hang with the library. The
// program begins with serveLoad.
func loadLibrary(path string) (doctor.Library, error) {
	answer, err := loadElsewhere(loadArgument, path)
	switch {
	case err != nil:
		return doctor.Library{}, err
	case answer.Error == "":
		return answer.Library, nil
	case answer.Loaded:
		return doctor.Library{}, &doctor.LoadError{Reason: message.LibraryReports, Err: errors.New(answer.Error)}
	}
	return doctor.Library{}, &doctor.LoadError{Reason: message.LibraryNoModule, Err: errors.New(answer.Error)}
}

// loadMinidriver loads a minidriver as Windows does, in another process too.
func loadMinidriver(path string) error {
	answer, err := loadElsewhere(minidriverArgument, path)
	if err == nil && answer.Error != "" {
		err = &doctor.LoadError{Reason: message.MinidriverNoEntryPoint, Err: errors.New(answer.Error)}
	}
	return err
}

// loadElsewhere has another process of this program load a library.
func loadElsewhere(argument, path string) (answer loadAnswer, err error) {
	exe, err := os.Executable()
	if err != nil {
		return answer, &doctor.LoadError{Reason: message.LibraryNotTried, Err: err}
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, argument, path)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return answer, &doctor.LoadError{Reason: message.LibraryHangs, Err: ctx.Err()}
	case err != nil && !errors.As(err, &ended):
		return answer, &doctor.LoadError{Reason: message.LibraryNotTried, Err: err}
	case json.Unmarshal(out, &answer) != nil:
		return answer, &doctor.LoadError{Reason: message.LibraryCrashes, Err: errors.Join(errors.New("no answer"), err)}
	}
	return answer, nil
}

// loadAnswer is what the other process of loadElsewhere writes.
type loadAnswer struct {
	doctor.Library
	Loaded bool   // as a PKCS #11 module
	Error  string // for developers
}

// serveLoad is the other process of loadElsewhere: it reports whether args, those
// of a process, ask for it, and if so loads the library and writes to out what
// it found.
func serveLoad(args []string, out io.Writer) (served bool, err error) {
	if len(args) != 3 || args[1] != loadArgument && args[1] != minidriverArgument {
		return false, nil
	}
	var answer loadAnswer
	if args[1] == minidriverArgument {
		err = windows.LoadMinidriver(args[2])
	} else {
		answer.Library, err = useLibrary(args[2])
		answer.Loaded = !errors.Is(err, errNoModule)
	}
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
