// SPDX-License-Identifier: Apache-2.0

// Package matrix has the built library do everything that people do with a
// card, on every generation, through a real PC/SC service, and prints what
// worked as a table.
package matrix
