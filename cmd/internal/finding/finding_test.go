// SPDX-License-Identifier: Apache-2.0

package finding

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tscns/cmd/internal/message"
)

// Every message that a finding may have gives a code of its own.
func TestCodes(t *testing.T) {
	assert.Equal(t, "certificate-expired-on", Finding{Text: message.CertificateExpiredOn.With("2026-11-30")}.Code())
	assert.Equal(t, "pin-one-try", Finding{Text: message.PINOneTry}.Code())
	assert.Equal(t, "kernel-nfc-none", Finding{Text: message.KernelNFCNone}.Code())
	seen := map[string]string{}
	for _, m := range message.All() {
		code := Finding{Text: m}.Code()
		assert.Regexp(t, "^[a-z0-9]+(-[a-z0-9]+)*$", code)
		assert.Empty(t, seen[code], "%s is %s's too", code, m.Key())
		seen[code] = m.Key()
	}
}

func TestWorst(t *testing.T) {
	assert.Equal(t, OK, Worst(nil))
	assert.Equal(t, Failure, Worst(append(Failed(message.NoCard, message.CureNoCard), Warned(message.PINOneTry, message.CurePINOneTry)...)))
}
