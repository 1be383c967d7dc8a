// SPDX-License-Identifier: Apache-2.0

#ifdef __linux__

#define _GNU_SOURCE

#include "memory_file.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static struct {
  int known;
  dev_t device;
  ino_t inode;
} root;

void note_root(void) {
  struct stat info;
  root.known = stat("/", &info) == 0;
  if (!root.known) return;
  root.device = info.st_dev;
  root.inode = info.st_ino;
}

int root_has_changed(void) {
  struct stat info;
  return !root.known || stat("/", &info) != 0 || info.st_dev != root.device || info.st_ino != root.inode;
}

// A mounted /proc cannot be renamed: what was checked is what dlopen goes
// through, also where the root directory is somebody else's.
static int has_proc(void) {
  struct statfs system;
  int fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return 0;
  int is = fstatfs(fd, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
  close(fd);
  return is;
}

static int new_file(void) { return memfd_create("tscns-pkcs11", MFD_CLOEXEC); }

// load_open loads the library in an open file in memory, and closes it.
static void *load_open(int fd, int complete, const char *directory) {
  char path[PATH_MAX];
  int n = snprintf(path, sizeof path, "%s%d", directory, fd);
  int usable = complete && n < (int)sizeof path && has_proc();
  void *library = usable ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  close(fd);
  return library;
}

void *load_from_memory(const void *bytes, size_t size, const char *directory) {
  size_t done = 0;
  ssize_t n = 1;
  int fd = new_file();
  if (fd < 0) return NULL;
  for (; done < size && n > 0; done += n > 0 ? (size_t)n : 0) n = write(fd, (const char *)bytes + done, size - done);
  return load_open(fd, done == size, directory);
}

void *load_file_from_memory(const char *file, const char *directory) {
  struct stat info;
  int from = open(file, O_RDONLY | O_CLOEXEC);
  if (from < 0) return NULL;
  int to = new_file();
  off_t done = 0;
  if (to >= 0 && fstat(from, &info) == 0)
    while (done < info.st_size && sendfile(to, from, &done, (size_t)(info.st_size - done)) > 0) {
    }
  else
    info.st_size = -1;
  close(from);
  return to < 0 ? NULL : load_open(to, done == info.st_size, directory);
}

#endif
