// SPDX-License-Identifier: Apache-2.0

package register

import (
	"errors"
	"io/fs"
	"path/filepath"

	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
)

// OthersHome reports whether the settings of this process are those of another
// user: of a person whose home root has kept in the environment (sudo -E). What
// root writes there the person could not change any more, and what the person
// puts there would lead root anywhere.
func (w *World) OthersHome() bool {
	for _, dir := range []string{w.Home.Dir, w.Home.Config, w.Home.Data, w.Home.State, w.Home.Flatpak} {
		if dir != "" && userfile.OwnedByOther(dir) {
			return true
		}
	}
	return false
}

func (w *World) refuseHome() []Step { return []Step{{w.Home.Dir, Failed, message.HomeOfAnother}} }

// checkSystem returns an error if somebody else than root can change what a path
// leads to. What is prepared below a folder for another system is not checked:
// there its owners are others.
func (w *World) checkSystem(path string) error {
	if w.Root != "" && filepath.Clean(w.Root) != "/" {
		return nil
	}
	return userfile.CheckSystem(path)
}

// inSystem makes a change in a folder of the system, unless others than root can
// write there. Where the right to do so is missing it says who has it.
func (w *World) inSystem(dir string, change func() Step) Step {
	if err := w.checkSystem(dir); err != nil {
		return fail(Step{Place: dir}, err)
	}
	s := change()
	if s.Text.Is(message.NotPermitted) {
		s.Text = message.NotPermittedSystem
	}
	return s
}

func isRefusal(err error) bool {
	var r *userfile.Refusal
	return errors.As(err, &r)
}

// fail says why a step failed. Its cause is kept for developers.
func fail(s Step, err error) Step {
	s.Outcome = Failed
	var policy *policyError
	switch {
	case isRefusal(err):
		s.Text = finding.Why(err)
	case errors.As(err, &policy):
		s.Text = message.PolicyDamaged.With(policy.path)
	case errors.Is(err, errNoDatabase):
		s.Text = message.NoDatabase
	case errors.Is(err, errNoManager):
		s.Text = message.NoUserManager.
			With(message.PageSandboxes)
	case errors.Is(err, fs.ErrPermission):
		s.Text = message.NotPermitted
	default:
		s.Text = message.RegisterFailed.With(finding.Why(err))
	}
	s.Text = s.Text.Because(err)
	return s
}
