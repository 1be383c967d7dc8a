// SPDX-License-Identifier: Apache-2.0
//
// A Go runtime for a forked process. The inherited one is a memory image
// without its threads and cannot be revived; but the library can be loaded
// once more, under another name and from another file, and starts as new.

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "gate.h"

#ifndef _WIN32

static int runtime_has_started;

static void note_handlers(void);

void runtime_starts(void) {
  note_handlers();
  __atomic_store_n(&this_process()->runtime, STARTING, __ATOMIC_RELEASE);
  __atomic_store_n(&runtime_has_started, 1, __ATOMIC_RELEASE);
}

int inherited_runtime(void) {
  return __atomic_load_n(&runtime_has_started, __ATOMIC_ACQUIRE) &&
         __atomic_load_n(&this_process()->runtime, __ATOMIC_ACQUIRE) == NO_RUNTIME;
}

#ifdef __linux__

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static char own_file[PATH_MAX];  // absolute: the host may change its directory
static struct sigaction of_host[NSIG];

void note_own_file(void) {
  Dl_info self;
  if (dladdr((void *)note_own_file, &self) == 0 || self.dli_fname == NULL ||
      realpath(self.dli_fname, own_file) == NULL)
    own_file[0] = '\0';
}

static void note_handlers(void) {
  for (int s = 1; s < NSIG; s++) sigaction(s, NULL, &of_host[s]);
}

void runtime_started(void) { keep_handlers(of_host); }

// Gives back to the host the signals whose handler is still that of the Go
// runtime that died with the fork. The new one would pass signals on to it.
static void restore_handlers(void) {
  Dl_info self, handler;
  if (dladdr((void *)restore_handlers, &self) == 0) return;
  for (int s = 1; s < NSIG; s++) {
    struct sigaction now;
    if (sigaction(s, NULL, &now) != 0 || now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN) continue;
    if (dladdr((void *)now.sa_handler, &handler) != 0 && handler.dli_fbase == self.dli_fbase)
      sigaction(s, &of_host[s], NULL);
  }
}

static const CK_FUNCTION_LIST_3_0 *functions_of(void *library) {
  CK_VERSION v = {3, 0};
  CK_INTERFACE_PTR i = NULL;
  CK_C_GetInterface get = library == NULL ? NULL : (CK_C_GetInterface)dlsym(library, "C_GetInterface");
  if (get == NULL || get(NULL, &v, &i, 0) != CKR_OK) return NULL;
  return i->pFunctionList;
}

// A file in memory with the bytes of another, or -1.
static int copy_file(const char *file) {
  struct stat info;
  int from = open(file, O_RDONLY | O_CLOEXEC);
  if (from < 0) return -1;
  int to = memfd_create("tscns-pkcs11", MFD_CLOEXEC);
  off_t done = 0;
  if (to >= 0 && fstat(from, &info) == 0)
    while (done < info.st_size && sendfile(to, from, &done, (size_t)(info.st_size - done)) > 0) {
    }
  else
    info.st_size = -1;
  close(from);
  if (to < 0 || done == info.st_size) return to;
  close(to);
  return -1;
}

void *load_from_memory(const char *file, const char *directory) {
  int fd = copy_file(file);
  if (fd < 0) return NULL;
  char path[PATH_MAX];
  int n = snprintf(path, sizeof path, "%s%d", directory, fd);
  void *library = n < (int)sizeof path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  close(fd);
  return library;
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

#else // no other system has been tried: a forked process gets an error

void note_own_file(void) {}
static void note_handlers(void) {}
void runtime_started(void) {}
const CK_FUNCTION_LIST_3_0 *load_copy(void) { return NULL; }

#endif

#endif
