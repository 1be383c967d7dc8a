// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// TestLoginLoop: programs that log in with the right PIN, one after the other,
// on a card of which nothing states the form. One try is gone in all.
func TestLoginLoop(t *testing.T) {
	r := Start(t, Options{Family: simcard.FamilyH, Change: OtherForm})
	r.PIN = OtherFormPIN
	dir := r.withRuntimeDir()
	login := []string{"--module", r.Module, "--token-label", r.Token, "--login", "--pin", r.PIN, "-O"}
	for range 10 {
		result := r.Tool("pkcs11-tool", "opensc", login...).Run()
		require.NotZero(t, result.Code)
		result.Has(t, "CKR_FUNCTION_FAILED")
	}
	r.WrongPINs(1)
	require.Equal(t, 2, r.PINTries())
	require.Equal(t, 1, r.PINCommands())
	files, err := filepath.Glob(filepath.Join(dir, "pin-*"))
	require.NoError(t, err)
	require.Len(t, files, 1)

	// The person decides; from then on programs log in.
	r.TakeOtherForm()
	require.Equal(t, 3, r.PINTries())
	for range 2 {
		r.Tool("pkcs11-tool", "opensc", login...).OK().Has(t, "Private Key Object; RSA")
	}
	require.Equal(t, 4, r.PINCommands(), "each sends the PIN once")
}
