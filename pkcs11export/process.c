// SPDX-License-Identifier: Apache-2.0

//go:build !windows

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "process.h"

#include "clock.h"

#include <unistd.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

// On Linux the state of a process lies in a page that the kernel clears in
// forked processes: reading it costs a nanosecond, needs no handler to have
// run (one of the host may come first and call C_Initialize), and is not fooled
// by two processes that are both number 1 of their process namespaces. All
// zero is also what an unlocked mutex is. Elsewhere, and on kernels before
// 4.14, the process number is compared.
static struct process *page;
#define NEW_PROCESS                                                                                    \
  {                                                                                                    \
    .loading = {PTHREAD_MUTEX_INITIALIZER, 0}, .service = {PTHREAD_MUTEX_INITIALIZER, 0}, .workers = { \
      PTHREAD_MUTEX_INITIALIZER,                                                                       \
      NULL,                                                                                            \
      0                                                                                                \
    }                                                                                                  \
  }
static struct process ordinary = NEW_PROCESS;
static pid_t owner_of_ordinary;

// runtime_has_started is inherited by forked processes.
static int runtime_has_started;

struct process *this_process(void) {
  if (page != NULL) return page;
  if (owner_of_ordinary != getpid()) {
    static const struct process fresh = NEW_PROCESS;
    ordinary = fresh;
    owner_of_ordinary = getpid();
  }
  return &ordinary;
}

static void map_page(void) {
#ifdef MADV_WIPEONFORK
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return;
  if (madvise(p, size, MADV_WIPEONFORK) == 0)
    page = p;
  else
    munmap(p, size);
#endif
}

int owns_runtime(void) { return __atomic_load_n(&this_process()->runtime, __ATOMIC_ACQUIRE) == ALIVE; }

int inherited_runtime(void) {
  return __atomic_load_n(&runtime_has_started, __ATOMIC_ACQUIRE) &&
         __atomic_load_n(&this_process()->runtime, __ATOMIC_ACQUIRE) == NO_RUNTIME;
}

void note_runtime_starts(void) {
  __atomic_store_n(&this_process()->runtime, STARTING, __ATOMIC_RELEASE);
  __atomic_store_n(&runtime_has_started, 1, __ATOMIC_RELEASE);
}

const CK_FUNCTION_LIST_3_0 *forked_copy(void) { return __atomic_load_n(&this_process()->copy, __ATOMIC_ACQUIRE); }

// A fork waits for these two locks, as what they guard would be inherited half
// done: the loader's tables, and the lock inside the PC/SC library. It does
// not wait for ever: a PC/SC service may be stuck, and the host must not be.
enum { FORK_TIMEOUT = 2000 };  // milliseconds

static void lock_for_fork(struct fork_mutex *m, unsigned long long end) {
  while (pthread_mutex_trylock(&m->mutex) != 0) {
    if (milliseconds() > end) return;
    sleep_milliseconds(1);
  }
  __atomic_store_n(&m->forker, (uintptr_t)pthread_self(), __ATOMIC_RELAXED);
}

static void unlock_after_fork(struct fork_mutex *m) {
  if (__atomic_load_n(&m->forker, __ATOMIC_RELAXED) != (uintptr_t)pthread_self()) return;
  __atomic_store_n(&m->forker, 0, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&m->mutex);
}

static void before_fork(void) {
  unsigned long long end = milliseconds() + FORK_TIMEOUT;
  lock_for_fork(&this_process()->loading, end);
  lock_for_fork(&this_process()->service, end);
}

static void in_parent(void) {
  unlock_after_fork(&this_process()->service);
  unlock_after_fork(&this_process()->loading);
}

// Without a page the state is made anew here, before the child has threads.
static void in_child(void) { this_process(); }

void lock_service(void) { pthread_mutex_lock(&this_process()->service.mutex); }
void unlock_service(void) { pthread_mutex_unlock(&this_process()->service.mutex); }

void process_at_load(void) {
  map_page();
  owner_of_ordinary = getpid();
  pthread_atfork(before_fork, in_parent, in_child);
}
