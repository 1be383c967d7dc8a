// SPDX-License-Identifier: Apache-2.0

package message

import "golang.org/x/sys/windows"

// systemLanguages are the languages of the desktop: Windows sets no locale
// variable.
func systemLanguages() []string {
	tags, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return tags
}
