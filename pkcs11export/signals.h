// SPDX-License-Identifier: Apache-2.0
//
// The signals of a thread while it is in Go code.

#ifndef TSCNS_SIGNALS_H
#define TSCNS_SIGNALS_H

#ifdef _WIN32

typedef int signal_mask;
static inline signal_mask mask_signals(void) { return 0; }
static inline void unmask_signals(const signal_mask *saved) { (void)saved; }

#else

#include <signal.h>

typedef sigset_t signal_mask;

// mask_signals blocks the asynchronous signals of the calling thread and
// returns the mask to restore. Go code runs on small stacks of its own; a
// handler of the host without SA_ONSTACK would write past their end. Handlers
// of signals that cannot be blocked there get SA_ONSTACK.
signal_mask mask_signals(void);
void unmask_signals(const signal_mask *saved);

#endif

#endif  // TSCNS_SIGNALS_H
