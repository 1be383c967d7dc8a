// SPDX-License-Identifier: Apache-2.0

// Package minidriver is what a smart card minidriver of Windows answers for a
// TS-CNS (Microsoft, "Smart Card Minidriver Specification", version 7.07), in
// plain Go: virtual files, containers, properties, PIN roles, signing and
// decryption. It has no C type; package tscns-minidriver below it is the C
// interface, which checks pointers, versions of functions and their dwFlags,
// and copies.
//
// Structures that hold numbers alone are returned as their bytes, little-endian
// as on every Windows. Errors are of type [Code].
package minidriver

import "tscns/cardos"

// Handles are the SCARDCONTEXT and the SCARDHANDLE of one call. They are the
// caller's, may change from call to call, and are kept by nobody.
type Handles struct{ Context, Card uintptr }

// Conn is a connection of the caller's to a card, with a transaction of the
// caller's open in every call.
type Conn interface {
	cardos.Link
	// Use sets the handles that what follows goes through.
	Use(context, card uintptr)
}

// Options are what the program hands to [Acquire].
type Options struct {
	// Connect returns a connection to the card with this answer to reset:
	// package winscard on Windows.
	Connect func(atr []byte) Conn
	// Profiles are the generations of cards to recognise: package profile.
	Profiles []*cardos.Profile
	// PINRecords keeps what came of PINs, for all programs of the user.
	PINRecords cardos.PINRecords
}

// Context is the state behind one CARD_DATA. Its methods may be called from any
// thread; they are serialised.
type Context struct {
	options Options
}

// Acquire recognises the card and reads its certificates. [UnknownCard] is the
// answer for a card without a certificate whose key can be used with the PIN of
// the CNS, [InvalidParameter] for an answer to reset that is none.
func Acquire(o Options, h Handles, atr []byte) (*Context, error) { return nil, UnsupportedFeature }

// Close frees the state. It does not reach the card, which may be gone.
func (c *Context) Close() {}
