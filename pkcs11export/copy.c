// SPDX-License-Identifier: Apache-2.0
//
// A Go runtime for a forked process. The inherited one is a memory image
// without its threads and cannot be revived; but the library can be loaded
// once more, under another name and from another file, and starts as new.

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "copy.h"

#ifdef __linux__

#include "handlers.h"
#include "memory_file.h"
#include "process.h"
#include "signals.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static char own_file[PATH_MAX];  // absolute: the host may change its directory

void note_own_file(void) {
  Dl_info self;
  if (dladdr((void *)note_own_file, &self) == 0 || self.dli_fname == NULL || realpath(self.dli_fname, own_file) == NULL)
    own_file[0] = '\0';
}

static const CK_FUNCTION_LIST_3_0 *functions_of(void *library) {
  CK_VERSION v = {3, 0};
  CK_INTERFACE_PTR i = NULL;
  CK_C_GetInterface get = library == NULL ? NULL : (CK_C_GetInterface)dlsym(library, "C_GetInterface");
  if (get == NULL || get(NULL, &v, &i, 0) != CKR_OK) return NULL;
  return i->pFunctionList;
}

// The dynamic linker takes a file for loaded already when one of the same name
// is: a process further down the line of forks must not get the copy of one
// above, which may have had the same process number in another namespace. Each
// generation spells the name in another way.
static void *load_own_file(void) {
  static int generation;
  char directory[PATH_MAX] = IN_MEMORY;
  size_t n = strlen(directory);
  for (int g = generation++; g > 0 && n < sizeof directory - 32; g--, n += 2) memcpy(directory + n, "./", 3);
  return load_from_memory(own_file, directory);
}

// A second namespace of the dynamic linker: needs neither memfd nor /proc, but
// brings a C library of its own, and there are some ten of them in all.
static void *load_apart(void) {
  return own_file[0] == '\0' ? NULL : dlmopen(LM_ID_NEWLM, own_file, RTLD_NOW | RTLD_LOCAL);
}

static const CK_FUNCTION_LIST_3_0 *load_library(void) {
  const CK_FUNCTION_LIST_3_0 *f = functions_of(load_own_file());
  return f != NULL ? f : functions_of(load_apart());
}

const CK_FUNCTION_LIST_3_0 *load_copy(void) {
  struct process *p = this_process();
  signal_mask saved = mask_signals();
  pthread_mutex_lock(&p->loading.mutex);
  const CK_FUNCTION_LIST_3_0 *f = p->copy;
  if (f == NULL) {
    restore_handlers();
    f = load_library();
    __atomic_store_n(&p->copy, f, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&p->loading.mutex);
  unmask_signals(&saved);
  return f;
}

#else  // no other system has been tried: a forked process gets an error

void note_own_file(void) {}
const CK_FUNCTION_LIST_3_0 *load_copy(void) { return NULL; }

#endif
