// SPDX-License-Identifier: Apache-2.0

// Package arch holds the rules of docs/architecture.md by test.
package arch
