// SPDX-License-Identifier: Apache-2.0

// Package exit holds the exit codes of tscns, as tscns help documents them.
package exit

// The exit codes.
const (
	OK      = 0 // done; status: a card with a certificate that is valid now is there
	NotGood = 1 // something is missing or failed: service, reader, card, certificate, a check of doctor
	Usage   = 2 // the command line is wrong
	PIN     = 3 // the card refused the PIN or PUK, or it is blocked
	Unsafe  = 4 // refused, since it could do harm: the last try, a browser that runs
)
