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

// AcceptedPINs counts the PINs of a card that are kept in locked memory.
func AcceptedPINs(c *Card) (n int) {
	c.pinMemory.mu.Lock()
	defer c.pinMemory.mu.Unlock()
	for _, b := range c.pinMemory.accepted {
		if b != nil {
			n++
		}
	}
	return n
}
