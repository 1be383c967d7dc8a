// SPDX-License-Identifier: Apache-2.0

package message

// Why a file or a program did not do what was wanted of it, behind the name of
// what was wanted.
var (
	FileExists   = define("FileExists", "a file of that name is there already", "c'è già un file con quel nome")
	FileMissing  = define("FileMissing", "that file or folder is not there", "il file o la cartella non c'è")
	FileIsFolder = define("FileIsFolder", "it is a folder", "è una cartella")
	FileNoFolder = define("FileNoFolder", "a part of its path is no folder", "una parte del suo percorso non è una cartella")
	FileDiskFull = define("FileDiskFull", "the disk is full", "il disco è pieno")
	FileReadOnly = define("FileReadOnly", "that place cannot be written to: it is read-only", "in quel posto non si può scrivere: è di sola lettura")
	FileName     = define("FileName", "the name is too long, or leads in a circle", "il nome è troppo lungo, o gira in tondo")
	FileClosed   = define("FileClosed", "the program that should read it has ended", "il programma che doveva leggerlo è finito")
	FileDamaged  = define("FileDamaged", "the file is damaged: it is not in the form that it should have", "il file è rovinato: non ha la forma che dovrebbe avere")
	FileFailed   = define("FileFailed", "the system refused it", "il sistema l'ha rifiutato")

	ProgramMissing = define("ProgramMissing", "a program that is needed for it is not installed", "non è installato un programma che serve per farlo")
	ProgramFailed  = define("ProgramFailed", "a program that does it ended with an error", "un programma che lo fa è finito con un errore")
	TookTooLong    = define("TookTooLong", "it took too long", "ci ha messo troppo")
)
