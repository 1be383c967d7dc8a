// SPDX-License-Identifier: Apache-2.0

// Package conformance holds the behaviours that PKCS#11 asks of a token, as a
// list of numbered items, each with the section of the standard that asks for
// it and a test.
//
// An item is written once, as a host would call the functions (Driver), and
// runs on two of them: package module in process, over a reader in process,
// and the built library in a C program of its own, over a real PC/SC service
// (package built). Sections are those of the PKCS #11 Specification Version
// 3.1 unless an item says otherwise.
package conformance
