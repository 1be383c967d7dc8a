// SPDX-License-Identifier: Apache-2.0

// Package pin holds what becomes of a PIN, on the built library over a real
// PC/SC service: where its digits lie in the host's memory, who may use the
// card that it opened, and how a reader with a keypad of its own takes it.
package pin
