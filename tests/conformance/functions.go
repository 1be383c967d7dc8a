// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"tscns/tests/kit"
)

// Function is a line of pkcs11export/functions.h.
type Function struct {
	Name    string
	Version string // of the first table that has it: "2.40" or "3.0"
	Kind    string // GO, OWN or UNSUPPORTED
}

// Functions lists the functions of the library in the order of its tables.
var Functions = sync.OnceValue(func() []Function {
	text, err := os.ReadFile(filepath.Join(kit.Top(), "pkcs11export", "functions.h"))
	if err != nil {
		panic(err)
	}
	var all []Function
	for _, m := range regexp.MustCompile(`(?m)^FUNCTION_(\d)_(\d+)\((\w+), (C_\w+),`).FindAllSubmatch(text, -1) {
		all = append(all, Function{string(m[4]), fmt.Sprintf("%s.%s", m[1], m[2]), string(m[3])})
	}
	if len(all) != 92 {
		panic(fmt.Sprintf("conformance: %d functions in functions.h", len(all)))
	}
	return all
})
