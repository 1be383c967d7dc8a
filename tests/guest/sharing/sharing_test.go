// SPDX-License-Identifier: Apache-2.0

package sharing

import (
	"bytes"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/conformance"
	"tscns/tests/e2e"
	"tscns/tests/internal/hostproc"
)

// span is how long all programs use the card, 20 s or TSCNS_SHARING seconds
// where that is more.
func span() time.Duration {
	long, _ := strconv.Atoi(os.Getenv("TSCNS_SHARING"))
	return max(20*time.Second, time.Duration(long)*time.Second)
}

// passing are answers that another program's reset or transaction may cause.
var passing = map[ck.RV]bool{ck.CKR_USER_NOT_LOGGED_IN: true, ck.CKR_DEVICE_ERROR: true, ck.CKR_TOKEN_NOT_RECOGNIZED: true}

// session is a life of a program in C: it reads the card anew, compares what it
// read, logs in and signs, and logs in again where another program's reset
// logged it out.
func (x *fixture) session(d conformance.Driver, name string) error {
	if rv := hostproc.Initialize(d); rv != ck.CKR_OK {
		return fmt.Errorf("C_Initialize: %w", rv)
	}
	defer func() { _ = hostproc.Finalize(d) }()
	h, rv := hostproc.Open(d, 0)
	if passing[rv] {
		x.count(name + ": reading was disturbed")
		return nil
	}
	if rv != ck.CKR_OK {
		return fmt.Errorf("C_OpenSession: %w", rv)
	}
	if err := x.compare(d, h); err != nil {
		return err
	}
	signed := 0
	for attempt := 0; signed < 5 && attempt < 200 && !x.stop.Load(); attempt++ {
		rv := hostproc.Login(d, h, x.PIN)
		if passing[rv] {
			continue
		}
		if rv != ck.CKR_OK && rv != ck.CKR_USER_ALREADY_LOGGED_IN {
			return fmt.Errorf("C_Login: %w", rv)
		}
		data := binary.BigEndian.AppendUint64(nil, uint64(attempt))
		signature, rv := hostproc.Sign(d, h, data)
		switch {
		case rv == ck.CKR_OK && signature == nil, passing[rv]:
			x.count(name + ": logged out by another")
		case rv != ck.CKR_OK:
			return fmt.Errorf("C_Sign: %w", rv)
		default:
			if err := hostproc.Verify(x.PublicKey(), data, signature); err != nil {
				return fmt.Errorf("a wrong signature: %w", err)
			}
			x.count(name + ": signatures")
			signed++
		}
	}
	return nil
}

// compare reads certificate and data objects, and compares them with what was
// put on the card.
func (x *fixture) compare(d conformance.Driver, h ck.SessionHandle) error {
	certificate, rv := hostproc.Certificate(d, h)
	if rv != ck.CKR_OK {
		return fmt.Errorf("the certificate: %w", rv)
	}
	if !bytes.Equal(certificate, x.CertDER) {
		return fmt.Errorf("another certificate: %X", certificate)
	}
	objects, rv := hostproc.Find(d, h, ck.CKO_DATA)
	if rv != ck.CKR_OK {
		return fmt.Errorf("data objects: %w", rv)
	}
	for _, o := range objects {
		label, rv := hostproc.Value(d, h, o, ck.CKA_LABEL)
		if rv != ck.CKR_OK || string(label) != "EF_DatiPersonali" {
			continue
		}
		value, rv := hostproc.Value(d, h, o, ck.CKA_VALUE)
		if passing[rv] {
			continue
		}
		if rv != ck.CKR_OK {
			return fmt.Errorf("personal data: %w", rv)
		}
		if !bytes.HasPrefix(value, x.Personal()) {
			return fmt.Errorf("other personal data: %d bytes", len(value))
		}
		x.count("personal data compared")
	}
	return nil
}

// meddle leaves the card in another directory, with another key and file
// selected, and reads that.
func meddle(o *hostproc.Other) func() error {
	return func() error {
		for _, command := range []string{"begin", "send 00A40000023F00", "send 00A40000021200", "send 00A40000021203",
			"send 00B0020010", "send 0022F303", "send 0022F1B803830110", "end", "release"} {
			answer, err := o.Do(command)
			if err != nil {
				return fmt.Errorf("%s: %w", command, err)
			}
			if answer != hostproc.Success {
				_, err = o.Do("release") // the card was reset before its turn
				return err
			}
		}
		time.Sleep(time.Millisecond)
		return nil
	}
}

