// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"testing"

	"tscns/tests/e2e"
)

// Browsers with p11-kit's client for a module, as they have it in a sandbox:
// the chooser before the PIN, a wrong PIN, the card out and in again.
func TestFirefoxThroughP11Kit(t *testing.T) {
	t.Run("ChoosesBeforeThePIN", func(t *testing.T) { e2e.BySocketUnit.On(t, TestFirefoxChoosesBeforeThePIN) })
	t.Run("WrongPIN", func(t *testing.T) { e2e.BySocketUnit.On(t, TestFirefoxWrongPIN) })
	t.Run("CardOutAndIn", func(t *testing.T) { e2e.BySocketUnit.On(t, TestFirefoxCardOutAndIn) })
}

func TestChromiumThroughP11Kit(t *testing.T) {
	t.Run("Login", func(t *testing.T) { e2e.BySocketUnit.On(t, TestChromiumLogin) })
}
