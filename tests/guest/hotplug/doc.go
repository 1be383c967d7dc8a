// SPDX-License-Identifier: Apache-2.0

// Package hotplug has the built library in a host of its own while cards,
// readers and the PC/SC service come and go, over a real pcscd with a virtual
// reader on a virtual USB bus.
package hotplug