// resetting resets the card a few times a second.
func resetting(o *hostproc.Other) func() error {
	return func() error {
		_, err := o.Do("reset")
		time.Sleep(150 * time.Millisecond)
		return err
	}
}

// Four programs with the library, one of them in Go, OpenSC's tools with the
// library and with their own, a program that resets the card and one that
// selects other files, all at once on one card. Two of the programs have no
// cache, so that they read the certificate again and again.
func TestProgramsShareACard(t *testing.T) {
	x := newFixture(t)
	for i := range 3 {
		d := x.start([]string{x.noCache(), x.noCache(), "XDG_CONFIG_HOME=" + x.Dir}[i]).Line()
		name := fmt.Sprintf("C program %d", i+1)
		x.loop(name, func() error { return x.session(d, name) })
	}
	x.goProgram()
	x.loop("reset", resetting(x.other()))
	x.loop("other files", meddle(x.other()))
	x.openSC()
	time.Sleep(span())
	x.finish()
	t.Log(x.census)
	for i := range 3 {
		require.Positive(t, x.counted(fmt.Sprintf("C program %d: signatures", i+1)))
	}
	for _, what := range []string{"Go program: signatures", "reset", "other files", "personal data compared", "opensc-tool --reset",
		"certificate read by OpenSC", "signed by pkcs11-tool"} {
		require.Positive(t, x.counted(what), what)
	}
	require.Positive(t, x.census.meddled.Load())
	require.Zero(t, x.census.refused.Load(), "PINs that the card refused")
	require.Equal(t, 3, x.PINTries())
}

// Another program leaves the card with other files, another key and another
// directory selected, before each call of a program that is logged in and of
// one that looks at the card for the first time. None of the calls fails, or
// shows what the other selected.
func TestAnotherSelectsOtherFiles(t *testing.T) {
	x := newFixture(t)
	u, meddles := x.sits(true), meddle(x.other())
	fresh := x.start(x.noCache()).Line()
	for range 20 {
		require.NoError(t, meddles())
		u.signs()
		require.NoError(t, meddles())
		require.NoError(t, x.compare(u.d, u.session))
		require.NoError(t, meddles())
		require.Equal(t, ck.CKR_OK, hostproc.Initialize(fresh))
		h, rv := hostproc.Open(fresh, 0)
		require.Equal(t, ck.CKR_OK, rv)
		require.NoError(t, meddles())
		require.NoError(t, x.compare(fresh, h))
		require.Equal(t, ck.CKR_OK, hostproc.Finalize(fresh))
	}
	require.EqualValues(t, 80, x.census.meddled.Load())
	require.EqualValues(t, 1, x.census.verified.Load(), "one login lasts")
	require.GreaterOrEqual(t, x.counted("personal data compared"), 40)
}

// goProgram has this process be the fourth program. Its host is Go, too.
func (x *fixture) goProgram() {
	h := x.Load()
	x.loop("Go program", func() error {
		s, err := h.OpenSession(h.Slot, pkcs11.CKF_SERIAL_SESSION)
		if err != nil {
			return disturbed(err)
		}
		defer func() { _ = h.CloseSession(s) }()
		if err := h.Login(s, pkcs11.CKU_USER, x.PIN); err != nil {
			return disturbed(err)
		}
		for range 5 {
			data := []byte(time.Now().String())
			signature, err := h.SignWith(s, pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil), data)
			if errors.Is(err, e2e.ErrNoKey) {
				return nil
			}
			if err != nil {
				return disturbed(err)
			}
			if err := hostproc.Verify(x.PublicKey(), data, signature); err != nil {
				return err
			}
			x.count("Go program: signatures")
		}
		return nil
	})
}

// disturbed drops the errors that another program may cause.
func disturbed(err error) error {
	var rv pkcs11.Error
	if errors.As(err, &rv) && passing[ck.RV(rv)] {
		return nil
	}
	return err
}

