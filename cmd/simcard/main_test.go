// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pcscd"
)

func simcardCommand(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	t.Setenv("LC_ALL", "C")
	var o, e bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func newDir(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "card")
	code, _, errs := simcardCommand(t, append(append([]string{"init"}, args...), dir)...)
	require.Zero(t, code, errs)
	return dir
}

func TestHelp(t *testing.T) {
	code, out, _ := simcardCommand(t, "--help")
	require.Zero(t, code)
	require.Equal(t, helpEnglish, out)
	code, out, _ = simcardCommand(t, "serve", "--help")
	require.Zero(t, code)
	require.Equal(t, helpEnglish, out)
	t.Setenv("LC_ALL", "it_IT.UTF-8")
	require.Equal(t, helpItalian, help())
	code, _, errs := simcardCommand(t)
	require.Equal(t, exitUsage, code)
	require.Equal(t, helpEnglish, errs)
	for _, line := range strings.Split(helpEnglish+helpItalian, "\n") {
		require.LessOrEqual(t, len([]rune(line)), 90, line)
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{
		{"frobnicate"}, {"init"}, {"init", "--colour", "red", "x"}, {"init", "--pin", "12", filepath.Join(t.TempDir(), "x")},
		{"init", "--family", "q", filepath.Join(t.TempDir(), "x")}, {"serve"}, {"run", "x"}, {"control", "x"},
	} {
		code, _, errs := simcardCommand(t, args...)
		require.Equal(t, exitUsage, code, "%v", args)
		require.Contains(t, errs, "simcard --help")
	}
	code, _, errs := simcardCommand(t, "serve", t.TempDir())
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "simcard init")
}

func TestInitAndFamilies(t *testing.T) {
	code, out, _ := simcardCommand(t, "families")
	require.Zero(t, code)
	require.Len(t, strings.Split(strings.TrimSpace(out), "\n"),
		len(simcard.Families())+len(simcard.Models())+len(simcard.CertificateForms())-1)
	dir := newDir(t, "--family", "C", "--pin", "54321")
	o, _, err := simcard.Load(dir)
	require.NoError(t, err)
	require.Equal(t, simcard.FamilyC, o.Family)
	require.Equal(t, "54321", o.PIN)
	code, _, errs := simcardCommand(t, "init", dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "already")

	o, _, err = simcard.Load(newDir(t, "--family", "H-IAS-two-pins", "--certificate", "gzip"))
	require.NoError(t, err)
	require.Equal(t, simcard.FamilyH, o.Family)
	require.Equal(t, simcard.FormGzip, o.CertificateForm)
	require.Len(t, o.Behaviour.H.IAS.PINs, 2)
	made, err := simcard.New(o)
	require.NoError(t, err)
	require.Equal(t, simcard.ATRACe2025, strings.ToUpper(hex.EncodeToString(made.ATR())))
}

// needs skips where a program is missing.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("skipped: ", program, " not installed")
	}
}

func TestRun(t *testing.T) {
	needs(t, "opensc-tool")
	dir := newDir(t)
	code, out, errs := simcardCommand(t, "run", dir, "opensc-tool", "-a")
	if strings.Contains(errs, pcscd.ErrMissing.Error()) {
		t.Skip("skipped: ", errs)
	}
	require.Zero(t, code, errs)
	require.Contains(t, strings.ToUpper(strings.ReplaceAll(out, ":", "")), atr(t, dir))
	code, _, _ = simcardCommand(t, "run", dir, "--", "sh", "-c", "exit 7")
	require.Equal(t, 7, code)
	code, _, errs = simcardCommand(t, "run", dir, "/no/such/program")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "/no/such/program")
}

func atr(t *testing.T, dir string) string {
	t.Helper()
	o, _, err := simcard.Load(dir)
	require.NoError(t, err)
	return strings.ToUpper(hex.EncodeToString(simcard.ATR(o.Family)))
}

func TestServeAndControl(t *testing.T) {
	service, err := pcscd.Start(t.TempDir(), 1)
	if errors.Is(err, pcscd.ErrMissing) {
		t.Skip("skipped: ", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, service.Stop()) })
	dir := newDir(t)
	short, err := os.MkdirTemp("", "simcard")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	socket := filepath.Join(short, "control")
	done := make(chan int, 1)
	go func() {
		var out, errs bytes.Buffer
		done <- run(context.Background(), []string{"serve", dir, "--connect", service.Slot(0, 0), "--control", socket},
			strings.NewReader(""), &out, &errs)
	}()
	name := pcscd.ReaderName(0, 0)
	require.NoError(t, service.WaitCard(name, true, patience))
	info, err := os.Stat(socket)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm()&0o666)
	say := func(word string) string {
		t.Helper()
		code, out, errs := simcardCommand(t, "control", socket, word)
		require.Zero(t, code, errs)
		return out
	}
	say("remove")
	require.NoError(t, service.WaitCard(name, false, patience))
	say("insert")
	require.NoError(t, service.WaitCard(name, true, patience))
	say("reset")
	require.Contains(t, say("stats"), "PIN tries 3")
	require.Empty(t, say("log"))
	code, _, errs := simcardCommand(t, "control", socket, "dance")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "insert, remove")
	say("quit")
	require.Zero(t, <-done)
	require.NoError(t, service.WaitCard(name, false, patience))
}

// TestSignal ends a served card as Ctrl-C does.
func TestSignal(t *testing.T) {
	dir := newDir(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, []string{"serve", dir, "--connect", filepath.Join(t.TempDir(), "none")}, strings.NewReader(""), &out, &errs)
	require.Zero(t, code, errs.String())
	require.Contains(t, out.String(), "Ctrl-C")
}
