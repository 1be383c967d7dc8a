// SPDX-License-Identifier: Apache-2.0

//go:build windows

package main

/*
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"runtime/debug"
	"sync"

	"tscns/cardos/hostmemory"
	"tscns/minidriver"
)

// contexts are those of all CARD_DATA of the process. pvVendorSpecific is the
// number of one, which is never given again: a caller's mistake meets none.
var contexts struct {
	sync.RWMutex
	of   map[uintptr]*context
	last uintptr
}

// context is what a CARD_DATA stands for.
type context struct {
	*minidriver.Context
	version C.DWORD // negotiated
}

// keep stores a context and returns its number.
func keep(c *context) uintptr {
	contexts.Lock()
	defer contexts.Unlock()
	if contexts.of == nil {
		contexts.of = map[uintptr]*context{}
	}
	contexts.last++
	contexts.of[contexts.last] = c
	return contexts.last
}

// drop returns the context that had a number, or nil.
func drop(number uintptr) *context {
	contexts.Lock()
	defer contexts.Unlock()
	c := contexts.of[number]
	delete(contexts.of, number)
	return c
}

func find(number uintptr) *context {
	contexts.RLock()
	defer contexts.RUnlock()
	return contexts.of[number]
}

// card is a CARD_DATA in a call.
type card struct {
	*context
	data address
}

// handles are those of this call: the caller may have others in the next.
func (c card) handles() (minidriver.Handles, error) {
	h := minidriver.Handles{
		Context: hostmemory.Load[uintptr](uintptr(c.data + C.card_hSCardCtx)),
		Card:    hostmemory.Load[uintptr](uintptr(c.data + C.card_hScard)),
	}
	if h.Context == 0 || h.Card == 0 {
		return h, minidriver.InvalidHandle
	}
	return h, nil
}

// call runs f with the context of a CARD_DATA, under guard.
func call(pCardData address, f func(c card) error) C.DWORD {
	return guard(func() error {
		if pCardData == 0 {
			return minidriver.InvalidParameter
		}
		found := find(hostmemory.Load[uintptr](uintptr(pCardData + C.card_pvVendorSpecific)))
		if found == nil {
			return minidriver.InvalidParameter
		}
		return f(card{context: found, data: pCardData})
	})
}

// guard is the one wrapper of every entry: it makes a code of an error. An access
// to memory that the caller named and does not have is an error of the caller, and
// any other panic one of ours: they must not end the program.
func guard(f func() error) (code C.DWORD) {
	debug.SetPanicOnFault(true) // holds for this goroutine, which is this call
	defer func() {
		if p := recover(); p != nil {
			code = C.DWORD(minidriver.InternalError)
			if hostmemory.Fault(p) {
				code = C.DWORD(minidriver.InvalidParameter)
			}
		}
	}()
	err := f()
	if err == nil {
		return C.DWORD(minidriver.Success)
	}
	if known := minidriver.Code(0); errors.As(err, &known) && known != minidriver.Success {
		return C.DWORD(known)
	}
	return C.DWORD(minidriver.Unexpected)
}

// noFlags refuses the bits of a dwFlags that has none.
func noFlags(dwFlags C.DWORD) error {
	if dwFlags != 0 {
		return minidriver.InvalidParameter
	}
	return nil
}
