// SPDX-License-Identifier: Apache-2.0

// Package soak has everything happen at once and at random, on one card: C
// hosts of two threads that log in, sign, change the PIN, fork, finalise and
// start again; programs in Go and OpenSSL; OpenSC's tools, which also reset the
// card; Firefox and Chromium logging in to a server; and faults: the card
// falls silent, answers wrong or late, leaves and comes back, another program
// keeps it, and the PC/SC service freezes, dies and restarts.
//
// Nothing may hang or crash, no return value may be one that the standard does
// not list, each certificate and signature is compared, no PIN try may be lost,
// nothing may be left open or grow. In the end all is calm, and each of them
// must work once more.
//
// ./build.sh soak [MINUTES] runs it; go test runs a short form without
// browsers. TSCNS_SOAK is how long (a Go duration), TSCNS_SOAK_SEED repeats the
// order of events.
package soak
