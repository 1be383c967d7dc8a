// SPDX-License-Identifier: Apache-2.0

//go:build !simcard && !double

package main

import (
	"tscns/cardos"
	"tscns/cardos/pcsc"
	"tscns/module"
)

// newLibrary makes the library that is shipped: real readers, over PC/SC.
func newLibrary() module.API {
	return newModule(func() (cardos.Transport, error) { return pcsc.New(), nil })
}
