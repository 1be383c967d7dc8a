// SPDX-License-Identifier: Apache-2.0

// Command pkcs11export is the library tscns-pkcs11: the C ABI of PKCS#11 over
// package module. It is built with -buildmode=c-shared (pkcs11.map says how).
//
// shim.c defines the exported functions and calls the goC_ functions of the
// chapter files here (general.go, slot.go, session.go ...). Each of them turns
// pointers into Go values with marshal.go, asks the module through call, and
// writes the answer back.
package main

func main() {}
