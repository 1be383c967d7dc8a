// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"testing"
	"time"
)

// SetResetTime changes the bound of what is begun anew after resets, for a test.
func SetResetTime(t *testing.T, d time.Duration) {
	before := resetTime
	t.Cleanup(func() { resetTime = before })
	resetTime = d
}
