// SPDX-License-Identifier: Apache-2.0
//
// Forked children, and theirs: every call answers, none hangs, and the parent
// goes on as before.

#include "common.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

enum { LIMIT = 10 }; // seconds until a child counts as hanging

static CK_FUNCTION_LIST_3_0 *f;
static atomic_int stop;

static void expectations_of_child(void) {
  for (int i = 0; i < NAMES; i++) {
    if (always_answers(i)) continue;
    CK_RV rv = at(f, i)(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    EXPECT(rv == CKR_CRYPTOKI_NOT_INITIALIZED, "%s in a child = 0x%lx", names[i], rv);
  }
  CK_INTERFACE_PTR one = NULL;
  CK_FUNCTION_LIST_PTR list = NULL;
  EXPECT_RV(f->C_GetInterface(NULL, NULL, &one, 0), CKR_OK);
  EXPECT_RV(f->C_GetFunctionList(&list), CKR_OK);
  CK_C_INITIALIZE_ARGS bad;
  memset(&bad, 0, sizeof bad);
  bad.pReserved = &bad;
  EXPECT_RV(f->C_Initialize(&bad), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_Initialize(NULL), CKR_FUNCTION_FAILED);
  CK_INFO info;
  EXPECT_RV(f->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
}

// Waits for a child, and kills it after the limit: signals it could end by
// itself with are masked where it would hang.
static void wait_for(pid_t child, const char *what) {
  const struct timespec pause = {0, 5000000};
  int status = 0, hangs = 0;
  for (int tries = 0; waitpid(child, &status, WNOHANG) == 0; tries++) {
    if (tries == LIMIT * 200) {
      hangs = 1;
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
    nanosleep(&pause, NULL);
  }
  EXPECT(status == 0, "%s: %s, status 0x%x", what, hangs ? "hangs" : "fails", status);
}

static void forked(const char *what, int depth) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    failures = 0;
    expectations_of_child();
    if (depth > 0) forked("grandchild", depth - 1);
    fflush(stdout);
    _exit(failures != 0);
  }
  wait_for(child, what);
}

static void *busy(void *unused) {
  while (!atomic_load(&stop)) {
    CK_INFO info;
    CK_ULONG n = 0;
    if (f->C_GetInfo(&info) != CKR_OK || f->C_GetSlotList(CK_FALSE, NULL, &n) != CKR_OK) return (void *)1;
  }
  return unused;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  f = load(argv[1]);
  forked("fork right after loading", 1);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  forked("fork after C_Initialize", 2);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, busy, NULL);
  for (int i = 0; i < 20 && failures == 0; i++) forked("fork of a busy parent", 0);
  atomic_store(&stop, 1);
  for (int i = 0; i < 4; i++) {
    void *result = NULL;
    pthread_join(threads[i], &result);
    EXPECT(result == NULL, "the parent's thread %d failed", i);
  }
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  forked("fork after C_Finalize", 0);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  return done();
}
