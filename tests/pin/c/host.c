// SPDX-License-Identifier: Apache-2.0
//
// A host that does one thing for each line on its standard input and answers
// each with a line: the return value, or what it found. It is careful with the
// PIN: it reads byte by byte into memory that is in no core dump, and wipes it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkcs11.h"

static CK_FUNCTION_LIST_3_0 *f;
static CK_SESSION_HANDLE session;
static char *line;  // in a page of its own
static char *held;  // another, for the PIN of a login in a thread
enum { PAGE = 4096 };

static void answer(const char *what, CK_ULONG n) {
  char text[64];
  int size = snprintf(text, sizeof text, "%s %lx\n", what, n);
  if (write(1, text, (size_t)size) != size) exit(3);
}

static int read_line(void) {
  size_t n = 0;
  for (; n < PAGE - 1; n++) {
    if (read(0, line + n, 1) != 1) return 0;
    if (line[n] == '\n') break;
  }
  line[n] = 0;
  return 1;
}

// Byte by byte: the C library's functions take a string and what follows it
// into wide registers, which the dynamic linker may save on the stack.
static int same(const char *a, const char *b) {
  for (; *a == *b; a++, b++)
    if (*a == 0) return 1;
  return 0;
}

static CK_ULONG length(const char *s) {
  CK_ULONG n = 0;
  while (s != NULL && s[n] != 0) n++;
  return n;
}

// The next word of the line; "-" is a NULL pointer.
static char *word(char **rest) {
  char *w = *rest;
  if (w == NULL) return NULL;
  char *end = w;
  while (*end != 0 && *end != ' ') end++;
  *rest = *end == 0 ? NULL : end + 1;
  *end = 0;
  return same(w, "-") ? NULL : w;
}

static CK_RV open_session(void) {
  CK_SLOT_ID slots[16];
  CK_ULONG n = 16;
  CK_RV rv = f->C_GetSlotList(CK_TRUE, slots, &n);
  if (rv != CKR_OK) return rv;
  if (n == 0) return CKR_TOKEN_NOT_PRESENT;
  return f->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
}

static CK_RV flags(void) {
  CK_SESSION_INFO s;
  CK_TOKEN_INFO t;
  CK_RV rv = f->C_GetSessionInfo(session, &s);
  if (rv == CKR_OK) rv = f->C_GetTokenInfo(s.slotID, &t);
  if (rv == CKR_OK) answer("flags", t.flags);
  return rv;
}

static CK_RV sign(void) {
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE t = {CKA_CLASS, &class, sizeof class};
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
  CK_BYTE signature[512];
  CK_OBJECT_HANDLE key = 0;
  CK_ULONG n = 0, size = sizeof signature;
  CK_RV rv = f->C_FindObjectsInit(session, &t, 1);
  if (rv != CKR_OK) return rv;
  f->C_FindObjects(session, &key, 1, &n);
  f->C_FindObjectsFinal(session);
  if (n == 0) return CKR_USER_NOT_LOGGED_IN;  // a private object shows to its user only
  rv = f->C_SignInit(session, &m, key);
  return rv == CKR_OK ? f->C_Sign(session, (CK_BYTE_PTR) "dati", 4, signature, &size) : rv;
}

// The control: a host that is careless with the PIN.
static void keep(const char *pin) {
  static char *volatile kept;
  kept = strdup(pin);
  (void)kept;
}

// A login in a thread of its own, whose PIN the host keeps in its second page.
static void *log_in(void *unused) {
  (void)unused;
  f->C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)held, length(held));
  explicit_bzero(held, PAGE);
  return NULL;
}

static CK_RV start_login(const char *pin) {
  pthread_t t;
  for (size_t i = 0; i <= length(pin); i++) held[i] = pin[i];
  if (pthread_create(&t, NULL, log_in, NULL) != 0) return CKR_HOST_MEMORY;
  pthread_detach(t);
  return CKR_OK;
}

// Counts the places of a text in the memory of this process that can be written,
// but for the two pages above.
static CK_ULONG count(const char *text) {
  char entry[512];
  CK_ULONG found = 0, n = length(text);
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps != NULL && fgets(entry, sizeof entry, maps) != NULL) {
    unsigned long from, to;
    char rights[8];
    if (sscanf(entry, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' || rights[1] != 'w') continue;
    for (const char *p = (const char *)from; p + n <= (const char *)to; p++) {
      if (p >= line && p < held + PAGE) continue;
      CK_ULONG i = 0;
      while (i < n && p[i] == text[i]) i++;
      if (i == n) found++;
    }
  }
  if (maps != NULL) fclose(maps);
  return found;
}

// The same in a forked process.
static CK_ULONG count_in_child(const char *text) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) _exit(count(text) > 0);
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? (CK_ULONG)WEXITSTATUS(status) : 99;
}

static CK_RV obey(const char *command, char *rest) {
  char *a = word(&rest), *b = word(&rest);
  CK_SESSION_INFO info;
  if (same(command, "init")) return f->C_Initialize(NULL);
  if (same(command, "open")) return open_session();
  if (same(command, "flags")) return flags();
  if (same(command, "login")) return f->C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)a, length(a));
  if (same(command, "start")) return start_login(a);
  if (same(command, "count")) return count(a);
  if (same(command, "forkcount")) return count_in_child(a);
  if (same(command, "so")) return f->C_Login(session, CKU_SO, (CK_UTF8CHAR_PTR)a, length(a));
  if (same(command, "setpin"))
    return f->C_SetPIN(session, (CK_UTF8CHAR_PTR)a, length(a), (CK_UTF8CHAR_PTR)b, length(b));
  if (same(command, "initpin")) return f->C_InitPIN(session, (CK_UTF8CHAR_PTR)a, length(a));
  if (same(command, "sign")) return sign();
  if (same(command, "logout")) return f->C_Logout(session);
  if (same(command, "close")) return f->C_CloseSession(session);
  if (same(command, "closeall"))
    return f->C_GetSessionInfo(session, &info) == CKR_OK ? f->C_CloseAllSessions(info.slotID)
                                                         : CKR_SESSION_HANDLE_INVALID;
  if (same(command, "finalize")) return f->C_Finalize(NULL);
  if (same(command, "abort")) abort();
  if (same(command, "exit")) exit(0);
  exit(4);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_CORE, &unlimited);
#ifdef PR_SET_PTRACER
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // for the debugger that dumps
#endif
  line = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (line == MAP_FAILED || madvise(line, 2 * PAGE, MADV_DONTDUMP) != 0) return 5;
  held = line + PAGE;
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    puts(dlerror());
    return 2;
  }
  CK_INTERFACE_PTR i = NULL;
  CK_C_GetInterface get = (CK_C_GetInterface)dlsym(library, "C_GetInterface");
  if (get == NULL || get(NULL, NULL, &i, 0) != CKR_OK) return 3;
  f = i->pFunctionList;
  while (read_line()) {
    char *rest = line, *command = word(&rest);
    if (command != NULL && same(command, "keep")) {
      keep(rest);
      answer("rv", 0);
    } else {
      answer("rv", obey(command, rest));
    }
    explicit_bzero(line, PAGE);
  }
  return 0;
}
