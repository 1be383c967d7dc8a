// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"errors"
	"fmt"

	"github.com/ebfe/scard"

	"tscns/cardos"
)

// phase is what was going on when the service returned an error: one code means
// "no card" while connecting and "card removed" afterwards.
type phase int

const (
	listing phase = iota
	connecting
	using
)

// errorTable maps the codes of the service (PC/SC part 5, and those of winscard
// and pcsc-lite) to errors of package cardos, while listing or connecting and
// while using a card. Any other code is [cardos.ErrCardFailure].
var errorTable = []struct {
	code           scard.Error
	connect, inUse error
}{
	{scard.ErrNoService, cardos.ErrNoService, cardos.ErrNoService},
	{scard.ErrServiceStopped, cardos.ErrNoService, cardos.ErrNoService},
	{scard.ErrShutdown, cardos.ErrNoService, cardos.ErrNoService},
	{scard.ErrInvalidHandle, cardos.ErrNoService, cardos.ErrNoService},
	{scard.ErrServerTooBusy, cardos.ErrNoService, cardos.ErrNoService},
	{scard.ErrNoMemory, cardos.ErrNoService, cardos.ErrNoService},
	{scard.ErrSecurityViolation, cardos.ErrCardNotPermitted, cardos.ErrCardNotPermitted}, // polkit denies access
	{scard.ErrNoAccess, cardos.ErrCardNotPermitted, cardos.ErrCardNotPermitted},
	{scard.ErrCommError, cardos.ErrNoService, cardos.ErrCardMute},
	{scard.ErrUnknownReader, cardos.ErrNoReader, cardos.ErrNoReader},
	{scard.ErrReaderUnavailable, cardos.ErrNoReader, cardos.ErrNoReader},
	{scard.ErrNoReadersAvailable, cardos.ErrNoReader, cardos.ErrNoReader},
	{scard.ErrNoSmartcard, cardos.ErrNoCard, cardos.ErrCardRemoved},
	{scard.ErrRemovedCard, cardos.ErrNoCard, cardos.ErrCardRemoved},
	{scard.ErrSharingViolation, cardos.ErrInUse, cardos.ErrInUse},
	{scard.ErrResetCard, cardos.ErrCardReset, cardos.ErrCardReset},
	{scard.ErrUnresponsiveCard, cardos.ErrCardMute, cardos.ErrCardMute},
	{scard.ErrUnpoweredCard, cardos.ErrCardMute, cardos.ErrCardMute},
	{scard.ErrUnsupportedCard, cardos.ErrCardMute, cardos.ErrCardMute},
	{scard.ErrProtoMismatch, cardos.ErrCardMute, cardos.ErrCardMute},
	{scard.ErrNotTransacted, cardos.ErrCardMute, cardos.ErrCardMute},
	{scard.ErrCommDataLost, cardos.ErrCardMute, cardos.ErrCardMute},
	{scard.ErrTimeout, cardos.ErrCardMute, cardos.ErrCardMute},
	{scard.ErrNotReady, cardos.ErrCardMute, cardos.ErrCardMute},
	{scard.ErrInsufficientBuffer, cardos.ErrProtocol, cardos.ErrProtocol},
	{scard.ErrCancelled, cardos.ErrClosed, cardos.ErrClosed},
}

// mapError returns the error of package cardos for one of scard. Other errors
// are returned unchanged.
func mapError(err error, when phase) error {
	var code scard.Error
	if err == nil || !errors.As(err, &code) {
		return err
	}
	for _, row := range errorTable {
		if row.code != code {
			continue
		}
		meaning := row.connect
		if when == using {
			meaning = row.inUse
		}
		return fmt.Errorf("%w (PC/SC %08X)", meaning, uint32(code))
	}
	return fmt.Errorf("%w (PC/SC %08X)", cardos.ErrCardFailure, uint32(code))
}
