// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
)

// theirs is the directory of the independent header, Debian's libp11-kit-dev.
func theirs(t *testing.T) string {
	t.Helper()
	const dir = "/usr/include/p11-kit-1/p11-kit"
	if _, err := os.Stat(filepath.Join(dir, "pkcs11.h")); err != nil {
		t.Skip("libp11-kit-dev is not installed: no second header to compare with")
	}
	return dir
}

func ours() string { return filepath.Join(kit.Top(), "include") }

// constants lists the object-like macros CK..._... that a header defines.
func constants(t *testing.T, dir string) []string {
	t.Helper()
	source := filepath.Join(t.TempDir(), "empty.c")
	require.NoError(t, os.WriteFile(source, []byte("#include \"pkcs11.h\"\n"), 0o600))
	out, err := exec.Command(kit.Compiler(t), "-dM", "-E", "-I", dir, source).Output()
	require.NoError(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^#define (CK[A-Z]*_\w+) \S`).FindAllStringSubmatch(string(out), -1) {
		if !strings.HasPrefix(m[1], "CK_C_") && m[1] != "CK_SPEC" {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return names
}

// evaluate compiles a program that prints expressions under a header, and
// returns their values.
func evaluate(t *testing.T, dir string, expressions []string, flags ...string) map[string]uint64 {
	t.Helper()
	var b strings.Builder
	b.WriteString("#include <stdio.h>\n#include <stddef.h>\n#include \"pkcs11.h\"\nint main(void) {\n")
	for _, e := range expressions {
		fmt.Fprintf(&b, "  printf(\"%%s = %%llu\\n\", %q, (unsigned long long)(%s));\n", e, e)
	}
	b.WriteString("}\n")
	values := map[string]uint64{}
	for _, line := range strings.Split(run(t, nil, compile(t, b.String(), append(flags, "-I", dir)...)), "\n") {
		if i := strings.LastIndex(line, " = "); i >= 0 {
			value, err := strconv.ParseUint(line[i+3:], 10, 64)
			require.NoError(t, err)
			values[line[:i]] = value
		}
	}
	require.Len(t, values, len(expressions))
	return values
}

func TestConstantsAgreeWithTheOtherHeader(t *testing.T) {
	mine, other := constants(t, ours()), constants(t, theirs(t))
	both := slices.DeleteFunc(slices.Clone(mine), func(n string) bool { return !slices.Contains(other, n) })
	require.Greater(t, len(both), 200, "too few names in common to mean anything")
	t.Logf("%d constants in our header, %d in theirs, %d in both", len(mine), len(other), len(both))
	require.Equal(t, evaluate(t, theirs(t), both), evaluate(t, ours(), both))
}

// newer are the structures of version 3.0, which the other header lacks.
var newer = []string{"CK_INTERFACE", "CK_FUNCTION_LIST_3_0"}

// layout lists sizeof and offsetof of every structure in our header.
func layout(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command(kit.Compiler(t), "-E", "-P", "-I", ours(), filepath.Join(ours(), "pkcs11.h")).Output()
	require.NoError(t, err)
	text := string(out)
	var expressions []string
	member := regexp.MustCompile(`[\s*](\w+)(\[\d+\])?;`)
	for _, s := range regexp.MustCompile(`struct (CK_\w+) \{([^}]*)\}`).FindAllStringSubmatch(text, -1) {
		if slices.Contains(newer, s[1]) {
			continue
		}
		expressions = append(expressions, fmt.Sprintf("sizeof(%s)", s[1]))
		for _, m := range member.FindAllStringSubmatch(s[2], -1) {
			expressions = append(expressions, fmt.Sprintf("offsetof(%s, %s)", s[1], m[1]))
		}
	}
	require.Contains(t, expressions, "offsetof(CK_FUNCTION_LIST, C_WaitForSlotEvent)")
	require.Contains(t, expressions, "offsetof(CK_ATTRIBUTE, ulValueLen)")
	return expressions
}

func TestLayoutsAgreeWithTheOtherHeader(t *testing.T) {
	expressions := layout(t)
	require.Greater(t, len(expressions), 140)
	require.Equal(t, evaluate(t, theirs(t), expressions), evaluate(t, ours(), expressions))
}

// On Windows structures are packed; both headers can be told to, here too.
func TestPackedLayoutsAgreeWithTheOtherHeader(t *testing.T) {
	expressions := layout(t)
	packed := evaluate(t, ours(), expressions, "-D_WIN32")
	require.Equal(t, evaluate(t, theirs(t), expressions, "-DCRYPTOKI_FORCE_WIN32", "-D__declspec(x)="), packed)
	require.EqualValues(t, 2, packed["offsetof(CK_FUNCTION_LIST, C_Initialize)"])
}

// The parameters in pkcs11export/functions.h, which our own header agrees
// with or the library does not compile, agree with the other header's types.
func TestParametersAgreeWithTheOtherHeader(t *testing.T) {
	source := fmt.Sprintf(`
#include "pkcs11.h"
#define FUNCTION_2_40(kind, name, parameters, arguments) \
  extern CK_RV ours_##name parameters; \
  _Static_assert(__builtin_types_compatible_p(__typeof__(&ours_##name), CK_##name), #name);
#define FUNCTION_3_0(kind, name, parameters, arguments)
#include "%s/pkcs11export/functions.h"
int main(void) { return 0; }
`, kit.Top())
	run(t, nil, compile(t, source, "-I", theirs(t)))
}

// Version 3.0 has no second header here: 92 functions, the first 68 as in 2.40.
func TestVersion3Layouts(t *testing.T) {
	expected := map[string]uint64{
		"sizeof(CK_INTERFACE) / sizeof(void *)":                                 3,
		"sizeof(CK_FUNCTION_LIST_3_0) / sizeof(void *)":                         1 + 92,
		"offsetof(CK_FUNCTION_LIST_3_0, C_WaitForSlotEvent) / sizeof(void *)":   68,
		"offsetof(CK_FUNCTION_LIST_3_0, C_GetInterfaceList) / sizeof(void *)":   69,
		"offsetof(CK_FUNCTION_LIST_3_0, C_GetInterface) / sizeof(void *)":       70,
		"offsetof(CK_FUNCTION_LIST_3_0, C_LoginUser) / sizeof(void *)":          71,
		"offsetof(CK_FUNCTION_LIST_3_0, C_SessionCancel) / sizeof(void *)":      72,
		"offsetof(CK_FUNCTION_LIST_3_0, C_MessageEncryptInit) / sizeof(void *)": 73,
		"offsetof(CK_FUNCTION_LIST_3_0, C_MessageDecryptInit) / sizeof(void *)": 78,
		"offsetof(CK_FUNCTION_LIST_3_0, C_MessageSignInit) / sizeof(void *)":    83,
		"offsetof(CK_FUNCTION_LIST_3_0, C_MessageVerifyInit) / sizeof(void *)":  88,
		"offsetof(CK_FUNCTION_LIST_3_0, C_MessageVerifyFinal) / sizeof(void *)": 92,
	}
	require.Equal(t, expected, evaluate(t, ours(), slices.Collect(maps.Keys(expected))))
}

func TestHeaderIsCPlusPlusToo(t *testing.T) {
	cxx, err := exec.LookPath("g++")
	if err != nil {
		t.Skip("no C++ compiler (g++) on this machine")
	}
	out, err := exec.Command(cxx, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-x", "c++",
		filepath.Join(ours(), "pkcs11.h")).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
