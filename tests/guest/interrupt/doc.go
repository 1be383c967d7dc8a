// SPDX-License-Identifier: Apache-2.0

// Package interrupt ends programs by Ctrl-C while the card of the built library
// works, or another program keeps it, and measures how long they take to end,
// beside OpenSC.
package interrupt
