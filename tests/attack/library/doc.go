// SPDX-License-Identifier: Apache-2.0

// Package library attacks the library inside of a host program: by the
// environment of hosts that run with more rights than their caller, by what is
// planted where it writes its trace, by another root directory, and by
// addresses that a host passes in. Each test is named after what the attacker
// would gain.
package library
