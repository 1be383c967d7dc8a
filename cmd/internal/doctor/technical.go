// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/module/ck"
)

// Technical returns what is behind a finding, for developers: the kind of the
// error with the status word of the card, or the text of one that is about this
// computer. Other errors may quote what a card answered, and are "".
func Technical(err error) string {
	var rv ck.RV
	var load *LoadError
	var path *fs.PathError
	var ended *exec.ExitError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, cardos.ErrNoService), errors.As(err, &load), errors.As(err, &path), errors.As(err, &ended):
		return err.Error()
	case errors.As(err, &rv):
		return rv.Error()
	}
	for _, known := range cardos.Sentinels() {
		if !errors.Is(err, known) {
			continue
		}
		var sw iso7816.Status
		if errors.As(err, &sw) {
			return fmt.Sprintf("%v: %v", known, sw)
		}
		return known.Error()
	}
	return ""
}
