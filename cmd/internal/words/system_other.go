// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package words

// systemLanguages is nothing where the locale variables say all.
func systemLanguages() []string { return nil }
