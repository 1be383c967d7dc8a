// SPDX-License-Identifier: Apache-2.0

package hostproc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"tscns/module/ck"
	"tscns/tests/conformance"
)

// ErrMissing is wrapped by Build where there is no C compiler, or not the
// header files of the PC/SC library.
var ErrMissing = errors.New("hostproc: not installed")

// Tools are the compiled C programs of this package.
type Tools struct {
	client, other string
	listed        map[string][]ck.RV
}

// Build compiles them into a directory. flags are added for the host alone,
// such as -fsanitize=address.
func Build(dir string, flags ...string) (*Tools, error) {
	t := &Tools{client: filepath.Join(dir, "client"), other: filepath.Join(dir, "other")}
	include := []string{"-I", filepath.Join(conformance.Top(), "include")}
	host := append(append(include, flags...), "-ldl", "-pthread")
	if err := compile(filepath.Join("tests", "conformance", "c", "client.c"), t.client, host...); err != nil {
		return nil, err
	}
	pcsc, err := pcscFlags()
	if err != nil {
		return nil, err
	}
	here := filepath.Join("tests", "internal", "hostproc", "c")
	if err := compile(filepath.Join(here, "other.c"), t.other, pcsc...); err != nil {
		return nil, err
	}
	codes := filepath.Join(dir, "codes")
	if err := compile(filepath.Join(here, "codes.c"), codes, include...); err != nil {
		return nil, err
	}
	t.listed, err = readCodes(codes)
	return t, err
}

func pcscFlags() ([]string, error) {
	out, err := exec.Command("pkg-config", "--cflags", "--libs", "libpcsclite").Output()
	if err != nil {
		return nil, fmt.Errorf("%w: libpcsclite-dev or pkg-config: %w", ErrMissing, err)
	}
	return strings.Fields(string(out)), nil
}

// compile makes a program of a C source, named from the top of the sources.
func compile(source, program string, flags ...string) error {
	cc := ""
	for _, one := range []string{os.Getenv("CC"), "gcc", "cc"} {
		if path, err := exec.LookPath(one); cc == "" && one != "" && err == nil {
			cc = path
		}
	}
	if cc == "" {
		return fmt.Errorf("%w: a C compiler (gcc)", ErrMissing)
	}
	args := append([]string{"-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", filepath.Join(conformance.Top(), source), "-o", program}, flags...)
	if text, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cc, err, text)
	}
	return nil
}

func readCodes(program string) (map[string][]ck.RV, error) {
	out, err := exec.Command(program).Output()
	if err != nil {
		return nil, err
	}
	listed := map[string][]ck.RV{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		for _, w := range words[1:] {
			code, err := strconv.ParseUint(w, 10, 64)
			if err != nil {
				return nil, err
			}
			listed[words[0]] = append(listed[words[0]], ck.RV(code))
		}
	}
	return listed, nil
}

// general are the codes that the standard has for every function, less
// CKR_GENERAL_ERROR: it stands for what nobody foresaw.
var general = []ck.RV{ck.CKR_OK, ck.CKR_HOST_MEMORY, ck.CKR_FUNCTION_FAILED}

// ofSessions are those of every function with a session.
var ofSessions = []ck.RV{ck.CKR_SESSION_HANDLE_INVALID, ck.CKR_SESSION_CLOSED, ck.CKR_DEVICE_ERROR, ck.CKR_DEVICE_MEMORY, ck.CKR_DEVICE_REMOVED}

// slotFunctions have no session.
var slotFunctions = map[string]bool{"C_Initialize": true, "C_Finalize": true, "C_GetInfo": true, "C_GetSlotList": true,
	"C_GetSlotInfo": true, "C_GetTokenInfo": true, "C_WaitForSlotEvent": true, "C_GetMechanismList": true,
	"C_GetMechanismInfo": true, "C_InitToken": true, "C_OpenSession": true, "C_CloseAllSessions": true}

// Allowed says whether PKCS #11 3.1 lists a return value for a function, the
// ones for calls that a correct host does not make left out:
// CKR_GENERAL_ERROR, CKR_ARGUMENTS_BAD, CKR_CRYPTOKI_NOT_INITIALIZED.
func (t *Tools) Allowed(function string, rv ck.RV) bool {
	lists := [][]ck.RV{general, t.listed[function]}
	if !slotFunctions[function] {
		lists = append(lists, ofSessions)
	}
	for _, list := range lists {
		for _, one := range list {
			if one == rv {
				return true
			}
		}
	}
	return false
}

// BuildLibrary builds the library with flags of the go tool.
func BuildLibrary(path string, flags ...string) error {
	args := append([]string{"build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-o", path}, flags...)
	command := exec.Command("go", append(args, "./pkcs11export/tscns-pkcs11")...)
	command.Dir = conformance.Top()
	command.Env = append(os.Environ(), "CGO_ENABLED=1")
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	return nil
}
