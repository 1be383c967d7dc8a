// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/pkcs11"

	"tscns/module/ck"
	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
)

// program is one that is started again and again. once runs it; good says that
// it did what it is for.
type program struct {
	name string
	once func(w *fixture, text string) (good bool)
	// beside: somebody else's, whose failures are not ours.
	beside bool
}

// execute runs a command. A command that is not back in time, or that a signal
// ended, is a problem where it uses our library.
func (w *fixture) execute(ours bool, name string, args ...string) (out string, code int) {
	ctx, cancel := context.WithTimeout(context.Background(), limitHang)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	command.Env = append(append(os.Environ(), w.service.Env()...), "PKCS11_MODULE_PATH="+w.module, "LC_ALL=C.UTF-8")
	command.Dir = w.dir
	command.WaitDelay = time.Second
	text, err := command.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(text), 0
	case !ours:
		return string(text), 1
	case ctx.Err() != nil:
		w.tally.problem(kindHang, "%s was not back after %v:\n%s", filepath.Base(name), limitHang, text)
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		w.tally.problem(kindCrash, "%s: %v\n%s", filepath.Base(name), exit, text)
	case errors.As(err, &exit):
		return string(text), exit.ExitCode()
	}
	return string(text), -1
}

func (w *fixture) programs() []program {
	all := []program{{name: "Go program", once: (*fixture).goProgram}}
	if _, code := w.execute(false, "openssl", "engine", "pkcs11"); code == 0 {
		all = append(all, program{name: "openssl", once: (*fixture).openssl})
	} else {
		w.t.Log("SKIPPED: openssl: no engine pkcs11 (package libengine-pkcs11-openssl)")
	}
	if _, err := exec.LookPath("opensc-tool"); err == nil {
		all = append(all, program{name: "OpenSC", once: (*fixture).opensc, beside: true})
	} else {
		w.t.Log("SKIPPED: OpenSC is not installed (package opensc)")
	}
	return all
}

// run runs a program until the end.
func (w *fixture) run(ctx context.Context, p program, r *rand.Rand) {
	for pause(ctx, between(r, 0, time.Second)) {
		if p.once(w, fmt.Sprintf("messaggio %d", r.Int63())) {
			w.tally.ok(p.name)
		} else {
			w.tally.fail(p.name)
		}
	}
}

func (w *fixture) verify(text string, signature []byte) bool {
	if err := hostproc.Verify(w.key, []byte(text), signature); err != nil {
		w.tally.problem(kindWrong, "signature: %v", err)
		return false
	}
	return true
}

func (w *fixture) goProgram(text string) bool {
	out, code := w.execute(true, "/proc/self/exe", asGoProgram, w.module, faults.FirstPIN, text)
	lines := strings.Fields(out)
	if code != 0 {
		for i := 0; i+1 < len(lines); i++ {
			if rv, err := strconv.ParseUint(lines[i+1], 10, 64); err == nil && strings.HasPrefix(lines[i], "C_") &&
				!w.tools.Allowed(lines[i], ck.RV(rv)) {
				w.tally.problem(kindCode, "%s returned %v", lines[i], ck.RV(rv))
			}
		}
		return false
	}
	if len(lines) != 2 || lines[0] != hex.EncodeToString(w.certificate) {
		w.tally.problem(kindWrong, "Go program: another certificate than the card's")
		return false
	}
	signature, err := hex.DecodeString(lines[1])
	return err == nil && w.verify(text, signature)
}

func (w *fixture) openssl(text string) bool {
	in, out := filepath.Join(w.dir, "openssl.in"), filepath.Join(w.dir, "openssl.out")
	_ = os.Remove(out)
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		w.t.Error(err)
		return false
	}
	if _, code := w.execute(true, "openssl", "dgst", "-sha256", "-engine", "pkcs11", "-keyform", "engine",
		"-sign", "pkcs11:type=private;pin-value="+faults.FirstPIN, "-out", out, in); code != 0 {
		return false
	}
	signature, err := os.ReadFile(out)
	return err == nil && w.verify(text, signature)
}

// opensc reads the card with OpenSC's driver, and resets it one time of three.
func (w *fixture) opensc(text string) bool {
	args := []string{"pkcs11-tool", "-O"}
	if strings.ContainsAny(text[len(text)-1:], "012") {
		args = []string{"opensc-tool", "--reset"}
	}
	_, code := w.execute(false, args[0], args[1:]...)
	return code == 0
}

// goProgram is a program in Go that uses a card through a PKCS#11 library. A
// call that failed ends it with code 3, and its name and value.
type goProgram struct {
	*pkcs11.Ctx
	session pkcs11.SessionHandle
}

// asGoProgram as the first argument has the test binary be that program; the
// others are the library, a PIN and a text.
const asGoProgram = "goprogram"

// run lists, logs in and signs once. It prints certificate and signature (PKCS
// #1, SHA-256) in hexadecimal, a line each.
func (p *goProgram) run(pin, text string) {
	p.must("C_Initialize", p.Initialize())
	slots, err := p.GetSlotList(true)
	if err == nil && len(slots) == 0 {
		err = errors.New("no card")
	}
	p.must("C_GetSlotList", err)
	p.session, err = p.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION)
	p.must("C_OpenSession", err)
	p.must("C_Login", p.Login(p.session, pkcs11.CKU_USER, pin))
	values, err := p.GetAttributeValue(p.session, p.find(pkcs11.CKO_CERTIFICATE), []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
	p.must("C_GetAttributeValue", err)
	key := p.find(pkcs11.CKO_PRIVATE_KEY)
	p.must("C_SignInit", p.SignInit(p.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil)}, key))
	signature, err := p.Sign(p.session, []byte(text))
	p.must("C_Sign", err)
	p.must("C_Finalize", p.Finalize())
	fmt.Printf("%x\n%x\n", values[0].Value, signature)
}

func (p *goProgram) find(class uint) pkcs11.ObjectHandle {
	p.must("C_FindObjectsInit", p.FindObjectsInit(p.session, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}))
	found, _, err := p.FindObjects(p.session, 1)
	p.must("C_FindObjects", err)
	p.must("C_FindObjectsFinal", p.FindObjectsFinal(p.session))
	if len(found) == 0 {
		p.must("C_FindObjects", errors.New("no object: logged out meanwhile"))
	}
	return found[0]
}

func (p *goProgram) must(call string, err error) {
	if err == nil {
		return
	}
	if rv := pkcs11.Error(0); errors.As(err, &rv) {
		fmt.Println(call, uint(rv))
	} else {
		fmt.Println(err)
	}
	if call != "C_Finalize" {
		p.must("C_Finalize", p.Finalize())
	}
	os.Exit(3)
}
