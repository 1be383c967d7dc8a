// SPDX-License-Identifier: Apache-2.0
//
// When the Go runtime starts: at load, as the go tool has it, or where the
// library was linked with deferred.ld in the first C_Initialize. Then a host
// that never calls C_Initialize has no thread, no signal handler and little
// memory of ours; the environment is that of C_Initialize; and a system that is
// too narrow gets an error, while a Go runtime that cannot start would end the
// host.

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "start.h"

#ifdef __linux__

#include "handlers.h"
#include "process.h"
#include "rights.h"
#include "signals.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

typedef void (*init_function)(int, char **, char **);
extern const init_function __go_init_start[] __attribute__((weak, visibility("hidden")));
extern const init_function __go_init_end[] __attribute__((weak, visibility("hidden")));

int start_is_deferred(void) { return __go_init_start != NULL; }

// What the runtime takes in its first minutes: its threads, and address space
// for its tables (0.6 GB), for the stacks of these threads and for what malloc
// keeps for each of them (128 MB). Little of it ever becomes memory. Processes
// that signed for a while were seen to have 1.7 GB.
enum { THREADS = 8 };
static const size_t ADDRESS_SPACE = sizeof(void *) > 4 ? (size_t)2 << 30 : (size_t)512 << 20;  // bytes

struct trial {
  pthread_mutex_t barrier;
  pthread_t threads[THREADS];
};

static void *wait_at_barrier(void *trial) {
  pthread_mutex_t *barrier = &((struct trial *)trial)->barrier;
  pthread_mutex_lock(barrier);
  pthread_mutex_unlock(barrier);
  return NULL;
}

// try_system returns CKR_OK if the system gives what the runtime takes.
static CK_RV try_system(void) {
  void *space = mmap(NULL, ADDRESS_SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) return CKR_HOST_MEMORY;
  munmap(space, ADDRESS_SPACE);
  struct trial t = {.barrier = PTHREAD_MUTEX_INITIALIZER};
  int n = 0;
  pthread_mutex_lock(&t.barrier);  // all of them at once
  while (n < THREADS && pthread_create(&t.threads[n], NULL, wait_at_barrier, &t) == 0) n++;
  pthread_mutex_unlock(&t.barrier);
  for (int i = 0; i < n; i++) pthread_join(t.threads[i], NULL);
  return n == THREADS ? CKR_OK : CKR_HOST_MEMORY;
}

// The words that the kernel puts at the bottom of a program's stack, which the
// runtime reads on from its arguments: argv, environment, auxiliary vector. The
// host may have written over its own, and may change its environment later. In
// a program with more rights than its caller the environment is the caller's,
// and the runtime would read its own settings there (GODEBUG): it gets none.
static char **stack_of_program(void) {
  static const unsigned long wanted[] = {AT_PAGESZ, AT_RANDOM, AT_SECURE, AT_SYSINFO_EHDR, AT_HWCAP, AT_HWCAP2};
  enum { WANTED = sizeof wanted / sizeof wanted[0] };
  size_t variables = 0;
  if (environ != NULL && !started_with_more_rights())
    while (environ[variables] != NULL) variables++;
  char **words = calloc(2 + variables + 1 + 2 * (WANTED + 1), sizeof *words);
  if (words == NULL) return NULL;
  char **w = words;
  *w++ = (char *)"tscns-pkcs11";
  w++;  // NULL, the end of argv
  for (size_t i = 0; i < variables; i++)
    if ((*w = strdup(environ[i])) != NULL) w++;
  w++;
  for (size_t i = 0; i < WANTED; i++) {
    unsigned long value = getauxval(wanted[i]);
    if (value == 0) continue;
    *w++ = (char *)wanted[i];
    *w++ = (char *)value;
  }
  return words;  // the rest is 0: AT_NULL
}

CK_RV start_runtime(void) {
  struct process *p = this_process();
  CK_RV rv = CKR_OK;
  signal_mask saved = mask_signals();  // for the runtime's threads, too
  pthread_mutex_lock(&p->loading.mutex);
  if (p->runtime == NO_RUNTIME) {
    rv = try_system();
    char **words = rv == CKR_OK ? stack_of_program() : NULL;
    if (rv == CKR_OK && words == NULL) rv = CKR_HOST_MEMORY;
    if (rv == CKR_OK) {
      note_handlers();
      note_runtime_starts();
      for (const init_function *f = __go_init_start; f < __go_init_end; f++) (*f)(1, words, words + 2);
      keep_handlers();
      __atomic_store_n(&p->runtime, ALIVE, __ATOMIC_RELEASE);
    }
  }
  pthread_mutex_unlock(&p->loading.mutex);
  unmask_signals(&saved);
  return rv;
}

#else  // the dynamic linker has started it, but not in a forked process

int start_is_deferred(void) { return 0; }
CK_RV start_runtime(void) { return CKR_FUNCTION_FAILED; }

#endif
