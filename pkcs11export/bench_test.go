// SPDX-License-Identifier: Apache-2.0

package pkcs11export

import (
	"testing"

	"tscns/module"
)

// The Go half of every C function.
func BenchmarkGuard(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		_ = guard("C_Test", func(module.API) error { return nil })
	}
}
