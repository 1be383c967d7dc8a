// SPDX-License-Identifier: Apache-2.0
//
// What the library knows of the process that it runs in: whether a Go runtime
// of its own is alive there, and the locks that a fork of the process waits for.

#ifndef TSCNS_PROCESS_H
#define TSCNS_PROCESS_H

#include "../include/pkcs11.h"

// owns_runtime returns 1 in the process whose Go runtime is alive, and 0 in a
// process forked from it.
int owns_runtime(void);

// inherited_runtime returns 1 in a forked process whose parent's Go runtime had
// started, and which has none of its own.
int inherited_runtime(void);

// forked_copy returns the functions of the library's copy that answers for it
// in a forked process, or NULL before C_Initialize there.
const CK_FUNCTION_LIST_3_0 *forked_copy(void);

// lock_service and unlock_service are the lock around opening and closing
// connections to the PC/SC service, which a fork waits for: the PC/SC library
// holds a lock of its own meanwhile, and the child would inherit it locked. The
// thread that locks is the one that unlocks.
void lock_service(void);
void unlock_service(void);

#ifndef _WIN32

#include <pthread.h>
#include <stdint.h>

// A mutex that a fork of the process waits for.
struct fork_mutex {
  pthread_mutex_t mutex;
  uintptr_t forker;  // the thread that holds it because it forks, 0 for none
};

// Threads of ours that wait for a call.
struct workers {
  pthread_mutex_t mutex;
  struct worker *idle;  // a list
  int count;            // its length
};

// The state of one process, which is all zero in a process forked from it.
enum { NO_RUNTIME, STARTING, ALIVE };
struct process {
  int runtime;                       // of this library, in this process
  const CK_FUNCTION_LIST_3_0 *copy;  // of the library, that answers in a forked process
  struct fork_mutex loading;         // held while the runtime starts or that copy is loaded
  struct fork_mutex service;         // lock_service
  struct workers workers;            // that answer for the host's threads (worker.c)
};
struct process *this_process(void);

// process_at_load makes the state. It is called once, when the library is
// loaded, before any other function here.
void process_at_load(void);

// note_runtime_starts sets the state to STARTING, just before the Go runtime
// starts.
void note_runtime_starts(void);

#endif

#endif  // TSCNS_PROCESS_H
