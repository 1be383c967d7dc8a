// SPDX-License-Identifier: Apache-2.0

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "worker.h"

#include "signals.h"

static CK_RV run_here(CK_RV (*f)(const uintptr_t *), const uintptr_t *arguments) {
  signal_mask saved = mask_signals();
  CK_RV rv = f(arguments);
  unmask_signals(&saved);
  return rv;
}

#ifdef __linux__

#include "process.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// MOST_IDLE threads stay for the next calls.
enum { MOST_IDLE = 4 };

// A call is shared by the thread of the host and the worker: the one may leave
// it by longjmp, and the last to let go frees it.
struct call {
  CK_RV (*function)(const uintptr_t *);
  uintptr_t arguments[MOST_ARGUMENTS];
  CK_RV rv;
  unsigned done;  // what the host's thread waits for
  int users;
};

struct worker {
  struct call *call;
  unsigned assigned;  // what the worker waits for
  struct worker *next;
};

// wait_while sleeps while a word is 0, for a while: a process forked in a signal
// handler has no thread that would change it.
static void wait_while_zero(unsigned *word) {
  static const struct timespec a_while = {0, 100000000};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, &a_while, NULL, 0);
}

static void sleep_while_zero(unsigned *word) { syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0); }

static void set_and_wake(unsigned *word) {
  __atomic_store_n(word, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int is_set(const unsigned *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE) != 0; }

static void let_go(struct call *c) {
  if (__atomic_sub_fetch(&c->users, 1, __ATOMIC_ACQ_REL) == 0) free(c);
}

// rest puts a worker back, before the host's thread is told, whose next call
// then finds it. It returns 0 where enough of them rest.
static int rest(struct worker *w) {
  struct workers *all = &this_process()->workers;
  pthread_mutex_lock(&all->mutex);
  int stays = all->count < MOST_IDLE;
  if (stays) {
    w->next = all->idle;
    all->idle = w;
    all->count++;
  }
  pthread_mutex_unlock(&all->mutex);
  return stays;
}

static void *work(void *worker) {
  struct worker *w = worker;
  for (int stays = 1; stays;) {
    while (!is_set(&w->assigned)) sleep_while_zero(&w->assigned);
    struct call *c = w->call;
    w->assigned = 0;
    c->rv = c->function(c->arguments);
    mask_signals();  // Go has opened some
    stays = rest(w);
    if (!stays) free(w);
    set_and_wake(&c->done);
    let_go(c);
  }
  return NULL;
}

// assign gives a call to a worker, and returns 0 where there is none to be had.
// The signals are masked: a handler that makes a call would wait for the mutex,
// and a new thread inherits the mask.
static int assign(struct call *c) {
  struct workers *all = &this_process()->workers;
  pthread_mutex_lock(&all->mutex);
  struct worker *w = all->idle;
  if (w != NULL) {
    all->idle = w->next;
    all->count--;
  }
  pthread_mutex_unlock(&all->mutex);
  if (w != NULL) {
    w->call = c;
    set_and_wake(&w->assigned);
    return 1;
  }
  pthread_t thread;
  w = calloc(1, sizeof *w);
  if (w == NULL) return 0;
  w->call = c;
  w->assigned = 1;
  if (pthread_create(&thread, NULL, work, w) == 0) return pthread_detach(thread) == 0;
  free(w);
  return 0;
}

CK_RV run_in_worker(CK_RV (*f)(const uintptr_t *), const uintptr_t *arguments, size_t n) {
  struct call *c = calloc(1, sizeof *c);
  if (c == NULL) return run_here(f, arguments);
  c->function = f;
  c->users = 2;
  memcpy(c->arguments, arguments, n * sizeof *arguments);
  signal_mask saved = mask_signals();
  int assigned = assign(c);
  unmask_signals(&saved);
  if (!assigned) {
    free(c);
    return run_here(f, arguments);
  }
  while (!is_set(&c->done)) {
    wait_while_zero(&c->done);
    if (!owns_runtime()) return CKR_FUNCTION_FAILED;  // forked by a handler
  }
  CK_RV rv = c->rv;
  let_go(c);
  return rv;
}

#else

CK_RV run_in_worker(CK_RV (*f)(const uintptr_t *), const uintptr_t *arguments, size_t n) {
  (void)n;
  return run_here(f, arguments);
}

#endif
