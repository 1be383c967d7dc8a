// SPDX-License-Identifier: Apache-2.0

//go:build windows

// Command tscns-minidriver is the smart card minidriver for Windows, a DLL that
// programs load through the Base CSP and the smart card key storage provider:
// package [tscns/minidriver] behind CardAcquireContext and the functions that
// this one writes into a CARD_DATA. ./build.sh windows builds it.
//
// cardmod.h has the structures and layout.c their offsets; functions.h lists the
// functions, and shim.c defines them. Each that the card has calls a goCard function in
// a file here, which turns addresses into Go values (memory.go), asks the
// context of that CARD_DATA (call.go), and writes the answer back.
package main

/*
// Warnings are errors in the build of build.sh.
#cgo CFLAGS: -Wall -Wextra
*/
import "C"

import (
	"os"

	"tscns/cardos/localfiles"
	"tscns/cardos/profile"
	"tscns/cardos/winscard"
	"tscns/minidriver"
)

// options are the same for all contexts. The records of PINs are where the module
// and tscns have theirs: one refusal of a form that is a guess stops all programs
// of the user, and what a browser learnt of the tries left is known to tscns.
var options = minidriver.Options{
	Connect:    func(atr []byte) minidriver.Conn { return winscard.New(atr) },
	Profiles:   profile.All(),
	PINRecords: localfiles.NewPINRecords(localfiles.RuntimeDir(os.Getenv)),
}

func main() {}
