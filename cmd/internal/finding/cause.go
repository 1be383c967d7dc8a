// SPDX-License-Identifier: Apache-2.0

package finding

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"

	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
)

// refusals say why a file or folder is left alone.
var refusals = map[userfile.Reason]message.Message{
	userfile.Link:      message.RefusedLink,
	userfile.Kind:      message.RefusedKind,
	userfile.Owner:     message.RefusedOwner,
	userfile.HardLink:  message.RefusedHardLink,
	userfile.Size:      message.RefusedSize,
	userfile.Outside:   message.RefusedOutside,
	userfile.OpenToAll: message.RefusedOpenToAll,
	userfile.InUse:     message.RefusedInUse,
}

// causes are errors of files and of programs that are run; the first row whose
// error matches counts.
var causes = []struct {
	err     error
	message message.Message
}{
	{fs.ErrPermission, message.NotPermitted},
	{fs.ErrExist, message.FileExists},
	{exec.ErrNotFound, message.ProgramMissing},
	{context.DeadlineExceeded, message.TookTooLong},
	{os.ErrDeadlineExceeded, message.TookTooLong},
	{fs.ErrNotExist, message.FileMissing},
	{syscall.EISDIR, message.FileIsFolder},
	{syscall.ENOTDIR, message.FileNoFolder},
	{syscall.ENOSPC, message.FileDiskFull},
	{syscall.EDQUOT, message.FileDiskFull},
	{syscall.EROFS, message.FileReadOnly},
	{syscall.ENAMETOOLONG, message.FileName},
	{syscall.ELOOP, message.FileName},
	{syscall.EPIPE, message.FileClosed},
}

// Why says for people why a file could not be read or written, or a program
// not be run. No text of the error itself is in it.
func Why(err error) message.Message {
	var refusal *userfile.Refusal
	if errors.As(err, &refusal) {
		return refusals[refusal.Reason].With(refusal.Path)
	}
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.message
		}
	}
	var ended *exec.ExitError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &ended):
		return message.ProgramFailed
	case errors.As(err, &syntax), errors.As(err, &kind):
		return message.FileDamaged
	}
	return message.FileFailed
}
