// SPDX-License-Identifier: Apache-2.0

package cardos

import "time"

// ReaderState is what the smart card service knows of one reader. Reading it
// never touches the card.
type ReaderState struct {
	Name    string // the PC/SC reader name, unique among the readers present
	Present bool   // a card is in the reader
	Mute    bool   // a card is in the reader and does not answer
	ATR     []byte // answer to reset, empty without a card; at most 33 bytes
	// Events counts insertions and removals (the high word of PC/SC's
	// dwEventState). A changed count means that the card was taken out in
	// between, even where Present is true both times.
	Events uint32
}

// Transport is a smart card service: PC/SC (package pcsc) or the simulated
// readers of the tests. Its methods may be called from several goroutines, and
// those of it and of Conn end: a service that does not answer is ErrNoService
// after some seconds, a card that another program holds for longer ErrInUse.
type Transport interface {
	// Readers lists the readers from the service's memory, in a stable order.
	// It returns an empty list without readers, ErrNoService where the
	// service cannot be reached, and finds a service that (re)started since.
	Readers() ([]ReaderState, error)
	// Wait returns when the readers differ from known or after d, whichever
	// is first; d is always finite and positive. It uses a connection of its
	// own, so that it never delays the other methods.
	Wait(known []ReaderState, d time.Duration) ([]ReaderState, error)
	// Connect opens a shared connection to the card in a reader. Errors:
	// ErrNoCard, ErrCardMute, ErrInUse (held by another program, exclusively
	// or for long), ErrNoReader, ErrNoService.
	Connect(reader string) (Conn, error)
	// Close frees the service connection and makes a Wait in progress return.
	Close() error
}

// Conn is a connection to one card. It is used by one goroutine at a time.
type Conn interface {
	ATR() []byte
	// Begin starts a transaction: no other program can reach the card before
	// End. It returns ErrCardReset when another program reset the card since
	// the last transaction; the connection is then usable again, the card's
	// state is that after a reset, and no transaction is open. ErrInUse is
	// another program's long transaction: nothing is lost, try again later.
	Begin() error
	// End ends the transaction and leaves the card as it is.
	End() error
	// Transmit sends one command APDU inside a transaction and returns the
	// response with its status word. No GET RESPONSE, no chaining: see
	// package iso7816. Errors: ErrCardRemoved, ErrCardReset, ErrNoService...
	Transmit(command []byte) ([]byte, error)
	// Reset resets the card, which drops its PIN state, and keeps the
	// connection. Called outside a transaction. Where it answers ErrInUse
	// the card is reset as soon as the other program lets go of it, unless
	// Begin is called before.
	Reset() error
	// Close ends the connection and leaves the card as it is.
	Close() error
	// CloseReset ends the connection and resets the card, as soon as no other
	// program holds it; it does not wait for that.
	CloseReset() error
}
