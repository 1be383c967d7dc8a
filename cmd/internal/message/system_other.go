// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package message

// systemLanguages is nothing where the locale variables say all.
func systemLanguages() []string { return nil }
