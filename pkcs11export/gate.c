// SPDX-License-Identifier: Apache-2.0

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "gate.h"

#include <time.h>

#ifdef _WIN32

#include <windows.h>

// Windows has no fork. But at the exit of a process it ends all threads and
// then tells the libraries (DLL_PROCESS_DETACH), some of which still call: the Go
// runtime has lost its threads by then, as in a forked process.
static BOOLEAN(NTAPI *is_ending)(void); // RtlDllShutdownInProgress

int owns_runtime(void) { return is_ending == NULL || !is_ending(); }
int inherited_runtime(void) { return !owns_runtime(); }
CK_RV start_runtime(void) { return CKR_OK; }
const CK_FUNCTION_LIST_3_0 *forked_copy(void) { return NULL; }
const CK_FUNCTION_LIST_3_0 *load_copy(void) { return NULL; }

signal_mask mask_signals(void) { return 0; }
void unmask_signals(const signal_mask *saved) { (void)saved; }

static SRWLOCK service = SRWLOCK_INIT;
void lock_service(void) { AcquireSRWLockExclusive(&service); }
void unlock_service(void) { ReleaseSRWLockExclusive(&service); }

unsigned long long milliseconds(void) { return GetTickCount64(); }
void sleep_milliseconds(unsigned n) { Sleep(n); }

// A Go runtime cannot be unloaded: FreeLibrary would take its code away from
// under its threads. Windows has no linker flag for that, so the library keeps
// itself in the process from the moment it is loaded.
static void __attribute__((constructor)) at_load(void) {
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(void *)at_load,
                     &self);
  is_ending = (BOOLEAN(NTAPI *)(void))(void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlDllShutdownInProgress");
}

#else

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

// The state of a process. On Linux it lies in a page that the kernel clears in
// forked processes: reading it costs a nanosecond, needs no handler to have
// run (one of the host may come first and call C_Initialize), and is not fooled
// by two processes that are both number 1 of their process namespaces. All
// zero is also what an unlocked mutex is. Elsewhere, and on kernels before
// 4.14, the process number is compared.
static struct process *page;
#define NEW_PROCESS {NO_RUNTIME, NULL, {PTHREAD_MUTEX_INITIALIZER, 0}, {PTHREAD_MUTEX_INITIALIZER, 0}}
static struct process ordinary = NEW_PROCESS;
static pid_t owner_of_ordinary;

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

const CK_FUNCTION_LIST_3_0 *forked_copy(void) {
  return __atomic_load_n(&this_process()->copy, __ATOMIC_ACQUIRE);
}

// A fork waits for these two locks, as what they guard would be inherited half
// done: the loader's tables, and the lock inside the PC/SC library. It does
// not wait for ever: a PC/SC service may be stuck, and the host must not be.
enum { FORK_PATIENCE = 2000 }; // milliseconds

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
  unsigned long long end = milliseconds() + FORK_PATIENCE;
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

static void __attribute__((constructor(101))) at_load(void) {
  map_page();
  owner_of_ordinary = getpid();
  note_own_file();
  pthread_atfork(before_fork, in_parent, in_child);
  if (start_is_deferred()) return;
  runtime_starts();
  this_process()->runtime = ALIVE;
}

// Left open are the signals that the thread's own instructions raise, and the
// two that the Go runtime uses: SIGURG to preempt, SIGPROF to profile.
static void asynchronous(sigset_t *set) {
  static const int open[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL, SIGTRAP,
                             SIGABRT, SIGSYS, SIGPROF, SIGURG};
  sigfillset(set);
  for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) sigdelset(set, open[i]);
}

// Some signals stay open all the same: the Go runtime opens them in every
// thread that it enters (runtime/sigtab_linux_generic.go, _SigUnblock). A
// handler that the host has for one of them is told to use the signal stack,
// which each such thread has; the Go runtime does so to handlers that it finds
// when it starts. The host may set another handler at the same moment: what
// was replaced is looked at, and comes back if it was not what was expected.
static void move_handler_off_stack(int s) {
  struct sigaction now, replaced;
  if (sigaction(s, NULL, &now) != 0) return;
  while (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN && !(now.sa_flags & SA_ONSTACK)) {
    struct sigaction moved = now;
    moved.sa_flags |= SA_ONSTACK;
    if (sigaction(s, &moved, &replaced) != 0 || replaced.sa_handler == now.sa_handler) return;
    if (replaced.sa_handler == SIG_DFL || replaced.sa_handler == SIG_IGN || (replaced.sa_flags & SA_ONSTACK))
      sigaction(s, &replaced, NULL);
    now = replaced;
  }
}

signal_mask mask_signals(void) {
  static const int opened[] = {SIGCHLD, SIGPROF, SIGURG};
  for (size_t i = 0; i < sizeof opened / sizeof opened[0]; i++) move_handler_off_stack(opened[i]);
  sigset_t set, saved;
  asynchronous(&set);
  pthread_sigmask(SIG_BLOCK, &set, &saved);
  return saved;
}

void unmask_signals(const signal_mask *saved) { pthread_sigmask(SIG_SETMASK, saved, NULL); }

// The threads of Go inherit the mask of the one that loads the library, and
// must not take the host's signals either: block before Go's own constructor,
// which has no priority and comes first in the link, and restore after it.
static sigset_t mask_of_loader;

static void __attribute__((constructor(102))) mask_at_load(void) { mask_of_loader = mask_signals(); }

static void __attribute__((constructor)) unmask_at_load(void) {
  if (!start_is_deferred()) runtime_started();
  unmask_signals(&mask_of_loader);
}

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
