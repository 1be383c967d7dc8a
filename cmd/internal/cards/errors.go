// SPDX-License-Identifier: Apache-2.0

package cards

import (
	"errors"
	"runtime"

	"tscns/cardos"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// Error says why there is no card to use, or why it does not do what it should.
type Error struct {
	Message message.Message
	Cure    message.Message // one next step, none where the message says it
	Code    int             // of package exit
}

// Error implements error, in English.
func (e *Error) Error() string { return e.Message.In(message.English) }

// Unwrap returns the error that is explained, nil where there is none.
func (e *Error) Unwrap() error { return e.Message.Cause() }

// Finding returns the error as a line of tscns doctor.
func (e *Error) Finding() []finding.Finding { return finding.Failed(e.Message, e.Cure) }

// explanations says for people what each error of the service and of the card
// is, and what to do about it. The first row whose error matches counts: those
// that wrap another come first. The errors of PINs are in package pin.
var explanations = []struct {
	err           error
	message, cure message.Message
}{
	{cardos.ErrCardNotPermitted, message.ServiceHidesCards, message.CureServicePermitted},
	{cardos.ErrNotPermitted, message.ServiceTurnsAway, message.CureServicePermitted},
	{cardos.ErrServiceHangs, message.ServiceHangs, onWindows(message.CureServiceHangsWindows, message.CureServiceHangs)},
	{errNotInstalled, message.ServiceNotInstalled, message.CureServiceNotInstalled},
	{cardos.ErrNoService, message.ServiceNotRunning, onWindows(message.CureServiceNotRunningWindows, message.CureServiceNotRunning)},
	{cardos.ErrNoReader, message.ReaderGone, message.CureReaderGone},
	{cardos.ErrNoCard, message.NoCard, message.CureNoCard},
	{cardos.ErrCardRemoved, message.CardRemoved, message.CureCardRemoved},
	{cardos.ErrCardMute, message.CardMute, message.CureCardMute},
	{cardos.ErrInUse, message.CardInUse, message.CureCardInUse},
	{cardos.ErrCardReset, message.CardReset, message.CureCardReset},
	{cardos.ErrNotRecognized, message.CardForeign, message.CureCardForeign},
	{cardos.ErrProtocol, message.CardUnreadable, message.CureCardUnreadable},
	{cardos.ErrNotFound, message.CardUnreadable, message.CureCardUnreadable},
	{cardos.ErrCardFailure, message.CardUnreadable, message.CureCardUnreadable},
	{cardos.ErrPINRequired, message.CardUnreadable, message.CureCardUnreadable},
	{cardos.ErrClosed, message.CardUnreadable, message.CureCardUnreadable},
}

// Explain says why the service or a card could not be used. An [*Error] is
// returned as it is.
func Explain(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	for _, row := range explanations {
		if errors.Is(err, row.err) {
			return &Error{row.message.Because(err), row.cure, exit.NotGood}
		}
	}
	return &Error{message.CardUnreadable.Because(err), message.CureCardUnreadable, exit.NotGood}
}

// ExplainIn says why the card in a reader with an answer to reset could not be
// used: one that is not recognised may be read by the wrong side.
func ExplainIn(err error, atr []byte) *Error {
	e := Explain(err)
	if errors.Is(err, cardos.ErrNotRecognized) && contactless(atr) {
		e = &Error{message.CardForeignNFC.Because(err), message.CureCardForeignNFC, e.Code}
	}
	return e
}

// contactless reports whether an answer to reset looks like one that a reader
// makes up for a card over NFC (PC/SC part 3, 3.1.3.2.3). A few cards with
// contacts answer alike.
func contactless(atr []byte) bool {
	return len(atr) > 3 && atr[0] == 0x3B && atr[1]&0xF0 == 0x80 && atr[2] == 0x80 && atr[3] == 0x01
}

// onWindows returns the step for Windows there, and the other elsewhere.
func onWindows(windows, elsewhere message.Message) message.Message {
	if runtime.GOOS == "windows" {
		return windows
	}
	return elsewhere
}
