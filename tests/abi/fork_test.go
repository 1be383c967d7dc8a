// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/kit"
)

func TestForkedChildrenWithoutMemoryFiles(t *testing.T) {
	report(t, nil, program(t, "fallback"), kit.Module(t))
}

// card makes a simulated card for programs that start often: its key is made
// here, once.
func card(t *testing.T) (setting string) {
	t.Helper()
	set, err := kit.Set(simcard.KeyBits(simcard.FamilyB2))
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "card")
	require.NoError(t, simcard.Save(dir, simcard.ForIdentity(simcard.FamilyB2, set.Identity), set))
	return "TSCNS_SIMCARD=" + dir
}

// Children that use the card. Many signatures make sure that the garbage
// collector runs in the child: an inherited runtime would wait there for its
// threads for ever.
func TestForkedChildrenSign(t *testing.T) {
	lib, setting, bin := kit.SimModule(t), card(t), program(t, "forksign")
	for _, scene := range []struct{ name, size string }{
		{"early", "3"},     // fork before the parent's C_Initialize
		{"idle", "1"},      // after it
		{"idle", "150"},    // the garbage collector runs in the child
		{"finalize", "10"}, // C_Finalize in the child
		{"thread", "50"},   // a new thread of the child
		{"chain", "40"},    // children of children
		{"busy", "20"},     // four threads of the parent sign
		{"looking", "50"},  // ... look at the slots
		{"starting", "50"}, // ... initialise and finalise
	} {
		t.Run(scene.name+" "+scene.size, func(t *testing.T) {
			report(t, []string{setting}, bin, lib, scene.name, scene.size)
		})
	}
}

// The build without any flag of the linker, whose Go runtime starts at load.
func TestPlainBuildWithCard(t *testing.T) {
	lib, setting := plain(t, kit.Simulated), card(t)
	for _, c := range [][]string{
		{"forksign", "early", "3"}, {"forksign", "idle", "150"}, {"forksign", "chain", "5"}, {"forksign", "busy", "5"},
		{"storm", "14", "after", "1"}, {"storm", "17", "after", "1"}, {"cycles", "cycles"}, {"cycles", "exit"},
	} {
		t.Run(strings.Join(c, " "), func(t *testing.T) {
			report(t, []string{setting}, program(t, c[0]), append([]string{lib}, c[1:]...)...)
		})
	}
	// A small walk with bad arguments in every state of the login.
	walker := kit.Program(t, "tests/conformance/c/walker.c")
	last := filepath.Join(t.TempDir(), "last")
	require.NoError(t, os.WriteFile(last, make([]byte, 4096), 0o600))
	report(t, []string{setting, "WALKS=5"}, walker, lib, last, "wild")
	report(t, nil, program(t, "signals"), plain(t, kit.Shipped), "before", "own")
}
