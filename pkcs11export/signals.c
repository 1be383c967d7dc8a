// SPDX-License-Identifier: Apache-2.0

//go:build !windows

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "signals.h"

#include <stddef.h>

// Left open are the signals that the thread's own instructions raise, and the
// two that the Go runtime uses: SIGURG to preempt, SIGPROF to profile.
static void asynchronous(sigset_t *set) {
  static const int open[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF, SIGURG};
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
