// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a private pcscd: gives the virtual reader driver sockets that
// were opened for it, in place of TCP ports on every network interface.
//
// VPCD_SOCKETS is a list "PORT:DESCRIPTOR,...". A bind() to such a port takes
// the listening socket behind the descriptor; a bind() to any other port of
// all interfaces is narrowed to loopback.
//
// PCSCD_RUN is a directory that stands for /run/pcscd, where the system's own
// pcscd keeps its pid file: a private one must not write over it or remove it,
// and an ordinary user may have no such place at all.
//
// PCSCD_DRIVERS is a directory that stands for the one of USB drivers,
// ".../pcsc/drivers".
//
// PCSCD_POLL is how often pcscd looks for cards, in milliseconds, in place of
// its 400.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int given(unsigned port) {
  const char *p = getenv("VPCD_SOCKETS");
  while (p && *p) {
    char *end;
    unsigned long have = strtoul(p, &end, 10);
    if (*end != ':') return -1;
    unsigned long fd = strtoul(end + 1, &end, 10);
    if (have == port) return (int)fd;
    p = *end == ',' ? end + 1 : NULL;
  }
  return -1;
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  struct sockaddr_in in;
  if (address && length >= sizeof in && address->sa_family == AF_INET) {
    memcpy(&in, address, sizeof in);
    int socket = given(ntohs(in.sin_port));
    if (socket >= 0) return dup2(socket, fd) < 0 ? -1 : 0;
    if (in.sin_addr.s_addr == htonl(INADDR_ANY)) in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address = (const struct sockaddr *)&in;
  }
  return (int)syscall(SYS_bind, fd, address, length);
}

// The driver asks for a queue of 0, in which a card put in again before the
// next poll would find no place.
int listen(int fd, int backlog) { return (int)syscall(SYS_listen, fd, backlog < 16 ? 16 : backlog); }

// place returns the path to use for one that pcscd names.
static const char *place(const char *path, char *buffer) {
  static const char run[] = "/run/pcscd", usb[] = "/pcsc/drivers";
  const char *own = getenv("PCSCD_RUN"), *drivers = getenv("PCSCD_DRIVERS");
  const char *found = drivers && path ? strstr(path, usb) : NULL;
  if (found) {
    snprintf(buffer, PATH_MAX, "%s%s", drivers, found + sizeof usb - 1);
    return buffer;
  }
  if (!own || !path || strncmp(path, run, sizeof run - 1) != 0) return path;
  snprintf(buffer, PATH_MAX, "%s%s", own, path + sizeof run - 1);
  return buffer;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int open(const char *path, int flags, ...) {
  char buffer[PATH_MAX];
  va_list list;
  va_start(list, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
  va_end(list);
  return NEXT(open)(place(path, buffer), flags, mode);
}

FILE *fopen(const char *path, const char *mode) {
  char buffer[PATH_MAX];
  return NEXT(fopen)(place(path, buffer), mode);
}

DIR *opendir(const char *path) {
  char buffer[PATH_MAX];
  return NEXT(opendir)(place(path, buffer));
}

void *dlopen(const char *path, int flags) {
  char buffer[PATH_MAX];
  return NEXT(dlopen)(place(path, buffer), flags);
}

int mkdir(const char *path, mode_t mode) {
  char buffer[PATH_MAX];
  return NEXT(mkdir)(place(path, buffer), mode);
}

int chmod(const char *path, mode_t mode) {
  char buffer[PATH_MAX];
  return NEXT(chmod)(place(path, buffer), mode);
}

int remove(const char *path) {
  char buffer[PATH_MAX];
  return NEXT(remove)(place(path, buffer));
}

int stat(const char *path, struct stat *out) {
  char buffer[PATH_MAX];
  return NEXT(stat)(place(path, buffer), out);
}

int lstat(const char *path, struct stat *out) {
  char buffer[PATH_MAX];
  return NEXT(lstat)(place(path, buffer), out);
}

// The same functions by the names that a pcscd has for them which was built
// with 64-bit file offsets, as Debian 13's is.
_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "one struct stat for both names");
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));
int stat64(const char *path, struct stat64 *out) __attribute__((alias("stat")));
int lstat64(const char *path, struct stat64 *out) __attribute__((alias("lstat")));

int nanosleep(const struct timespec *wanted, struct timespec *left) {
  struct timespec shorter = {0, 0};
  const char *poll = getenv("PCSCD_POLL");
  if (poll && wanted->tv_sec == 0 && wanted->tv_nsec == 400000000) {
    shorter.tv_nsec = atol(poll) * 1000000;
    wanted = &shorter;
  }
  return NEXT(nanosleep)(wanted, left);
}
