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
#include <signal.h>
typedef sigset_t signal_mask;
#endif

// owns_runtime is 1 in the process whose Go runtime is alive, and 0 in a
// process forked from it.
int owns_runtime(void);

// fresh_runtime answers C_Initialize in a forked process. It never touches
// the Go runtime that was inherited.
CK_RV fresh_runtime(void);

// mask_signals blocks the asynchronous signals of the calling thread and
// returns the mask to restore. Go code runs on small stacks of its own; a
// handler of the host without SA_ONSTACK would write past their end.
signal_mask mask_signals(void);
void unmask_signals(const signal_mask *saved);

// A monotonic clock, and a sleep that goes on after a signal.
unsigned long long milliseconds(void);
void sleep_milliseconds(unsigned n);

#endif // TSCNS_GATE_H
