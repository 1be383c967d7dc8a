// SPDX-License-Identifier: Apache-2.0

package library

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// No address ends the host, whatever it leads to, while the garbage collector
// of the library runs: free memory of Go's own heap, memory in use there, the
// first page, and where there is none.
func TestAddressEndsTheHost(t *testing.T) {
	bin := host(t, "address")
	for name, address := range map[string][]string{
		"each part of Go's heap":     nil,
		"first page":                 {"0x10"},
		"last page":                  {"0xfffffffffffffff0"},
		"not canonical":              {"0x800000000000"},
		"where Go has reserved none": {"0xc800000000"},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := run(t, false, nil, bin, append([]string{kit.SimModule(t)}, address...)...)
			require.Zero(t, code, out)
			require.Equal(t, "alive\n", out)
		})
	}
}
