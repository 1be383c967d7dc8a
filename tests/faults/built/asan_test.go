// SPDX-License-Identifier: Apache-2.0

package built

import (
	"math/rand"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
)

// asanScenes is how many faults are played under AddressSanitizer.
const asanScenes = 60

// A sample of the matrix under AddressSanitizer, in C and in Go: login,
// signing and PIN change with something going wrong read and write nothing
// beyond what is theirs.
func TestFaultsUnderAddressSanitizer(t *testing.T) {
	n := seed(t)
	t.Logf("TSCNS_FAULTS_SEED=%d", n)
	module := filepath.Join(t.TempDir(), "tscns-asan.so")
	err := hostproc.BuildLibrary(module, "-asan", "-gcflags=all=-d=checkptr=0")
	if err != nil && strings.Contains(err.Error(), "-asan") {
		t.Skipf("SKIPPED: this compiler has no AddressSanitizer for Go: %v", err)
	}
	require.NoError(t, err)
	t.Setenv("ASAN_OPTIONS", "detect_leaks=0")
	built := tools(t, "-fsanitize=address")
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
