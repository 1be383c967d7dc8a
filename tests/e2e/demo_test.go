// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/kit"
)

// demo prepares the demo as build.sh calls it, without the person's locale.
func (r *Rig) demo(args ...string) *Command {
	r.t.Helper()
	r.needEngine()
	return r.Tool(kit.GoProgram(r.t, "./tests/demo"), "", append([]string{"--module", r.Module, "--sim-module", kit.SimModule(r.t)}, args...)...)
}

// clean checks that the demo left no file and no process.
func (r *Rig) clean() {
	r.t.Helper()
	for _, pattern := range []string{"tscns-demo*", "pcscd*"} {
		left, err := filepath.Glob(filepath.Join(r.Dir, pattern))
		require.NoError(r.t, err)
		require.Empty(r.t, left)
	}
	files, err := os.ReadDir(r.Home)
	require.NoError(r.t, err)
	require.Empty(r.t, files, "the person's home")
	processes, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(r.t, err)
	for _, path := range processes {
		environment, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(environment), "TMPDIR="+r.Dir+"\x00") {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			require.Fail(r.t, "a process is left", "%q", command)
		}
	}
}

// TestDemo: what the demo says happened did, and nothing is left.
func TestDemo(t *testing.T) {
	r := Start(t, Options{Reading: NoService})
	both := []string{"TLS 1.3 with curl", "TLS 1.2 with openssl", "OU=REGIONE DI PROVA", "TLS version      TLS 1.3",
		"TLS version      TLS 1.2", "card signature   rsa_pss_rsae_sha256", "every login happened as printed"}
	r.Run("card in a reader", func(t *testing.T, r *Rig) {
		r.demo().OK().Has(t, append(both, "the card did     15 commands")...)
		r.clean()
	})
	r.Run("card inside the library", func(t *testing.T, r *Rig) {
		r.demo("--inside").OK().Has(t, both...)
		r.clean()
	})
	r.Run("Italian", func(t *testing.T, r *Rig) {
		r.demo().With("LC_ALL=it_IT.UTF-8").OK().Has(t, "il server ha visto", "firma della tessera rsa_pss_rsae_sha256", "ogni accesso è avvenuto")
		r.clean()
	})
	r.Run("wrong arguments", func(t *testing.T, r *Rig) {
		for _, args := range [][]string{{"--nonsense"}, {"extra"}, {"--reader", "--inside"}, {"--ca", "x"}} {
			require.Equal(t, 2, r.demo(args...).Run().Code, args)
		}
	})
	r.Run("no library", func(t *testing.T, r *Rig) {
		result := r.Tool(kit.GoProgram(t, "./tests/demo"), "", "--module", "/nonexistent.so").Run()
		require.Equal(t, 1, result.Code)
		result.Has(t, "./build.sh")
		r.clean()
	})
	r.Run("interrupted", func(t *testing.T, r *Rig) {
		s := r.demo().Start()
		s.WaitLog(t, "Starting a smart card service")
		require.Equal(t, 130, s.Interrupt(t))
		r.clean()
	})
}

// TestDemoReader is the demo with a person's own reader and card.
func TestDemoReader(t *testing.T) {
	r := Start(t, Options{Family: simcard.FamilyC})
	logins := []string{"certificate of " + r.CommonName, "TLS version      TLS 1.3", "TLS version      TLS 1.2", r.Holder}
	r.Run("any authority", func(t *testing.T, r *Rig) {
		r.demo("--reader").In(r.PIN+"\n").OK().Has(t, append(logins, "without checking who issued it")...)
		r.clean()
	})
	r.Run("the right authority", func(t *testing.T, r *Rig) {
		r.demo("--reader", "--ca", r.CAFile).In(r.PIN+"\n").OK().Has(t, logins...)
	})
	r.Run("another authority", func(t *testing.T, r *Rig) {
		other, err := pki.NewAuthority(true)
		require.NoError(t, err)
		file := r.File("other.pem", pemOf("CERTIFICATE", other.Certificate.Raw))
		result := r.demo("--reader", "--ca", file).In(r.PIN + "\n").Run()
		require.Equal(t, 1, result.Code)
		result.Has(t, "certificate signed by unknown authority")
		r.clean()
	})
	r.Run("interrupted at the PIN", func(t *testing.T, r *Rig) {
		read, write, err := os.Pipe()
		require.NoError(t, err)
		defer read.Close()
		defer write.Close()
		s := r.demo("--reader").InFile(read).Start()
		s.WaitLog(t, "PIN: ")
		require.Equal(t, 130, s.Interrupt(t))
		r.clean()
	})
	r.Run("PIN on a terminal", func(t *testing.T, r *Rig) {
		r.needEngine()
		cmd := r.demo("--reader").Cmd(t.Context())
		cmd.SysProcAttr = nil
		x := kit.OnTerminal(t, cmd)
		x.Answer("PIN: ", r.PIN+"\n")
		x.Until("every login happened as printed")
		require.NotContains(t, x.Shown(), r.PIN, "what is typed is not shown")
	})
	r.Run("wrong PIN", func(t *testing.T, r *Rig) {
		r.WrongPINs(0)
		result := r.demo("--reader").In("99999999\n").Run()
		require.Equal(t, 1, result.Code)
		require.NotContains(t, result.Text(), "TLS 1.2", "it stops at the first refusal")
		require.NotContains(t, result.Text(), "99999999")
		r.WrongPINs(1)
		r.clean()
	})
	r.Run("no card", func(t *testing.T, r *Rig) {
		r.Remove()
		result := r.demo("--reader").In(r.PIN + "\n").Run()
		require.Equal(t, 1, result.Code)
		result.Has(t, "no TS-CNS found")
		require.NotContains(t, result.Text(), "PIN:")
	})
}
