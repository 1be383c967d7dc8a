// SPDX-License-Identifier: Apache-2.0

// Package faults has something go wrong at every command of listing, login,
// signing and PIN change: the card falls silent, leaves, is reset by another
// program, answers with errors or with the wrong length or late, and the PC/SC
// service dies or stops.
//
// Each time, the call in progress must return, in time, a value that the
// standard lists for it; the next correct call must work once the world is
// whole again; the card must have lost no PIN try but those of wrong PINs; no
// wrong certificate or signature may come out; and nothing may be left open.
//
// The same scenes run on the built library, in a host process of its own over
// a real PC/SC service (Lane), and on package module in process with the race
// detector (inprocess_test.go).
package faults
