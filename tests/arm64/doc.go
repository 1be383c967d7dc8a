// SPDX-License-Identifier: Apache-2.0

// Package arm64 has the files of ./build.sh arm64 used under qemu-user: by a C
// host, on a real PC/SC service of this computer with a simulated card, and
// with the card inside the library. What that shows and what it cannot show is
// in docs/platforms.md.
package arm64
