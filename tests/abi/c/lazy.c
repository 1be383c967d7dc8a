// SPDX-License-Identifier: Apache-2.0
//
// The Go runtime starts in the first C_Initialize: a host that only loads the
// library keeps all that it had, the environment is that of C_Initialize, and
// a child forked before needs no copy. Arguments: library, trace file.

#include "card.h"

#include <pthread.h>

static int copies;  // that the library asked for

// In place of libc's, for the library as well: the program exports it.
int memfd_create(const char *name, unsigned flags) {
  static int (*real)(const char *, unsigned);
  copies++;
  if (real == NULL) real = (int (*)(const char *, unsigned))dlsym(RTLD_NEXT, "memfd_create");
  return real(name, flags);
}

static void child(void *want) {
  CK_INFO info;
  EXPECT_RV(f->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  EXPECT(copies == *(int *)want, "%d copies", copies);
  int more = *(int *)want + 1;
  if (more < 3) run_child("further down", 20, child, &more);
}

// Two threads start it at once: one wins, and both may go on.
static void *initialize(void *rv) {
  *(CK_RV *)rv = f->C_Initialize(NULL);
  CK_INFO info;
  EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  return NULL;
}

static void race(void *unused) {
  (void)unused;
  pthread_t threads[8];
  CK_RV rv[8];
  int winners = 0;
  for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, initialize, &rv[i]);
  for (int i = 0; i < 8; i++) {
    pthread_join(threads[i], NULL);
    EXPECT(rv[i] == CKR_OK || rv[i] == CKR_CRYPTOKI_ALREADY_INITIALIZED, "C_Initialize = 0x%lx", rv[i]);
    winners += rv[i] == CKR_OK;
  }
  EXPECT(winners == 1 && copies == 0, "%d winners, %d copies", winners, copies);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  struct sigaction before[NSIG], now;
  for (int s = 1; s < NSIG; s++) sigaction(s, NULL, &before[s]);
  f = load(argv[1]);
  EXPECT(entries("/proc/self/task") == 1, "%d threads after loading", entries("/proc/self/task"));
  for (int s = 1; s < NSIG; s++) {
    memset(&now, 0, sizeof now);
    sigaction(s, NULL, &now);
    EXPECT(now.sa_handler == before[s].sa_handler && now.sa_flags == before[s].sa_flags, "signal %d is changed", s);
  }
  int none = 0, one = 1;
  run_child("forked before C_Initialize", 20, child, &none);
  for (int i = 0; i < 20; i++) run_child("eight threads", 20, race, NULL);
  setenv("TSCNS_TRACE", argv[2], 1);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT(access(argv[2], F_OK) == 0, "no trace: the environment of C_Initialize is not seen");
  run_child("forked after C_Initialize", 20, child, &one);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  return done();
}
