// SPDX-License-Identifier: Apache-2.0

// Package abi tests the C face of the built library: the header, the exported
// symbols, the function lists, and what a careless host gets for its mistakes.
// The programs in c/ are hosts of the library; the tests compile and run them.
package abi
