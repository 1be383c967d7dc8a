// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package windows

import "errors"

// Open returns the system of this process, nil where it is not Windows.
func Open() System { return nil }

// LoadMinidriver loads a library as Windows loads the minidriver of a card, and
// looks for its entry point.
func LoadMinidriver(string) error { return errors.ErrUnsupported }
