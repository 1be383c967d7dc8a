// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cmd/internal/message"
)

// What the card layer knows of a login that failed comes out of it, without the
// text of the error. Errors that are no row here say nothing that a person could
// act on.
func TestLoginFailures(t *testing.T) {
	told := map[error]string{
		cardos.ErrNoService: "login-reader-gone", cardos.ErrNoReader: "login-reader-gone",
		cardos.ErrNoCard: "no-card", cardos.ErrCardRemoved: "card-removed",
		cardos.ErrCardMute: "card-mute", cardos.ErrInUse: "card-in-use",
		cardos.ErrCardReset: "login-interrupted", cardos.ErrPINRequired: "login-interrupted",
		cardos.ErrPINNotUsable: "login-pin-not-usable",
		cardos.ErrNoKnownForm:  "login-no-known-form", cardos.ErrUnsupported: "login-no-known-form",
	}
	for _, err := range append(cardos.Sentinels(), cardos.ErrWrongResult) {
		found := loginFailure(fmt.Errorf("signing: %w", err), cardos.Unknown, message.LoginFailed)
		require.Len(t, found, 1)
		want := told[err]
		switch {
		case errors.Is(err, cardos.ErrWrongResult):
			want = "login-key-does-not-fit"
		case want == "":
			want = "login-failed"
		}
		assert.Equal(t, want, found[0].Code(), err)
		assert.False(t, found[0].Cure.IsZero())
		for _, l := range message.Languages() {
			assert.NotContains(t, found[0].Text.In(l), "cardos", "the text of an error")
		}
	}
	replace := func(g cardos.Grade) bool {
		return loginFailure(cardos.ErrWrongResult, g, message.LoginFailed)[0].Cure.Is(message.CureLoginKeyDoesNotFit)
	}
	assert.True(t, replace(cardos.Proven))
	assert.True(t, replace(cardos.DriverKnown))
	assert.False(t, replace(cardos.Inferred), "it may be a form of ours that is wrong")
}
