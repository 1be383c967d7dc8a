// SPDX-License-Identifier: Apache-2.0
//
// A host that is showered with a signal while its threads sign. The handler
// has no SA_ONSTACK and wants 12 KB of stack: on a stack of Go it would write
// past the end. Arguments: library, signal, "before" or "after" loading the
// handler is set, seconds.

#include "card.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/time.h>

static atomic_int stop, failed;
static atomic_long signals, signatures;

static void handler(int s) {
  volatile char room[12 * 1024];
  for (size_t i = 0; i < sizeof room; i++) room[i] = 0x5a;
  atomic_fetch_add(&signals, room[s] == 0x5a);
}

static void set_handler(int s) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = handler;
  a.sa_flags = SA_RESTART;
  sigaction(s, &a, NULL);
}

static void *signing(void *user) {
  while (!atomic_load(&stop)) {
    if (sign_once(user) == CKR_OK)
      atomic_fetch_add(&signatures, 1);
    else
      atomic_fetch_add(&failed, 1);
  }
  return NULL;
}

// A process that sends the signal 10,000 times a second.
static void shower(void *signal) {
  const struct timespec pause = {0, 100000 - 50000};  // what the kernel adds to it
  while (getppid() != 1 && kill(getppid(), *(int *)signal) == 0) nanosleep(&pause, NULL);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int s = atoi(argv[2]);
  if (strcmp(argv[3], "before") == 0) set_handler(s);
  f = load(argv[1]);
  struct user users[4];
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  if (strcmp(argv[3], "after") == 0) set_handler(s);
  for (int i = 0; i < 4; i++) EXPECT_RV(log_in(&users[i]), CKR_OK);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, signing, &users[i]);
  pid_t sender = start_child(shower, &s);
  for (double end = seconds() + atof(argv[4]); seconds() < end;) {
    CK_INFO info;
    EXPECT_RV(f->C_GetInfo(&info), CKR_OK);  // short calls as well
  }
  kill(sender, SIGKILL);
  waitpid(sender, NULL, 0);
  atomic_store(&stop, 1);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  EXPECT(atomic_load(&failed) == 0, "%d calls failed", atomic_load(&failed));
  EXPECT(atomic_load(&signals) > 1000, "only %ld signals arrived", atomic_load(&signals));
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  fprintf(stderr, "signal %d: %ld handled, %ld signatures\n", s, atomic_load(&signals), atomic_load(&signatures));
  return done();
}