// openSC runs OpenSC's tools. They may fail, being reset in the middle, and
// what OpenSC reads by itself is its own affair.
func (x *fixture) openSC() {
	e2e.Need(x.T, "opensc-tool", "opensc")
	e2e.Need(x.T, "pkcs15-tool", "opensc")
	message := x.File("message", []byte("messaggio"))
	x.loop("opensc-tool", func() error {
		if x.Tool("opensc-tool", "opensc", "--reader", "0", "--reset").Run().Code == 0 {
			x.count("opensc-tool --reset")
		}
		time.Sleep(300 * time.Millisecond)
		return nil
	})
	x.loop("pkcs15-tool", func() error {
		out := filepath.Join(x.Dir, "opensc.pem")
		if x.Tool("pkcs15-tool", "opensc", "--reader", "0", "--read-certificate", "01", "--output", out).Run().Code == 0 {
			if block, _ := pem.Decode(x.Read(out)); block != nil && bytes.Equal(block.Bytes, x.CertDER) {
				x.count("certificate read by OpenSC")
			} else {
				x.count("something else read by OpenSC")
			}
		}
		return nil
	})
	x.loop("pkcs11-tool", func() error {
		out := filepath.Join(x.Dir, "signature")
		if x.Tool("pkcs11-tool", "opensc", "--module", x.Module, "--login", "--pin", x.PIN, "--sign", "-m", "SHA256-RSA-PKCS",
			"-i", message, "-o", out).Run().Code == 0 {
			if err := hostproc.Verify(x.PublicKey(), []byte("messaggio"), x.Read(out)); err != nil {
				return err
			}
			x.count("signed by pkcs11-tool")
		}
		return nil
	})
}

// A program that has the card for itself: the others wait some seconds, and then
// hold the card for one that is not known until it lets go. One that lets go soon
// is not noticed. Meanwhile nothing asks for a PIN.
func TestExclusiveProgram(t *testing.T) {
	x := newFixture(t)
	greedy := x.other()
	answer, err := greedy.Do("exclusive")
	require.NoError(t, err)
	require.Equal(t, hostproc.Success, answer)
	d := &hostproc.Recorder{Driver: x.start().Line()}
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(d))
	var info conformance.SlotInfo
	for range 10 {
		slots, rv := hostproc.Slots(d, true)
		require.Equal(t, ck.CKR_OK, rv)
		require.Empty(t, slots)
		require.Equal(t, ck.CKR_OK, d.Call("C_GetSlotInfo", ck.SlotID(0), &conformance.SlotInfo{}))
		require.Equal(t, ck.CKR_TOKEN_NOT_RECOGNIZED, d.Call("C_GetTokenInfo", ck.SlotID(0), &conformance.TokenInfo{}))
		_, rv = hostproc.Open(d, 0)
		require.Equal(t, ck.CKR_TOKEN_NOT_RECOGNIZED, rv)
	}
	waited := 0
	for _, made := range d.Made {
		require.Less(t, made.Took, 5*time.Second, made.Function)
		if made.Took > time.Second {
			waited++
		}
	}
	require.Equal(t, 1, waited, "calls that waited")
	require.Eventually(t, func() bool { return d.Call("C_GetSlotInfo", ck.SlotID(0), &info) == ck.CKR_OK && info.Flags&1 != 0 },
		patience, 10*time.Millisecond, "the slot is looked at again")
	go func() {
		time.Sleep(1500 * time.Millisecond)
		_, _ = greedy.Do("release")
	}()
	h, rv := hostproc.Open(d, 0)
	require.Equal(t, ck.CKR_OK, rv)
	require.NoError(t, x.compare(d, h))
	require.Equal(t, ck.CKR_OK, hostproc.Login(d, h, x.PIN))
	signature, rv := hostproc.Sign(d, h, []byte("dati"))
	require.Equal(t, ck.CKR_OK, rv)
	require.NoError(t, hostproc.Verify(x.PublicKey(), []byte("dati"), signature))
	// Whoever is connected shares; a program that wants the card alone is told.
	answer, err = greedy.Do("exclusive")
	require.NoError(t, err)
	require.Equal(t, "8010000b", answer, "SCARD_E_SHARING_VIOLATION")
	require.Equal(t, ck.CKR_OK, hostproc.Finalize(d))
	require.Zero(t, x.census.refused.Load())
}
