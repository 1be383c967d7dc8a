// SPDX-License-Identifier: Apache-2.0

package main

import "errors"

// typeSecret: reading a PIN unseen is not done on Windows yet, and a PIN that
// everybody can read off the screen is not asked for.
func typeSecret() ([]byte, error) {
	return nil, errors.New("a PIN cannot be typed unseen here")
}
