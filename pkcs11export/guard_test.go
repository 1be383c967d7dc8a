// SPDX-License-Identifier: Apache-2.0

package pkcs11export

import (
	"errors"
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tscns/module"
	"tscns/module/ck"
)

func init() { Serve(func() module.API { return nil }) }

func TestGuardMakesReturnValuesOfErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want ck.RV
	}{
		{nil, ck.CKR_OK},
		{ck.CKR_PIN_INCORRECT, ck.CKR_PIN_INCORRECT},
		{fmt.Errorf("while signing: %w", ck.CKR_DEVICE_REMOVED), ck.CKR_DEVICE_REMOVED},
	} {
		require.Equal(t, c.want, guard("C_Test", func(module.API) error { return c.err }))
	}
	unknown := guard("C_Test", func(module.API) error { return errors.New("not in any table") })
	require.NotEqual(t, ck.CKR_OK, unknown)
}

func TestGuardSurvivesPanics(t *testing.T) {
	var nothing *module.Attribute
	for name, f := range map[string]func(module.API) error{
		"panic":           func(module.API) error { panic("at the table") },
		"nil dereference": func(module.API) error { nothing.Type = 1; return nil },
		"nil panic":       func(module.API) error { panic(nil) },
		"no such method":  func(module.API) error { var lib module.API; return lib.Finalize() },
	} {
		require.Equal(t, ck.CKR_GENERAL_ERROR, guard("C_Test", f), name)
	}
}

func TestDescribePanicKeepsValuesToItself(t *testing.T) {
	require.Equal(t, "panic of type string", describePanic("PIN 12345"))
	require.NotContains(t, describePanic(errors.New("PIN 12345")), "12345")
}

func TestPad(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "     "},
		{"abc", "abc  "},
		{"abcde", "abcde"},
		{"abcdef", "abcde"},
		{"abcdè", "abcd "},  // è is two bytes: it goes as a whole
		{"abc€", "abc  "},   // three bytes
		{"ab€", "ab€"},      // fits
		{"a\x00b", "a b  "}, // no zero byte in a field
		{"a\xffb", "a?b  "}, // not UTF-8
		{"abcd\xc3", "abcd?"},
	} {
		field := make([]byte, 5)
		pad(field, c.in)
		require.Equal(t, c.want, string(field), "%q", c.in)
		require.True(t, utf8.Valid(field))
	}
}
