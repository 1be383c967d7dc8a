// SPDX-License-Identifier: Apache-2.0

package message

// Why a file or a program did not do what was wanted of it, behind the name of
// what was wanted.
var (
	FileExists   = define("FileExists", "a file of that name is there already")
	FileMissing  = define("FileMissing", "that file or folder is not there")
	FileIsFolder = define("FileIsFolder", "it is a folder")
	FileNoFolder = define("FileNoFolder", "a part of its path is no folder")
	FileDiskFull = define("FileDiskFull", "the disk is full")
	FileReadOnly = define("FileReadOnly", "that place cannot be written to: it is read-only")
	FileName     = define("FileName", "the name is too long, or leads in a circle")
	FileClosed   = define("FileClosed", "the program that should read it has ended")
	FileDamaged  = define("FileDamaged", "the file is damaged: it is not in the form that it should have")
	FileFailed   = define("FileFailed", "the system refused it")

	ProgramMissing = define("ProgramMissing", "a program that is needed for it is not installed")
	ProgramFailed  = define("ProgramFailed", "a program that does it ended with an error")
	TookTooLong    = define("TookTooLong", "it took too long")
)
