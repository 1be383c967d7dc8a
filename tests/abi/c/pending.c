// SPDX-License-Identifier: Apache-2.0
//
// Signals while a call waits for a card, which takes a second. The library is
// the one with the double tests/doubles/echo behind it. Argument: library.

#include "card.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

enum { GOOD = 1, SLOW = 4 };     // sessions of the double
static const double SOON = 0.4;  // seconds, on a busy machine: an idle one needs 5 ms

static CK_UTF8CHAR pin[] = "12345";

static CK_RV login(CK_SESSION_HANDLE session) { return f->C_Login(session, CKU_USER, pin, 5); }

static void pause_for(double time) {
  struct timespec t = {0, (long)(time * 1e9)};
  nanosleep(&t, NULL);
}

// A child is in the call when a signal comes that has its default action.

static void log_in_slowly(void *ready) {
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT(write(*(int *)ready, "x", 1) == 1, "write");
  login(SLOW);
  for (;;) pause();
}

static double ends_by(int signal) {
  int ends[2], status = 0;
  char byte;
  EXPECT(pipe(ends) == 0, "pipe");
  pid_t child = start_child(log_in_slowly, &ends[1]);
  EXPECT(read(ends[0], &byte, 1) == 1, "the child does not start");
  pause_for(0.1);
  double begin = seconds();
  kill(child, signal);
  EXPECT(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == signal, "status 0x%x",
         status);
  double took = seconds() - begin;
  EXPECT(took < SOON, "signal %d ended the program after %.0f ms", signal, took * 1000);
  return took;
}

// A thread is in the call when its handler is called.

static struct {
  double called;
  pthread_t thread;
  char *stack;
  void (*act)(void);
} handled;

static void on_signal(int s) {
  (void)s;
  char stack[64 << 10];  // more than Go would have
  memset(stack, 0x5a, sizeof stack);
  handled.called = seconds();
  handled.thread = pthread_self();
  handled.stack = stack;
  if (handled.act != NULL) handled.act();
}

static volatile pid_t forked = -1;
static void in_child_of_handler(CK_RV rv);

static atomic_int waiting;
static sigjmp_buf out;
static char *stack_of_thread;

static void *log_in_once(void *rv) {
  char here;
  stack_of_thread = &here;
  *(CK_RV *)rv = CKR_CANCEL;
  if (sigsetjmp(out, 1) != 0) return NULL;
  atomic_store(&waiting, 1);
  *(CK_RV *)rv = login(SLOW);
  if (forked == 0) in_child_of_handler(*(CK_RV *)rv);
  return NULL;
}

// interrupted has a thread log in, sends it a signal meanwhile, and returns
// what C_Login returned.
static CK_RV interrupted(void (*act)(void)) {
  pthread_t t;
  CK_RV rv = CKR_OK;
  memset(&handled, 0, sizeof handled);
  handled.act = act;
  atomic_store(&waiting, 0);
  pthread_create(&t, NULL, log_in_once, &rv);
  while (!atomic_load(&waiting)) sched_yield();
  pause_for(0.1);
  double begin = seconds();
  pthread_kill(t, SIGUSR1);
  pthread_join(t, NULL);
  EXPECT(handled.called != 0 && pthread_equal(handled.thread, t), "the handler was not called in the thread");
  EXPECT(handled.called - begin < SOON, "the handler was called after %.0f ms", (handled.called - begin) * 1000);
  long depth = stack_of_thread - handled.stack;
  EXPECT(depth > 0 && depth < 256 << 10, "the handler ran %ld bytes below the thread's stack", depth);
  return rv;
}

static void calls(void) {
  CK_INFO info;
  EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  EXPECT_RV(login(GOOD), CKR_OK);
}

static void forks(void) { forked = fork(); }
static void jumps(void) { siglongjmp(out, 1); }

// A child of the handler goes on in the thread that was interrupted, and has no
// thread that would end the call.
static void fork_in_handler(void) {
  int status = 0;
  EXPECT_RV(interrupted(forks), CKR_OK);
  EXPECT(waitpid(forked, &status, 0) == forked && WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x", status);
}

static void in_child_of_handler(CK_RV rv) {
  alarm(20);
  failures = 0;
  EXPECT_RV(rv, CKR_FUNCTION_FAILED);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(login(GOOD), CKR_OK);
  fflush(stdout);
  _exit(failures != 0);
}

// Many threads at once: each gets its own answer, and few threads stay.

static void *log_in_often(void *unused) {
  CK_UTF8CHAR wrong[] = "00000";
  for (int i = 0; i < 200; i++) {
    EXPECT_RV(login(GOOD), CKR_OK);
    EXPECT_RV(f->C_Login(GOOD, CKU_USER, wrong, 5), CKR_PIN_INCORRECT);
  }
  return unused;
}

static int threads_now(void) { return entries("/proc/self/task"); }

static void many_threads(void) {
  enum { THREADS = 32, STAY = 24 };  // of ours and of Go's
  pthread_t t[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&t[i], NULL, log_in_often, NULL);
  for (int i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
  for (int i = 0; i < 100 && threads_now() > STAY; i++) pause_for(0.05);
  EXPECT(threads_now() <= STAY, "%d threads stay", threads_now());
}

// The host's mask holds while the call waits.
static void blocked_signal(void) {
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  memset(&handled, 0, sizeof handled);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  pthread_kill(pthread_self(), SIGUSR1);
  EXPECT_RV(login(SLOW), CKR_OK);
  sigpending(&pending);
  EXPECT(handled.called == 0 && sigismember(&pending, SIGUSR1), "a blocked signal was delivered");
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  EXPECT(handled.called != 0, "the signal is lost");
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  f = load(argv[1]);
  double interrupt = ends_by(SIGINT), terminate = ends_by(SIGTERM);
  signal(SIGUSR1, on_signal);  // no SA_ONSTACK
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(interrupted(NULL), CKR_OK);
  EXPECT_RV(interrupted(calls), CKR_OK);
  fork_in_handler();
  EXPECT_RV(interrupted(jumps), CKR_CANCEL);
  pause_for(0.9);
  calls();
  blocked_signal();
  many_threads();
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  fprintf(stderr, "ended by SIGINT after %.1f ms, by SIGTERM after %.1f ms\n", interrupt * 1000, terminate * 1000);
  return done();
}
