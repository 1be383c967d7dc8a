// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"runtime"
)

// registersByHand tells, on Windows, how a person registers the library, and is
// false elsewhere. Firefox and Thunderbird come without NSS's tools there, and
// Chrome and Edge take certificates from the system's store, never from a
// PKCS #11 module.
func (a *app) registersByHand(flags registerFlags) bool {
	if runtime.GOOS != "windows" {
		return false
	}
	file := findModule(*flags.module, "")
	if file == "" {
		file = filepath.Clean(libraryFile())
	}
	a.complain(exitNotGood, text{
		"this command registers nothing on Windows yet. In Firefox: Settings, Privacy & Security, Security Devices, Load: %s. Chrome and Edge do not use PKCS#11 on Windows",
		"su Windows questo comando non registra ancora nulla. In Firefox: Impostazioni, Privacy e sicurezza, Dispositivi di sicurezza, Carica: %s. Su Windows Chrome ed Edge non usano PKCS#11"}, file)
	return true
}
