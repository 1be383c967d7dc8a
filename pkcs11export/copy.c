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
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// The file that the library was loaded from. The bytes to copy come from a
// mapping of it, not from its path: in a forked process another file may lie
// there, because of an update or another root directory.
static struct {
  char path[PATH_MAX];  // absolute: the host may change its directory
  struct stat info;
  const void *bytes;  // NULL if the file could not be mapped
} own;

// map_own_file maps the file, which costs address space alone. It has to begin
// as what the dynamic linker loaded: somebody may have replaced it just now.
static void map_own_file(const Dl_info *self) {
  static const size_t beginning = 4096;  // the headers, and the number of the build
  int fd = open(self->dli_fname, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (fstat(fd, &own.info) == 0 && own.info.st_size >= (off_t)beginning) {
    size_t size = (size_t)own.info.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes != MAP_FAILED && memcmp(bytes, self->dli_fbase, beginning) == 0)
      own.bytes = bytes;
    else if (bytes != MAP_FAILED)
      munmap(bytes, size);
  }
  close(fd);
}

void note_own_file(void) {
  Dl_info self;
  note_root();
  if (dladdr((void *)note_own_file, &self) == 0 || self.dli_fname == NULL) return;
  map_own_file(&self);
  if (realpath(self.dli_fname, own.path) == NULL) own.path[0] = '\0';
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
  if (own.bytes == NULL) return NULL;
  char directory[PATH_MAX];
  strcpy(directory, root_has_changed() ? IN_MEMORY_OF_OTHER_ROOT : IN_MEMORY);
  size_t n = strlen(directory);
  for (int g = generation++; g > 0 && n < sizeof directory - 32; g--, n += 2) memcpy(directory + n, "./", 3);
  void *library = load_from_memory(own.bytes, (size_t)own.info.st_size, directory);
  madvise((void *)own.bytes, (size_t)own.info.st_size, MADV_DONTNEED);
  return library;
}

// A second namespace of the dynamic linker: needs neither memfd nor /proc, but
// brings a C library of its own, and there are some ten of them in all. It
// loads by path, the C library as well: below another root directory it is not
// for us, nor where the file has been replaced.
static void *load_apart(void) {
  struct stat now;
  if (own.bytes == NULL || own.path[0] == '\0' || root_has_changed() || stat(own.path, &now) != 0) return NULL;
  if (now.st_dev != own.info.st_dev || now.st_ino != own.info.st_ino || now.st_size != own.info.st_size) return NULL;
  return dlmopen(LM_ID_NEWLM, own.path, RTLD_NOW | RTLD_LOCAL);
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
