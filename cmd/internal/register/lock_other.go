// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package register

// processAlive: Chromium-like browsers use no NSS database here.
func processAlive(string) bool { return false }
