// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cmd/internal/message"
)

// What the command says about PIN and PUK, and the codes that other programs
// show, have an entry in the guide of each language.
func TestGuidesExplainRefusals(t *testing.T) {
	clause := regexp.MustCompile(`^[^:;.]+`) // what comes after tells what to do
	said := []message.Message{PIN.Wrong, PIN.Blocked, PUK.Blocked}
	for _, row := range explanations {
		said = append(said, row.message)
	}
	source, err := os.ReadFile("../../../module/errors.go")
	require.NoError(t, err)
	codes := regexp.MustCompile(`ck\.(CKR_[A-Z_]+)`).FindAllSubmatch(source, -1)
	require.Greater(t, len(codes), 20)
	for l, name := range []string{"troubleshooting.en.md", "troubleshooting.it.md"} {
		page, err := os.ReadFile("../../../docs/" + name)
		require.NoError(t, err)
		for _, s := range said {
			assert.Contains(t, string(page), clause.FindString(s.In(message.Language(l))), "%s explains %s", name, s.Key())
		}
		for _, c := range codes {
			switch code := string(c[1]); code {
			case "CKR_OK", "CKR_GENERAL_ERROR":
			default:
				assert.Contains(t, string(page), "`"+code+"`", "%s explains %s", name, code)
			}
		}
	}
}

// Every error of a card has a row, here or in package cards: none falls back on
// what is said of an error that nobody knows.
func TestEveryErrorIsExplained(t *testing.T) {
	unreadable := []error{cardos.ErrProtocol, cardos.ErrNotFound, cardos.ErrCardFailure, cardos.ErrPINRequired, cardos.ErrClosed}
	for _, err := range append(cardos.Sentinels(), cardos.ErrServiceHangs, cardos.ErrNotPermitted, cardos.ErrCardNotPermitted) {
		e := Explain(fmt.Errorf("%w: behind it", err), PIN)
		assert.Equal(t, slices.Contains(unreadable, err), e.Message.Is(message.CardUnreadable), err)
		assert.False(t, e.Cure.IsZero(), "one next step: %v", err)
		assert.ErrorIs(t, e, err, "the cause is kept")
	}
}
