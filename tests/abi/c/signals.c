// SPDX-License-Identifier: Apache-2.0
//
// The host's own signal handlers. Arguments: library, "before" or "after"
// loading they are set, "own" or "alternate" stack. Every signal reaches its
// handler, once, in the main thread and in others, before, between and after
// calls of the library, and in forked children; what the host leaves to the
// system or ignores stays so.

#include "card.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/time.h>

static atomic_int count[NSIG];
static __thread sigjmp_buf resume;
static const int handled[] = {SIGSEGV, SIGBUS, SIGFPE, SIGPIPE, SIGCHLD, SIGALRM, SIGUSR1, SIGTERM, SIGPROF, SIGURG};
enum { HANDLED = sizeof handled / sizeof handled[0] };

static void handler(int s, siginfo_t *info, void *context) {
  (void)context;
  atomic_fetch_add(&count[s], 1);
  if ((s == SIGSEGV || s == SIGBUS || s == SIGFPE) && info->si_code > 0) siglongjmp(resume, 1);  // a fault of ours
}

static void set_handlers(int flags) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_sigaction = handler;
  a.sa_flags = SA_SIGINFO | SA_RESTART | flags;
  for (int i = 0; i < HANDLED; i++) sigaction(handled[i], &a, NULL);
}

static void signal_stack(void) {
  stack_t s = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  sigaltstack(&s, NULL);
}

static volatile int zero;

// A fault of the thread's own instructions.
static void fault(int s) {
  if (sigsetjmp(resume, 1) != 0) return;
  if (s == SIGSEGV) *(volatile int *)(uintptr_t)zero = 1;
  if (s == SIGFPE) zero = 7 / zero;  // not 1: the compiler knows a way to divide 1 without dividing
}

static void once(const char *where, int s, void (*cause)(int)) {
  int before = atomic_load(&count[s]);
  cause(s);
  const struct timespec pause = {0, 1000000};  // a signal to the process may take another thread
  for (int i = 0; i < 2000 && atomic_load(&count[s]) == before; i++) nanosleep(&pause, NULL);
  EXPECT(atomic_load(&count[s]) == before + 1, "%s: signal %d reached its handler %d times", where, s,
         atomic_load(&count[s]) - before);
}

static void raise_it(int s) { raise(s); }
static void send_it(int s) { kill(getpid(), s); }

static void broken_pipe(int s) {
  int ends[2];
  EXPECT(pipe(ends) == 0, "pipe");
  close(ends[0]);
  EXPECT(write(ends[1], "x", 1) == -1, "signal %d: the pipe is not broken", s);
  close(ends[1]);
}

static void child_ends(int s) {
  (void)s;
  pid_t child = fork();
  if (child == 0) _exit(0);
  while (waitpid(child, NULL, 0) < 0) {
  }
}

static void timer_runs_out(int s) {
  (void)s;
  struct itimerval soon = {{0, 0}, {0, 1000}};
  setitimer(ITIMER_REAL, &soon, NULL);
}

static void all(const char *where) {
  once(where, SIGSEGV, fault);
  once(where, SIGFPE, fault);
  once(where, SIGPIPE, broken_pipe);
  once(where, SIGCHLD, child_ends);
  once(where, SIGALRM, timer_runs_out);
  for (int i = 0; i < HANDLED; i++) {
    once(where, handled[i], raise_it);
    once(where, handled[i], send_it);
  }
}

static void use(void) {
  CK_INFO info;
  CK_ULONG n = 0;
  for (int i = 0; i < 10; i++) EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  EXPECT_RV(f->C_GetSlotList(CK_FALSE, NULL, &n), CKR_OK);
}

static void *thread(void *uses) {
  if (uses != NULL) use();
  all(uses != NULL ? "a thread that uses the library" : "a thread that does not");
  return NULL;
}

static void in_threads(void) {
  pthread_t t;
  for (int uses = 0; uses < 2; uses++) {
    pthread_create(&t, NULL, thread, uses ? &t : NULL);
    pthread_join(t, NULL);
  }
}

static void child(void *unused) {
  (void)unused;
  all("a child");
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  use();
  all("a child that uses the library");
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  all("a child after C_Finalize");
}

// What the system does to a process that has no handler: it ends it.
static void defaults(void *s) {
  int number = *(int *)s;
  signal(number, SIG_DFL);
  use();
  if (number == SIGSEGV) *(volatile int *)(uintptr_t)zero = 1;
  if (number == SIGPIPE) broken_pipe(number);
  raise(number);
}

static void child_defaults(void *s) {
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  defaults(s);
}

static void ended_by_signal(int s) {
  int status = 0;
  waitpid(start_child(child_defaults, &s), &status, 0);
  EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == s, "signal %d: status 0x%x", s, status);
}

// An ignored signal stays ignored.
static void ignored(void) {
  struct sigaction before, now;
  sigaction(SIGPIPE, NULL, &before);
  signal(SIGPIPE, SIG_IGN);
  use();
  broken_pipe(SIGPIPE);
  sigaction(SIGPIPE, NULL, &now);
  EXPECT(now.sa_handler == SIG_IGN, "SIGPIPE is not ignored any more");
  sigaction(SIGPIPE, &before, NULL);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int flags = strcmp(argv[3], "alternate") == 0 ? SA_ONSTACK : 0;
  if (flags) signal_stack();
  if (strcmp(argv[2], "before") == 0) set_handlers(flags);
  f = load(argv[1]);
  if (strcmp(argv[2], "after") == 0) set_handlers(flags);
  if (strcmp(argv[2], "later") != 0) all("after loading");
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  if (strcmp(argv[2], "later") == 0) set_handlers(flags);
  use();
  all("the main thread");
  in_threads();
  run_child("child", 60, child, NULL);
  ignored();
  int ending[] = {SIGSEGV, SIGPIPE, SIGTERM, SIGINT, SIGHUP};
  for (int i = 0; i < 5; i++) ended_by_signal(ending[i]);
  all("at the end");
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  all("after C_Finalize");
  return done();
}
