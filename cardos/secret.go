// SPDX-License-Identifier: Apache-2.0

package cardos

import "fmt"

// Secret is a PIN or PUK. It prints as dots whatever the verb, so that it
// cannot reach a log or an error by accident.
type Secret []byte

const redacted = "••••"

// Wipe overwrites the secret with zeros.
func (s Secret) Wipe() {
	clear(s)
}

// Format prints dots for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String returns dots.
func (s Secret) String() string { return redacted }

// MarshalText returns dots, also to encoding/json and log/slog.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
