// SPDX-License-Identifier: Apache-2.0

//go:build windows

package main

/*
#include "bridge.h"
*/
import "C"

import (
	"tscns/cardos/hostmemory"
	"tscns/minidriver"
)

// The bit of CardAcquireContext's dwFlags that is known.
const secureKeyInjectionNoCardMode = 0x1

// Lengths of an answer to reset (ISO 7816-3, 8.2.1), in bytes.
const (
	shortestATR = 2
	longestATR  = 33
)

// parts are the members of CARD_DATA that are ours, by the version that has them.
var parts = []struct {
	version    C.DWORD
	begin, end uintptr
}{
	{C.CARD_DATA_VERSION_FOUR, C.version_4_begin, C.version_4_end},
	{C.CARD_DATA_VERSION_FOUR, C.version_4_files_begin, C.version_5_begin},
	{C.CARD_DATA_VERSION_FIVE, C.version_5_begin, C.version_5_end},
	{C.CARD_DATA_VERSION_SIX, C.version_6_begin, C.version_6_end},
	{C.CARD_DATA_VERSION_SEVEN, C.version_7_begin, C.card_size},
}

//export goCardAcquireContext
func goCardAcquireContext(pCardData address, dwFlags C.DWORD) C.DWORD {
	return guard(func() error {
		if err := checkFlags(pCardData, dwFlags); err != nil {
			return err
		}
		store(pCardData+C.card_pvVendorSpecific, uintptr(0))
		atr, err := readATR(pCardData)
		if err != nil {
			return err
		}
		h, err := card{data: pCardData}.handles()
		if err != nil {
			return err
		}
		found, err := minidriver.Acquire(options, h, atr)
		if err != nil {
			return err
		}
		return answer(pCardData, found)
	})
}

// checkFlags refuses what is no CARD_DATA that is known, and modes of other kinds
// of cards.
func checkFlags(pCardData address, dwFlags C.DWORD) error {
	switch {
	case pCardData == 0 || dwFlags&^secureKeyInjectionNoCardMode != 0:
		return minidriver.InvalidParameter
	case dwFlags != 0:
		return minidriver.UnsupportedFeature
	case load[C.DWORD](pCardData+C.card_version) < C.CARD_DATA_VERSION_FOUR:
		return minidriver.RevisionMismatch
	}
	for _, place := range []address{C.card_pbAtr, C.card_pwszCardName, C.card_pfnCspAlloc, C.card_pfnCspReAlloc, C.card_pfnCspFree} {
		if load[uintptr](pCardData+place) == 0 {
			return minidriver.InvalidParameter
		}
	}
	return nil
}

func readATR(pCardData address) ([]byte, error) {
	n := load[C.DWORD](pCardData + C.card_cbAtr)
	if n < shortestATR || n > longestATR {
		return nil, minidriver.UnknownCard
	}
	atr := make([]byte, n)
	hostmemory.Read(atr, load[uintptr](pCardData+C.card_pbAtr))
	return atr, nil
}

// answer writes the functions of the negotiated version, and last what makes them
// work. A fault on the way leaves no context.
func answer(pCardData address, found *minidriver.Context) error {
	made := &context{Context: found, version: min(load[C.DWORD](pCardData+C.card_version), C.CARD_DATA_VERSION_SEVEN)}
	number := keep(made)
	done := false
	defer func() {
		if !done {
			drop(number).Close()
		}
	}()
	for _, p := range parts {
		if p.version <= made.version {
			writeHost(pCardData+address(p.begin), ours(p.begin, p.end))
		}
	}
	store(pCardData+C.card_version, made.version)
	store(pCardData+C.card_pvVendorSpecific, number)
	done = true
	return nil
}

// goCardDeleteContext is called outside of a transaction, and perhaps when the
// card is gone.
//
//export goCardDeleteContext
func goCardDeleteContext(pCardData address) C.DWORD {
	return call(pCardData, func(c card) error {
		number := load[uintptr](pCardData + C.card_pvVendorSpecific)
		store(pCardData+C.card_pvVendorSpecific, uintptr(0))
		if dropped := drop(number); dropped != nil { // nobody was faster
			dropped.Close()
		}
		return nil
	})
}
