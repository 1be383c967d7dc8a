// SPDX-License-Identifier: Apache-2.0

// The functions of the PC/SC client library, libpcsclite, as far as package
// scard uses them. Defined here they are not taken from the library by the
// dynamic linker, but looked up in it at the first use:
//
//   - without libpcsclite the module loads all the same, and finds no card, as
//     without the service;
//   - the copy of the module that answers in a forked process (copy.c) loads a
//     copy of libpcsclite, too. The one that was inherited has one lock for all
//     its calls, which a thread of the parent may have held during the fork.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <winscard.h>

#include "../memory_file.h"

// Since version 2 the library of the known name only passes calls on to
// another one, which is where the lock is.
static void *shared_library(void) {
  void *real = dlopen("libpcsclite_real.so.1", RTLD_NOW | RTLD_LOCAL);
  return real != NULL ? real : dlopen("libpcsclite.so.1", RTLD_NOW | RTLD_LOCAL);
}

// directory_of_copy makes the directory for load_from_memory where this is a
// copy that lies in memory itself: one that no other copy uses.
static int directory_of_copy(char *directory, size_t size) {
  static const char more[] = "../fd/";
  Dl_info self;
  if (dladdr((void *)directory_of_copy, &self) == 0 || self.dli_fname == NULL) return 0;
  const char *end = strrchr(self.dli_fname, '/');
  if (end == NULL || strncmp(self.dli_fname, IN_MEMORY, strlen(IN_MEMORY)) != 0) return 0;
  size_t n = (size_t)(end + 1 - self.dli_fname);
  if (n + sizeof more > size) return 0;
  memcpy(directory, self.dli_fname, n);
  memcpy(directory + n, more, sizeof more);
  return 1;
}

// is_of_other_root reports whether libraries must not be loaded by their path,
// because of the root directory, now or when this copy was made.
static int is_of_other_root(void) {
  Dl_info self;
  if (root_has_changed() || dladdr((void *)is_of_other_root, &self) == 0 || self.dli_fname == NULL) return 1;
  return strncmp(self.dli_fname, IN_MEMORY_OF_OTHER_ROOT, strlen(IN_MEMORY_OF_OTHER_ROOT)) == 0;
}

static void *library;

static void load(void) {
  char directory[PATH_MAX];
  struct link_map *where;
  if (is_of_other_root()) {
    library = dlopen("libpcsclite.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    return;
  }
  if (!directory_of_copy(directory, sizeof directory)) {
    library = dlopen("libpcsclite.so.1", RTLD_NOW | RTLD_LOCAL);
    return;
  }
  void *shared = shared_library();
  if (shared != NULL && dlinfo(shared, RTLD_DI_LINKMAP, &where) == 0)
    library = load_file_from_memory(where->l_name, directory);
  if (library == NULL) library = shared;
}

static void *find(const char *name) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return library == NULL ? NULL : dlsym(library, name);
}

#define PASS_ON(name, parameters, arguments)                            \
  __attribute__((visibility("hidden"))) LONG name parameters {          \
    static LONG(*function) parameters;                                  \
    LONG(*f) parameters = __atomic_load_n(&function, __ATOMIC_ACQUIRE); \
    if (f == NULL) {                                                    \
      f = (LONG(*) parameters)find(#name);                              \
      if (f == NULL) return SCARD_E_NO_SERVICE;                         \
      __atomic_store_n(&function, f, __ATOMIC_RELEASE);                 \
    }                                                                   \
    return f arguments;                                                 \
  }

PASS_ON(SCardEstablishContext, (DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT context), (scope, a, b, context))
PASS_ON(SCardReleaseContext, (SCARDCONTEXT context), (context))
PASS_ON(SCardIsValidContext, (SCARDCONTEXT context), (context))
PASS_ON(SCardCancel, (SCARDCONTEXT context), (context))
PASS_ON(SCardListReaders, (SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD size),
        (context, groups, readers, size))
PASS_ON(SCardListReaderGroups, (SCARDCONTEXT context, LPSTR groups, LPDWORD size), (context, groups, size))
PASS_ON(SCardGetStatusChange, (SCARDCONTEXT context, DWORD timeout, SCARD_READERSTATE *states, DWORD count),
        (context, timeout, states, count))
PASS_ON(SCardConnect,
        (SCARDCONTEXT context, LPCSTR reader, DWORD share, DWORD protocols, LPSCARDHANDLE card, LPDWORD protocol),
        (context, reader, share, protocols, card, protocol))
PASS_ON(SCardReconnect, (SCARDHANDLE card, DWORD share, DWORD protocols, DWORD first, LPDWORD protocol),
        (card, share, protocols, first, protocol))
PASS_ON(SCardDisconnect, (SCARDHANDLE card, DWORD disposition), (card, disposition))
PASS_ON(SCardBeginTransaction, (SCARDHANDLE card), (card))
PASS_ON(SCardEndTransaction, (SCARDHANDLE card, DWORD disposition), (card, disposition))
PASS_ON(SCardStatus,
        (SCARDHANDLE card, LPSTR reader, LPDWORD size, LPDWORD state, LPDWORD protocol, LPBYTE atr, LPDWORD atr_size),
        (card, reader, size, state, protocol, atr, atr_size))
PASS_ON(SCardTransmit,
        (SCARDHANDLE card, const SCARD_IO_REQUEST *send, LPCBYTE command, DWORD size, SCARD_IO_REQUEST *receive,
         LPBYTE response, LPDWORD room),
        (card, send, command, size, receive, response, room))
PASS_ON(SCardControl,
        (SCARDHANDLE card, DWORD code, LPCVOID input, DWORD size, LPVOID output, DWORD room, LPDWORD written),
        (card, code, input, size, output, room, written))
PASS_ON(SCardGetAttrib, (SCARDHANDLE card, DWORD id, LPBYTE value, LPDWORD size), (card, id, value, size))
PASS_ON(SCardSetAttrib, (SCARDHANDLE card, DWORD id, LPCBYTE value, DWORD size), (card, id, value, size))

__attribute__((visibility("hidden"))) const char *pcsc_stringify_error(const LONG code) {
  const char *(*f)(const LONG) = (const char *(*)(const LONG))find("pcsc_stringify_error");
  return f == NULL ? "no PC/SC library" : f(code);
}
