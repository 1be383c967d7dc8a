// SPDX-License-Identifier: Apache-2.0

#ifdef __linux__

#define _GNU_SOURCE

#include "memory_file.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

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

#endif
