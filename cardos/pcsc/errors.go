// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"errors"
	"fmt"

	"github.com/ebfe/scard"

	"tscns/cardos"
)

// moment is when an error of the service came up: the same code means that
// there is no card, or that it has just been taken out.
type moment int

const (
	listing moment = iota
	connecting
	using
)

// errorTable gives the meaning of the service's codes (PC/SC part 5, and
// winscard's and pcsc-lite's own), while connecting or listing and while using
// a card. Any other code is ErrCardFailure.
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
	{scard.ErrSecurityViolation, cardos.ErrNoService, cardos.ErrNoService}, // polkit says no
	{scard.ErrNoAccess, cardos.ErrNoService, cardos.ErrNoService},
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

// mapError turns an error of scard into one of cardos, and leaves those alone.
func mapError(err error, when moment) error {
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
