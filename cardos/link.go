// SPDX-License-Identifier: Apache-2.0

package cardos

// Link is a connection to a card that is somebody else's: who owns it makes the
// transactions and the resets.
type Link interface {
	// ATR returns the answer to reset.
	ATR() []byte
	// Transmit is that of [Conn].
	Transmit(command []byte) ([]byte, error)
}
