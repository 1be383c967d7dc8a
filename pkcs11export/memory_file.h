// SPDX-License-Identifier: Apache-2.0

#ifndef TSCNS_MEMORY_FILE_H
#define TSCNS_MEMORY_FILE_H

#include <stddef.h>

// IN_MEMORY is the directory in which a descriptor of this process has a name.
// A copy of the library that was made in a process whose root directory had
// changed is loaded under the other spelling: it loads no file by its path.
#define IN_MEMORY               "/proc/self/fd/"
#define IN_MEMORY_OF_OTHER_ROOT "/proc/./self/fd/"

// load_from_memory loads a shared library from its bytes, which it copies, under
// the name that their descriptor has below a directory: one of the two above,
// spelled in whatever way. It returns what dlopen does, or NULL. Linux only.
void *load_from_memory(const void *bytes, size_t size, const char *directory);

// load_file_from_memory does the same with the bytes of a file.
void *load_file_from_memory(const char *file, const char *directory);

// note_root notes which directory is the root when the library is loaded, and
// root_has_changed reports whether it is another one since (chroot(2)). Below
// another root, somebody else may decide what lies at a path.
void note_root(void);
int root_has_changed(void);

#endif  // TSCNS_MEMORY_FILE_H
