// SPDX-License-Identifier: Apache-2.0

#ifndef TSCNS_MEMORY_FILE_H
#define TSCNS_MEMORY_FILE_H

// load_from_memory loads a copy of a shared library's file under the name that
// its descriptor has below a directory: IN_MEMORY, spelled in whatever way. It
// returns what dlopen does, or NULL. Linux only.
#define IN_MEMORY "/proc/self/fd/"
void *load_from_memory(const char *file, const char *directory);

#endif  // TSCNS_MEMORY_FILE_H
