// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C while C_WaitForSlotEvent waits: a program without a handler ends by
// it, a handler is called at once, and C_Finalize of another thread ends the
// wait.

#include "card.h"

#include <pthread.h>
#include <stdatomic.h>

enum { PROMPT = 2 };  // seconds: signals wait for a slice of 250 ms

static atomic_int interrupted, waiting;

static void on_interrupt(int s) { atomic_store(&interrupted, s); }

static void *waits(void *result) {
  CK_SLOT_ID slot;
  atomic_store(&waiting, 1);
  *(CK_RV *)result = f->C_WaitForSlotEvent(0, &slot, NULL);
  return NULL;
}

// Time until a condition holds, or -1 after PROMPT seconds.
static double until(int (*met)(void)) {
  const struct timespec pause = {0, 1000000};
  for (double begin = seconds(); seconds() - begin < PROMPT; nanosleep(&pause, NULL))
    if (met()) return seconds() - begin;
  return -1;
}

static int was_interrupted(void) { return atomic_load(&interrupted) == SIGINT; }

static pid_t child;
static int status;
static int has_ended(void) { return waitpid(child, &status, WNOHANG) == child; }

// Writes a byte when all is ready, then waits for good.
static void wait_in_child(void *ready) {
  CK_RV rv;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT(write(*(int *)ready, "x", 1) == 1, "write");
  waits(&rv);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  f = load(argv[1]);
  int ends[2];
  char byte;
  EXPECT(pipe(ends) == 0, "pipe");
  child = start_child(wait_in_child, &ends[1]);
  EXPECT(read(ends[0], &byte, 1) == 1, "the child does not start");
  kill(child, SIGINT);
  double ended = until(has_ended);
  EXPECT(ended >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "after %.1f s status 0x%x", ended, status);
  if (ended < 0) kill(child, SIGKILL);

  signal(SIGINT, on_interrupt);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  // The signal goes to this very thread, which the handler must reach while
  // another one ends the wait.
  pthread_t t;
  CK_RV rv = CKR_OK;
  pthread_create(&t, NULL, waits, &rv);
  while (!atomic_load(&waiting)) sched_yield();
  double begin = seconds();
  pthread_kill(t, SIGINT);
  double handled = until(was_interrupted);
  EXPECT(handled >= 0, "the handler was not called within %d s", PROMPT);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  double finalized = seconds();
  pthread_join(t, NULL);
  EXPECT_RV(rv, CKR_CRYPTOKI_NOT_INITIALIZED);
  EXPECT(seconds() - finalized < PROMPT, "the wait ended %.1f s after C_Finalize", seconds() - finalized);
  fprintf(stderr, "default action after %.0f ms, handler after %.0f ms, all over after %.0f ms\n", ended * 1000,
          handled * 1000, (seconds() - begin) * 1000);
  return done();
}
