// SPDX-License-Identifier: Apache-2.0
//
// Handlers that the host had before the Go runtime started. The runtime puts
// its own in their place for four signals and passes on to the host the faults
// of C code alone (runtime/signal_unix.go, sigfwdgo): a SIGSEGV, SIGBUS or
// SIGFPE that a program sends ends the process, a SIGURG reaches nobody; and a
// host in Go, which preempts its goroutines by SIGURG, waits for ever for one
// that makes no call. So one of ours comes before that of the runtime, where
// the host has one.

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "handlers.h"

#ifdef __linux__

#include <dlfcn.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

static struct sigaction of_runtime[NSIG], of_host[NSIG];

// Whether a thread was in Go code, or about to be: the signals that are blocked
// there all are (signals.c).
static int in_go(const ucontext_t *c) {
  static const int blocked[] = {SIGHUP, SIGINT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGIO, SIGWINCH};
  for (size_t i = 0; i < sizeof blocked / sizeof blocked[0]; i++)
    if (!sigismember(&c->uc_sigmask, blocked[i])) return 0;
  return 1;
}

static void dispatch(int s, siginfo_t *info, void *context) {
  int to_runtime, to_host;
  if (s == SIGURG) {
    // The runtime sends it to its own threads and to those that it serves, and
    // a host may send it to its own: the runtime is not bothered by one too
    // many.
    to_runtime = info->si_code == SI_TKILL && info->si_pid == getpid();
    to_host = !(to_runtime && in_go(context));
  } else {
    to_host = info->si_code <= 0;  // sent by a program
    to_runtime = !to_host;
  }
  if (to_runtime) of_runtime[s].sa_sigaction(s, info, context);
  if (to_host) of_host[s].sa_sigaction(s, info, context);
}

static int is_set(const struct sigaction *a) { return a->sa_handler != SIG_DFL && a->sa_handler != SIG_IGN; }

void note_handlers(void) {
  for (int s = 1; s < NSIG; s++) sigaction(s, NULL, &of_host[s]);
}

void keep_handlers(void) {
  static const int taken[] = {SIGSEGV, SIGBUS, SIGFPE, SIGURG};
  for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
    int s = taken[i];
    struct sigaction now;
    if (!is_set(&of_host[s]) || sigaction(s, NULL, &now) != 0 || !is_set(&now)) continue;
    if (now.sa_handler == of_host[s].sa_handler) continue;  // the runtime left it alone
    of_runtime[s] = now;
    now.sa_sigaction = dispatch;
    sigaction(s, &now, NULL);
  }
}

void restore_handlers(void) {
  Dl_info self, handler;
  if (dladdr((void *)restore_handlers, &self) == 0) return;
  for (int s = 1; s < NSIG; s++) {
    struct sigaction now;
    if (sigaction(s, NULL, &now) != 0 || !is_set(&now)) continue;
    if (dladdr((void *)now.sa_handler, &handler) != 0 && handler.dli_fbase == self.dli_fbase)
      sigaction(s, &of_host[s], NULL);
  }
}

#else

void note_handlers(void) {}
void keep_handlers(void) {}
void restore_handlers(void) {}

#endif
