// SPDX-License-Identifier: Apache-2.0

//go:build bench

package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBench is the whole run, which writes its results.
func TestBench(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	s := newFixture(t)
	r := &results{machine: machine(), certificate: len(s.CertDER)}
	contestants := []contestant{s.ours(), s.openSC("OpenSC", ""), s.softHSM()}
	s.flows(r)
	s.loads(r, contestants)
	s.rates(r, contestants)
	s.logins(r, contestants)
	s.slowCard()
	s.manyThreads(r, contestants)
	s.Remove()
	browsers(t, r)
	r.claims()
	text, picture := r.markdown(), r.picture()
	fmt.Println(text)
	require.NoError(t, replaceSection(filepath.Join(root, "docs", "performance.md"), text))
	require.NoError(t, os.WriteFile(filepath.Join(root, "docs", "images", "performance.svg"), []byte(picture), 0o644))
}
