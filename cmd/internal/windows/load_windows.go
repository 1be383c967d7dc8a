// SPDX-License-Identifier: Apache-2.0

package windows

import sys "golang.org/x/sys/windows"

// LoadMinidriver loads a library as Windows loads the minidriver of a card, and
// looks for its entry point. It stays loaded.
func LoadMinidriver(path string) error {
	library, err := sys.LoadLibraryEx(path, 0, sys.LOAD_WITH_ALTERED_SEARCH_PATH)
	if err != nil {
		return err
	}
	_, err = sys.GetProcAddress(library, "CardAcquireContext")
	return err
}
