// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"testing"

	"tscns/tests/e2e"
)

// Browsers with p11-kit's client for a module, as they have it in a sandbox.
// The names are short: Chromium makes a socket below the test's directory.

// The chooser before the PIN, a wrong PIN, the card out and in again.
func TestFirefoxP11Kit(t *testing.T) {
	t.Run("Chooser", func(t *testing.T) { e2e.BySocketUnit.On(t, TestFirefoxChoosesBeforeThePIN) })
	t.Run("WrongPIN", func(t *testing.T) { e2e.BySocketUnit.On(t, TestFirefoxWrongPIN) })
	t.Run("CardOutAndIn", func(t *testing.T) { e2e.BySocketUnit.On(t, TestFirefoxCardOutAndIn) })
}

func TestChromiumP11Kit(t *testing.T) { e2e.BySocketUnit.On(t, TestChromiumLogin) }
