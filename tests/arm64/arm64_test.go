// SPDX-License-Identifier: Apache-2.0

package arm64

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/conformance"
	"tscns/tests/crosshost"
	"tscns/tests/kit"
)

const (
	compiler = "aarch64-linux-gnu-gcc"
	sysroot  = "/usr/aarch64-linux-gnu"
)

// shipped is a file of ./build.sh arm64.
func shipped(t *testing.T, name string) string {
	t.Helper()
	kit.Need(t, "gcc-aarch64-linux-gnu", compiler)
	return crosshost.Built(t, "arm64", name)
}

// emulated is the beginning of a command line for a program of that processor,
// which finds its libraries in directories.
func emulated(t *testing.T, directories ...string) []string {
	t.Helper()
	command := []string{kit.Need(t, "qemu-user-static", "qemu-aarch64-static", "qemu-aarch64"), "-L", sysroot}
	for _, d := range directories {
		command = append(command, "-E", "LD_LIBRARY_PATH="+d)
	}
	return command
}

// pcsclite is where libpcsclite of that processor is: build.sh test fetches it.
func pcsclite(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{filepath.Join(kit.Top(), "dist/arm64/root/usr/lib/aarch64-linux-gnu"), "/usr/lib/aarch64-linux-gnu"} {
		if _, err := os.Stat(filepath.Join(dir, "libpcsclite.so.1")); err == nil {
			return dir
		}
	}
	t.Skip("SKIPPED: no libpcsclite of arm64 (package libpcsclite1:arm64)")
	return ""
}

func host(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "host")
	crosshost.BuildHost(t, compiler, out)
	return out
}

// withCard is a PC/SC service of this computer with a card in it.
func withCard(t *testing.T) (*pcscd.Service, *vpcd.Reader, crosshost.Card) {
	t.Helper()
	service := kit.Service(t, t.TempDir(), pcscd.Options{Readers: 1})
	reader := vpcd.New(service.Slot(0, 0))
	t.Cleanup(reader.Close)
	card := crosshost.NewCard(t)
	reader.Insert(card.Card)
	require.NoError(t, service.WaitCard(pcscd.ReaderName(0, 0), true, kit.Patience))
	return service, reader, card
}

// TestModule has the library that is shipped, and that processor's libpcsclite,
// speak to the service: they must agree on its messages.
func TestModule(t *testing.T) {
	qemu, module := emulated(t, pcsclite(t)), shipped(t, "tscns-pkcs11.so")
	service, reader, card := withCard(t)
	printed := crosshost.Host{
		Command: append(qemu, host(t), module), Dir: t.TempDir(), Env: crosshost.Environment(service.Env()...),
		Faults: map[string]func(){
			"pull":     reader.Remove,
			"put back": func() { reader.Insert(card.Card) },
			"stop":     func() { require.NoError(t, service.Stop()) },
			"start":    func() { require.NoError(t, service.Restart()) },
		},
	}.Run(t)
	require.Equal(t, []string{pcscd.ReaderName(0, 0)}, printed.All("slot"))
	printed.Check(t, card, true)
	card.CheckPINs(t, true)
}

// TestModuleWithCardInside needs no libpcsclite.
func TestModuleWithCardInside(t *testing.T) {
	qemu := emulated(t)
	module, dir := filepath.Join(t.TempDir(), "tscns-pkcs11-sim.so"), filepath.Join(t.TempDir(), "card")
	kit.Need(t, "gcc-aarch64-linux-gnu", compiler)
	crosshost.Build(t, []string{"GOOS=linux", "GOARCH=arm64", "CC=" + compiler}, "module", module, "./tests/doubles/simcard")
	card := crosshost.NewCard(t)
	card.Save(t, dir)
	printed := crosshost.Host{
		Command: append(qemu, host(t), module), Dir: t.TempDir(), Env: crosshost.Environment("TSCNS_SIMCARD=" + dir),
	}.Run(t)
	printed.Check(t, card, false)
}

// TestModuleWithoutService: there is no libpcsclite in the sysroot, and the
// library says that there is no card.
func TestModuleWithoutService(t *testing.T) {
	qemu, module := emulated(t), shipped(t, "tscns-pkcs11.so")
	cmd := exec.Command(qemu[0], append(qemu[1:], host(t), module, crosshost.PIN, crosshost.WrongPIN)...)
	cmd.Env = crosshost.Environment("PCSCLITE_CSOCK_NAME=" + filepath.Join(t.TempDir(), "nobody"))
	out, err := cmd.Output()
	require.Error(t, err)
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), "%s", out)
	require.Contains(t, string(out), "\nslot-list 0\nslots 0 0\nstopped\n")
}

// TestCommand has the command tell of the card.
func TestCommand(t *testing.T) {
	qemu, command := emulated(t, pcsclite(t)), shipped(t, "tscns")
	service, _, card := withCard(t)
	cmd := exec.Command(qemu[0], append(qemu[1:], command, "status", "--json")...)
	cmd.Env = crosshost.Environment(append(service.Env(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8")...)
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	s := crosshost.ReadStatus(t, string(out))
	require.True(t, s.Service)
	require.Len(t, s.Readers, 2, "the two slots of the virtual reader")
	require.Equal(t, "B2", s.Readers[0].Card.Family)
	tries, _ := card.Tries()
	require.Equal(t, 3, tries)
}

// TestFile holds what is in the library: the names of the standard, the C
// library alone as its need, and the start of the Go runtime put off.
func TestFile(t *testing.T) {
	path := shipped(t, "tscns-pkcs11.so")
	file, err := elf.Open(path)
	require.NoError(t, err)
	defer file.Close()
	require.Equal(t, elf.EM_AARCH64, file.Machine)
	for _, name := range []string{"tscns-pkcs11.so", "tscns"} {
		_, err := kit.Hardening(shipped(t, name))
		require.NoError(t, err)
	}
	needed, err := file.ImportedLibraries()
	require.NoError(t, err)
	// The value that the stack protector compares is the loader's on this processor.
	require.ElementsMatch(t, []string{"libc.so.6", "ld-linux-aarch64.so.1"}, needed)
	require.Equal(t, conformance.Names(), kit.Exported(t, path))
	require.NotNil(t, file.Section(".go_deferred_init"))
	size, err := file.DynValue(elf.DT_INIT_ARRAYSZ)
	require.NoError(t, err)
	require.Equal(t, []uint64{4 * 8}, size, "the compiler's own entry, libgcc's for atomic instructions (worker.c) and the two of load.c")
}
