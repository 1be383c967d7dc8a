// SPDX-License-Identifier: Apache-2.0

package main

// Since version 8 Windows stops its service with the last reader, and starts it
// with the first.
func init() {
	texts[msgNoService] = [2]string{
		"The smart card service does not run: Windows starts it when a reader is connected. Connect the reader; tscns doctor tells more\n",
		"Il servizio smart card non è in esecuzione: Windows lo avvia quando si collega un lettore. Collega il lettore; tscns doctor dice di più\n"}
	serviceOff = text{"the smart card service does not answer; tscns doctor tells why",
		"il servizio smart card non risponde; tscns doctor dice perché"}
}
