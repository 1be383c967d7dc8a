// SPDX-License-Identifier: Apache-2.0

// Package built runs the conformance items on the built library, in a C
// program of its own over a real PC/SC service, beside package module in
// process, and writes the table of both. It also walks over the C functions
// with arguments that no host should pass.
package built
