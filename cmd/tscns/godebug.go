// SPDX-License-Identifier: Apache-2.0

//go:build go1.25

// Go 1.25 takes no signature with SHA-1 in TLS 1.2 any more (RFC 9155), but does
// so in programs whose go.mod names an older version.

//go:debug tlssha1=0
package main
