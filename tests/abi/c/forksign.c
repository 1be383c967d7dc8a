// SPDX-License-Identifier: Apache-2.0
//
// Forked children that sign with the card: of an idle and a busy parent, long
// enough for garbage collections, in threads of their own, and children of
// children. The second argument names the scene, the third its size.

#include "card.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LIMIT = 60 };  // seconds until a child counts as hanging

static atomic_int stop;
static atomic_long signed_by_parent;
static atomic_int in_the_way;  // calls of the parent that another process's reset spoilt for good

// C_Initialize, log in and sign as often as the argument says.
static void sign_many(void *count) {
  struct user u;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(log_in(&u), CKR_OK);
  for (int i = 0; i < *(int *)count && failures == 0; i++) EXPECT_RV(sign_shared(&u), CKR_OK);
}

static void sign_and_finalize(void *count) {
  sign_many(count);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
}

static void *thread_of_child(void *count) {
  sign_many(count);
  return NULL;
}

static void sign_in_thread(void *count) {
  pthread_t t;
  EXPECT(pthread_create(&t, NULL, thread_of_child, count) == 0, "no thread");
  pthread_join(t, NULL);
}

// Each signs, then forks the next.
static void chain(void *depth) {
  int once = 1, less = *(int *)depth - 1;
  sign_many(&once);
  if (less > 0 && failures == 0) run_child("further down", LIMIT * 3, chain, &less);
}

static void *busy(void *user) {
  struct user *u = user;
  while (!atomic_load(&stop)) {
    CK_RV rv = sign_shared(u);
    if (rv == CKR_OK)
      atomic_fetch_add(&signed_by_parent, 1);
    else if (atomic_fetch_add(&in_the_way, 1) == 0)
      printf("the parent's C_Sign = 0x%lx\n", rv);
  }
  return NULL;
}

// Looks at the slots without end: short calls of the PC/SC library.
static void *looking(void *unused) {
  while (!atomic_load(&stop)) {
    CK_SLOT_ID slots[16];
    CK_ULONG n = 16;
    if (f->C_GetSlotList(CK_FALSE, slots, &n) != CKR_OK) atomic_fetch_add(&in_the_way, 1);
  }
  return unused;
}

// Opens and releases a connection to the PC/SC service without end, as every
// C_Initialize and C_Finalize does.
static void *starting(void *unused) {
  while (!atomic_load(&stop)) {
    CK_ULONG n = 0;
    if (f->C_Initialize(NULL) != CKR_OK || f->C_GetSlotList(CK_FALSE, NULL, &n) != CKR_OK ||
        f->C_Finalize(NULL) != CKR_OK)
      atomic_fetch_add(&in_the_way, 1);
  }
  return unused;
}

// Forks while threads of the parent work.
static void of_busy_parent(void *(*work)(void *), int forks, int signatures) {
  pthread_t threads[4];
  struct user users[4];
  int n = work == starting ? 1 : 4;
  if (work == busy)
    for (int i = 0; i < n; i++) EXPECT_RV(log_in(&users[i]), CKR_OK);
  for (int i = 0; i < n; i++) pthread_create(&threads[i], NULL, work, &users[i]);
  int good = 0;
  double begin = seconds();
  for (int i = 0; i < forks; i++) good += run_child("child of a busy parent", LIMIT, sign_many, &signatures);
  atomic_store(&stop, 1);
  for (int i = 0; i < n; i++) pthread_join(threads[i], NULL);
  EXPECT(atomic_load(&in_the_way) == 0, "%d calls of the parent failed", atomic_load(&in_the_way));
  fprintf(stderr, "%d of %d children of a busy parent, %.0f ms each; the parent signed %ld times\n", good, forks,
          (seconds() - begin) * 1000 / forks, atomic_load(&signed_by_parent));
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const char *scene = argv[2];
  int n = atoi(argv[3]);
  f = load(argv[1]);
  double begin = seconds();
  if (strcmp(scene, "early") == 0) {  // before the parent's C_Initialize
    run_child(scene, LIMIT, sign_many, &n);
    return done();
  }
  if (strcmp(scene, "starting") == 0) {
    // Children load a copy of the PC/SC library, with a lock of its own, where
    // its file is still there. Where it is not, they share the one of the parent.
    const char *file = getenv("UNLINK");
    if (file != NULL) {
      CK_ULONG slots;
      EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
      EXPECT_RV(f->C_GetSlotList(CK_FALSE, NULL, &slots), CKR_OK);
      EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
      EXPECT(unlink(file) == 0, "unlink %s", file);
    }
    of_busy_parent(starting, n, 1);
    return done();
  }
  struct user u;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(log_in(&u), CKR_OK);
  EXPECT_RV(sign_once(&u), CKR_OK);
  if (strcmp(scene, "idle") == 0) run_child(scene, LIMIT, sign_many, &n);
  if (strcmp(scene, "finalize") == 0) run_child(scene, LIMIT, sign_and_finalize, &n);
  if (strcmp(scene, "thread") == 0) run_child(scene, LIMIT, sign_in_thread, &n);
  if (strcmp(scene, "chain") == 0) run_child(scene, LIMIT * 3, chain, &n);
  if (strcmp(scene, "busy") == 0) of_busy_parent(busy, n, 100);
  if (strcmp(scene, "signing") == 0) of_busy_parent(busy, n, 1);
  if (strcmp(scene, "looking") == 0) of_busy_parent(looking, n, 1);
  if (strcmp(scene, "busy") != 0 && strcmp(scene, "looking") != 0)
    fprintf(stderr, "%s %d: %.0f ms\n", scene, n, (seconds() - begin) * 1000);
  EXPECT_RV(sign_shared(&u), CKR_OK);  // the parent goes on
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  return done();
}
