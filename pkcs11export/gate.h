// SPDX-License-Identifier: Apache-2.0
//
// The gate between the host and Go: which process may enter, and with which
// signals.

#ifndef TSCNS_GATE_H
#define TSCNS_GATE_H

#include "bridge.h"

#ifdef _WIN32
typedef int signal_mask;
#else
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
typedef sigset_t signal_mask;

// A mutex that a fork of the process waits for.
struct fork_mutex {
  pthread_mutex_t mutex;
  uintptr_t forker; // the thread that holds it because it forks, 0 for none
};

// What belongs to one process and is all zero in a process forked from it.
enum { NO_RUNTIME, STARTING, ALIVE };
struct process {
  int runtime;                      // of this library, in this process
  const CK_FUNCTION_LIST_3_0 *copy; // of the fresh copy that answers in a forked process
  struct fork_mutex loading;        // held while that copy is loaded
  struct fork_mutex service;        // lock_service
};
struct process *this_process(void);

// note_own_file notes at load where the library's file is, runtime_starts just
// before the Go runtime starts that it does, and which signal handlers the host
// has: load_copy needs both. runtime_started gives the host back what the
// runtime took of them.
void note_own_file(void);
void runtime_starts(void);
void runtime_started(void);

// keep_handlers lets the handlers that the host had, by signal, be called where
// the Go runtime, which has started, would not.
void keep_handlers(const struct sigaction *host);

// start_is_deferred tells whether the Go runtime is not started by the dynamic
// linker.
int start_is_deferred(void);

// load_from_memory loads a copy of a shared library's file under the name that
// its descriptor has below a directory: IN_MEMORY, spelled in whatever way. It
// returns what dlopen does, or NULL.
#define IN_MEMORY "/proc/self/fd/"
void *load_from_memory(const char *file, const char *directory);
#endif

// owns_runtime is 1 in the process whose Go runtime is alive, and 0 in a
// process forked from it.
int owns_runtime(void);

// start_runtime starts the Go runtime in this process, where that is deferred,
// or says why the system does not allow it: CKR_HOST_MEMORY.
CK_RV start_runtime(void);

// inherited_runtime is 1 in a forked process whose parent's Go runtime had
// started, and which has none of its own.
int inherited_runtime(void);

// forked_copy returns the functions of the library's copy that answers for it
// in a forked process, or NULL before C_Initialize there.
const CK_FUNCTION_LIST_3_0 *forked_copy(void);

// load_copy gives a forked process a Go runtime of its own: it loads a copy of
// the library and returns its functions, or NULL where the system allows none.
// It never touches the runtime that was inherited.
const CK_FUNCTION_LIST_3_0 *load_copy(void);

// mask_signals blocks the asynchronous signals of the calling thread and
// returns the mask to restore. Go code runs on small stacks of its own; a
// handler of the host without SA_ONSTACK would write past their end. Handlers
// of signals that cannot be blocked there get SA_ONSTACK.
signal_mask mask_signals(void);
void unmask_signals(const signal_mask *saved);

// A monotonic clock, and a sleep that goes on after a signal.
unsigned long long milliseconds(void);
void sleep_milliseconds(unsigned n);

#endif // TSCNS_GATE_H
