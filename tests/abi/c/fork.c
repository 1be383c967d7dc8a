// SPDX-License-Identifier: Apache-2.0
//
// Forked children, and theirs, without a card: before C_Initialize every call
// says so, after it every call answers; none hangs, and the parent goes on as
// before.

#include "card.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LIMIT = 20 };  // seconds until a child counts as hanging

static atomic_int stop;

static void not_initialized(void) {
  for (int i = 0; i < NAMES; i++) {
    if (always_answers(i)) continue;
    CK_RV rv = at(f, i)(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    EXPECT(rv == CKR_CRYPTOKI_NOT_INITIALIZED, "%s in a child = 0x%lx", names[i], rv);
  }
}

// The same lists as in the parent; what they hold passes calls on.
static void lists(void) {
  CK_INTERFACE_PTR one = NULL;
  CK_INTERFACE all[2];
  CK_FUNCTION_LIST_PTR list = NULL;
  CK_ULONG n = 2;
  CK_INFO info;
  EXPECT_RV(f->C_GetInterface(NULL, NULL, &one, 0), CKR_OK);
  EXPECT(one->pFunctionList == f, "another 3.0 list");
  EXPECT(one->flags == 0, "flags 0x%lx", one->flags);
  EXPECT_RV(f->C_GetInterfaceList(all, &n), CKR_OK);
  for (CK_ULONG i = 0; i < n; i++) EXPECT_RV(((CK_FUNCTION_LIST_PTR)all[i].pFunctionList)->C_GetInfo(&info), CKR_OK);
  EXPECT_RV(f->C_GetFunctionList(&list), CKR_OK);
  EXPECT_RV(list->C_GetInfo(&info), CKR_OK);
}

// Every function answers as in any initialised process, and to the session
// that is not there, where it has one.
static void initialized(void) {
  CK_INFO info;
  CK_SLOT_ID slots[16];
  CK_ULONG n = 16;
  EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  EXPECT(info.cryptokiVersion.major >= 2, "version %d", info.cryptokiVersion.major);
  EXPECT_RV(f->C_GetSlotList(CK_FALSE, slots, &n), CKR_OK);
  EXPECT_RV(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, slots, NULL), CKR_NO_EVENT);
  EXPECT_RV(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL), CKR_ARGUMENTS_BAD);
  for (int i = 0; i < NAMES; i++) {
    if (always_answers(i) || is(i, "C_Finalize")) continue;
    CK_RV rv = at(f, i)(0xdead, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    if (is(i, "C_GetInfo")) continue;  // its argument is a pointer, to nowhere here
    EXPECT(rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_ARGUMENTS_BAD || rv == CKR_SLOT_ID_INVALID ||
               rv == CKR_FUNCTION_NOT_PARALLEL || rv == CKR_FUNCTION_NOT_SUPPORTED,
           "%s in an initialised child = 0x%lx", names[i], rv);
  }
}

static void child(void *depth) {
  CK_C_INITIALIZE_ARGS bad;
  memset(&bad, 0, sizeof bad);
  bad.pReserved = &bad;
  not_initialized();
  EXPECT_RV(f->C_Initialize(&bad), CKR_ARGUMENTS_BAD);
  not_initialized();
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(f->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
  lists();
  initialized();
  if (*(int *)depth > 0) {
    int less = *(int *)depth - 1;
    run_child("grandchild", LIMIT, child, &less);
    initialized();
  }
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  not_initialized();
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  initialized();
}

static void forked(const char *what, int depth) { run_child(what, LIMIT, child, &depth); }

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
