// SPDX-License-Identifier: Apache-2.0

// Package darwin keeps the sources ready for macOS, as far as that can be seen
// from Linux: Go packages without C are checked for it, and the C half is
// compiled and used with nothing but POSIX. What is missing for a macOS build
// is in docs/platforms.md.
package darwin
