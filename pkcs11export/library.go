// SPDX-License-Identifier: Apache-2.0

package main

/*
#include "bridge.h"
*/
import "C"

import (
	"time"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/profile"
	"tscns/module"
)

// lately is far below what a reader takes to notice that a card went.
const lately = 2 * time.Millisecond

// newModule makes the module over a smart card service. newLibrary, in the
// wire files, says which: one of them is built in, by build tag. runtimeDir is
// where its cache may have files, if anywhere.
func newModule(open func() (cardos.Transport, error), runtimeDir string) module.API {
	c := module.Config{Cards: profile.Options(cardos.Options{Reads: cardos.ReadsNamed(settings().Reads)}),
		Open: open, ULongSize: C.sizeof_CK_ULONG, Lately: lately, NoPINPad: settings().noPINPad}
	if settings().Cache {
		c.Cards.Store = localfiles.NewCache(runtimeDir)
	}
	if tracing() {
		c.Trace = traceEvent
	}
	return module.New(c)
}
