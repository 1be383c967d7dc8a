// SPDX-License-Identifier: Apache-2.0

package minidriver

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

func TestEverySentinelHasARow(t *testing.T) {
	for _, e := range cardos.Sentinels() {
		found := 0
		for _, row := range codes {
			if errors.Is(row.err, e) {
				found++
			}
		}
		assert.Equal(t, 1, found, "%v", e)
	}
	assert.Len(t, codes, len(cardos.Sentinels()))
}

// What a card answered is not taken for a card that did not answer, and the
// other way round.
func TestCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		lost bool
		want error
	}{
		{nil, false, nil},
		{cardos.StatusError(iso7816.SecurityNotSatisfied), false, SecurityViolation},
		{cardos.StatusError(0x6F00), false, Unexpected},
		{cardos.StatusError(iso7816.FileNotFound), false, Unexpected},
		{cardos.ErrWrongResult, false, Unexpected},
		{&cardos.PINError{Tries: cardos.Tries{Known: true, Left: 2}}, false, WrongCHV},
		{&cardos.PINError{Tries: cardos.Tries{Known: true}}, false, CHVBlocked},
		{&cardos.UnprovenError{}, false, UnsupportedFeature},
		{fmt.Errorf("%w: PC/SC", cardos.ErrCardReset), true, ResetCard},
		{fmt.Errorf("%w: PC/SC", cardos.ErrCardRemoved), true, RemovedCard},
		{cardos.ErrNoCard, true, RemovedCard},
		{cardos.ErrCardMute, true, CommDataLost},
		{cardos.ErrCardFailure, true, CommDataLost},
		{cardos.ErrProtocol, true, CommDataLost},
		{errors.New("another"), true, CommDataLost},
		{NoKeyContainer, false, NoKeyContainer},
	} {
		assert.Equal(t, c.want, codeOf(c.err), "%v", c.err)
		var code Code
		if !errors.As(c.err, &code) {
			assert.Equal(t, c.lost, lost(c.err), "%v", c.err)
		}
	}
}
