// SPDX-License-Identifier: Apache-2.0

// Package pkcs11export is the C ABI of PKCS#11 over package [tscns/module]: a
// main package imports it, names with [Serve] what answers, and is built with
// -buildmode=c-shared (pkcs11.map says how). The library that is shipped is
// tscns-pkcs11, in the folder of that name; those of the tests are in
// tests/doubles.
//
// shim.c defines the exported functions and calls the goC_ functions of the
// chapter files here (general.go, slot.go, session.go ...). Each of them turns
// pointers into Go values with marshal.go, asks the module through call, and
// writes the answer back.
//
// The other C files, each with its header, have an order in which each uses
// those before it: clock, signals, handlers, memory_file and hostcopy use none,
// then come process, start and copy, load and shim.
package pkcs11export
