// SPDX-License-Identifier: Apache-2.0

package built

import (
	"math/rand"
	"testing"

	"tscns/simcard"
	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

// asanScenes is how many faults are played under AddressSanitizer.
const asanScenes = 60

// A sample of the matrix under AddressSanitizer, in C and in Go: login,
// signing and PIN change with something going wrong read and write nothing
// beyond what is theirs.
func TestFaultsUnderAddressSanitizer(t *testing.T) {
	n := seed(t)
	t.Logf("TSCNS_FAULTS_SEED=%d", n)
	module := kit.GoModule(t, kit.Shipped, "-asan", "-gcflags=all=-d=checkptr=0")
	t.Setenv("ASAN_OPTIONS", "detect_leaks=0")
	built := hostproc.Build(t, "-fsanitize=address")
	r := rand.New(rand.NewSource(n))
	matrix(t, built, module, simcard.FamilyB2, r, func(scenes []faults.Scene) []faults.Scene {
		var quick []faults.Scene
		for _, i := range r.Perm(len(scenes)) {
			if scenes[i].Fault.Delay == 0 && len(quick) < asanScenes {
				quick = append(quick, scenes[i])
			}
		}
		return quick
	})
}
