// SPDX-License-Identifier: Apache-2.0

// Package guest has the library live inside programs that are hard on their
// guests: servers that fork, a virtual machine that lives by signals. The card
// is simulated, the PC/SC service and the programs are real.
package guest
