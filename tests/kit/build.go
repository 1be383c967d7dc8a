// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Packages of the library.
const (
	Shipped   = "./pkcs11export/tscns-pkcs11"
	Simulated = "./tests/doubles/simcard" // with a simulated card inside
)

// Module returns the path of the library as it is shipped: the one that the
// environment variable TSCNS_MODULE names, or one that build.sh makes.
func Module(t testing.TB) string {
	t.Helper()
	return shipped(t, "TSCNS_MODULE", "tscns-pkcs11.so")
}

// SimModule returns the path of the library with the simulated card inside,
// TSCNS_SIM_MODULE or one that build.sh makes.
func SimModule(t testing.TB) string {
	t.Helper()
	return shipped(t, "TSCNS_SIM_MODULE", "tscns-pkcs11-sim.so", Simulated)
}

func shipped(t testing.TB, variable, name string, pkg ...string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	path, err := once(variable, name, func(path string) error {
		return run(append([]string{"./build.sh", "module", path}, pkg...)...)
	})
	require.NoError(t, err)
	return path
}

// GoModule builds a package of the library with flags of the go tool and none
// of the linker. It skips the test where the flags ask for AddressSanitizer (-asan)
// and the compiler has none.
func GoModule(t testing.TB, pkg string, flags ...string) string {
	t.Helper()
	path, err := once("module "+pkg+" "+strings.Join(flags, " "), "tscns-pkcs11.so", func(path string) error {
		return goBuild(path, pkg, append([]string{"-buildmode=c-shared"}, flags...)...)
	})
	if err != nil && strings.Contains(err.Error(), "-asan") {
		t.Skipf("SKIPPED: this compiler has no AddressSanitizer for Go: %v", err)
	}
	require.NoError(t, err)
	return path
}

// Command returns the path of a command of the project, "tscns" or "simcard":
// TSCNS_COMMAND or TSCNS_SIMCARD_COMMAND, or one that build.sh makes.
func Command(t testing.TB, name string) string {
	t.Helper()
	variable := map[string]string{"tscns": "TSCNS_COMMAND", "simcard": "TSCNS_SIMCARD_COMMAND"}[name]
	if path := os.Getenv(variable); path != "" {
		return path
	}
	path, err := once(variable, name, func(path string) error { return run("./build.sh", "command", path, name) })
	require.NoError(t, err)
	return path
}

// GoProgram builds a package of the project, named from the top of the sources.
func GoProgram(t testing.TB, pkg string) string {
	t.Helper()
	path, err := once("program "+pkg, filepath.Base(pkg), func(path string) error { return goBuild(path, pkg) })
	require.NoError(t, err)
	return path
}

func goBuild(path, pkg string, flags ...string) error {
	return run(append(append([]string{"go", "build", "-trimpath", "-buildvcs=false", "-o", path}, flags...), pkg)...)
}

func run(command ...string) error { return Run(nil, command...) }

// Run runs a command at the top of the sources, with more in its environment.
func Run(env []string, command ...string) error {
	if err := declareSources(); err != nil {
		return err
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = Top()
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=1"), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command[:2], " "), err, text)
	}
	return nil
}

// declareSources looks at each source file, so that the go tool runs tests that
// build something again when one of them has changed.
func declareSources() error {
	for _, dir := range []string{"build.sh", "include", "pkcs11export", "module", "cardos", "cmd", "simcard", "tests/simreader", "tests/doubles",
		"tests/abi/c", "tests/attack/library/c", "tests/conformance/c", "tests/internal/hostproc/c", "tests/padreader/driver",
		"packaging/windows", "tests/crosshost/c", "tests/windows"} {
		err := filepath.WalkDir(filepath.Join(Top(), dir), func(path string, _ os.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Compiler returns the C compiler, or skips the test.
func Compiler(t testing.TB) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CC"), "gcc", "cc"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("SKIPPED: no C compiler (package gcc)")
	return ""
}

// Program compiles a C program with warnings as errors. source is named from
// the top of the sources, or absolute; flags come after it. The header files
// are those of include.
func Program(t testing.TB, source string, flags ...string) string {
	t.Helper()
	compiler := Compiler(t)
	name := strings.TrimSuffix(filepath.Base(source), ".c")
	path, err := once(source+" "+strings.Join(flags, " "), name, func(path string) error {
		args := append([]string{compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-o", path, source}, flags...)
		return run(append(args, "-I", "include", "-ldl", "-pthread")...)
	})
	require.NoError(t, err)
	return path
}

// PCSCFlags returns the flags for a C program that uses libpcsclite, or skips
// the test.
func PCSCFlags(t testing.TB) []string {
	t.Helper()
	out, err := exec.Command("pkg-config", "--cflags", "--libs", "libpcsclite").Output()
	if err != nil {
		t.Skipf("SKIPPED: no header files of pcsc-lite (packages libpcsclite-dev, pkg-config): %v", err)
	}
	return strings.Fields(string(out))
}

// Need returns the path of the first program that is there, also in directories
// that an ordinary user's PATH may lack, or skips the test by name.
func Need(t testing.TB, pkg string, programs ...string) string {
	t.Helper()
	for _, program := range programs {
		for _, dir := range []string{"", "/usr/sbin/", "/usr/local/sbin/", "/usr/lib/nss/unsupported-tools/"} {
			if path, err := exec.LookPath(dir + program); err == nil {
				return path
			}
		}
	}
	t.Skipf("SKIPPED: %s not installed (package %s)", programs[0], pkg)
	return ""
}

// NeedFile returns the first path that a pattern matches, or skips the test.
func NeedFile(t testing.TB, what, pkg string, patterns ...string) string {
	t.Helper()
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Skipf("SKIPPED: %s not installed (package %s)", what, pkg)
	return ""
}

// Exported lists the names that a library defines for others, in order.
func Exported(t testing.TB, path string) []string {
	t.Helper()
	file, err := elf.Open(path)
	require.NoError(t, err)
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	require.NoError(t, err)
	var names []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && elf.ST_BIND(s.Info) != elf.STB_LOCAL {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}
