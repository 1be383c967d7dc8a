// SPDX-License-Identifier: Apache-2.0

// Package hostproc has the built library loaded by a process of its own, so
// that a host that crashes or hangs is a finding and not the end of the test.
//
// A Host is a C program (tests/conformance/c/client.c) that calls what it is
// told to. Each of its threads is a Line, a conformance.Driver: the sequences
// of calls in this package and those of a test run on it and, in process, on
// conformance.InProcess alike. A call that is not back within a limit is a
// hang: the stacks of the program are kept and it is killed.
//
// Beside it: another PC/SC program that resets and holds the card (Other),
// what a process has open (Census), and which return values the standard lists
// for a function (Allowed).
package hostproc
