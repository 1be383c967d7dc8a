// SPDX-License-Identifier: Apache-2.0

package module

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

// A card that does not answer for a moment is found all the same; one that
// never does is not looked at for ever, nor without a pause.
func TestMuteAnswerIsNotTheLast(t *testing.T) {
	f := newFixture(t)
	mute := newFakeCard(t, 2048, cardos.Proven, bothUsages)
	mute.openErr = cardos.ErrCardMute
	f.service.insert(f.reader, mute)
	begin := time.Now()
	for f.present() {
		_, err := f.GetTokenInfo(0)
		f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
	}
	require.Equal(t, muteLooks, mute.opens)
	require.GreaterOrEqual(t, time.Since(begin), (muteLooks-1)*mutePause)
	f.service.insert(f.reader, mute)
	for range 3 {
		_, err := f.GetTokenInfo(0)
		f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
	}
	require.Equal(t, muteLooks+1, mute.opens)
	mute.openErr = nil
	time.Sleep(mutePause)
	_, err := f.GetTokenInfo(0)
	require.NoError(t, err)
}

// One that takes its time not to answer is not waited for again.
func TestSlowMuteCardIsLookedAtOnce(t *testing.T) {
	var m muteCard
	now := time.Now()
	require.False(t, m.add(now, now.Add(muteTime/2)))
	require.True(t, m.resting(now.Add(muteTime/2)))
	require.False(t, m.resting(now.Add(muteTime/2+mutePause)))
	require.True(t, m.add(now, now.Add(muteTime/2)))
}
