// SPDX-License-Identifier: Apache-2.0

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "gate.h"

#include <time.h>

CK_RV fresh_runtime(void) { return CKR_FUNCTION_FAILED; }

#ifdef _WIN32

#include <windows.h>

int owns_runtime(void) { return 1; } // Windows has no fork

signal_mask mask_signals(void) { return 0; }
void unmask_signals(const signal_mask *saved) { (void)saved; }

unsigned long long milliseconds(void) { return GetTickCount64(); }
void sleep_milliseconds(unsigned n) { Sleep(n); }

#else

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

// The mark of the process that loaded the library. On Linux it lies in a page
// that the kernel clears in forked processes: reading it costs a nanosecond,
// and it is not fooled by two processes that are both number 1 of their
// process namespaces. Elsewhere, and on kernels before 4.14, the process
// number is compared.
static volatile int *mark;
static pid_t loader;

static void __attribute__((constructor(101))) set_mark(void) {
  loader = getpid();
#ifdef MADV_WIPEONFORK
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return;
  if (madvise(p, page, MADV_WIPEONFORK) != 0) {
    munmap(p, page);
    return;
  }
  mark = p;
  *mark = 1;
#endif
}

int owns_runtime(void) { return mark != NULL ? *mark : getpid() == loader; }

// Left open are the signals that the thread's own instructions raise, and the
// two that the Go runtime uses: SIGURG to preempt, SIGPROF to profile.
static void asynchronous(sigset_t *set) {
  static const int open[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL, SIGTRAP,
                             SIGABRT, SIGSYS, SIGPROF, SIGURG};
  sigfillset(set);
  for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) sigdelset(set, open[i]);
}

signal_mask mask_signals(void) {
  sigset_t set, saved;
  asynchronous(&set);
  pthread_sigmask(SIG_BLOCK, &set, &saved);
  return saved;
}

void unmask_signals(const signal_mask *saved) { pthread_sigmask(SIG_SETMASK, saved, NULL); }

// The threads of Go inherit the mask of the one that loads the library, and
// must not take the host's signals either: block before Go's own constructor,
// which has no priority and comes first in the link, and restore after it.
static sigset_t at_load;

static void __attribute__((constructor(102))) mask_at_load(void) { at_load = mask_signals(); }

static void __attribute__((constructor)) unmask_at_load(void) { unmask_signals(&at_load); }

unsigned long long milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
}

void sleep_milliseconds(unsigned n) {
  struct timespec t = {n / 1000, (long)(n % 1000) * 1000000};
  while (nanosleep(&t, &t) != 0 && errno == EINTR) {
  }
}

#endif
