// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"testing"

	"tscns/tests/kit"
)

func TestWithoutPCSCLibrary(t *testing.T) { report(t, nil, program(t, "nopcsc"), kit.Module(t)) }

func TestDescriptorsAndSignalMasks(t *testing.T) { report(t, nil, program(t, "guest"), kit.Module(t)) }

// The build without the linker script shows more names and behaves the same. Its
// conformance items: tests/conformance/built.
func TestPlainBuild(t *testing.T) {
	for _, name := range []string{"fallback", "guest"} {
		t.Run(name, func(t *testing.T) { report(t, nil, program(t, name), plain(t, kit.Shipped)) })
	}
}
