// SPDX-License-Identifier: Apache-2.0

// Package systemd holds the units of the user manager, for who has no package
// that installs them.
package systemd

import "embed"

// Socket is the unit that is turned on; Service is the template that it starts.
const (
	Socket  = "tscns-p11-kit.socket"
	Service = "tscns-p11-kit@.service"
)

// Units are the files, by the names above.
//
//go:embed tscns-p11-kit.socket tscns-p11-kit@.service
var Units embed.FS
