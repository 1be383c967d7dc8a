// SPDX-License-Identifier: Apache-2.0
//
// What a host is left with: after 1,000 times C_Initialize and C_Finalize,
// after unloading and loading, after hundreds of threads, some with stacks as
// small as the system allows. Arguments: library, scene.

#include "card.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

static long resident(void) {  // KiB
  long pages = 0, all;
  FILE *file = fopen("/proc/self/statm", "r");
  if (fscanf(file, "%ld %ld", &all, &pages) != 2) pages = 0;
  fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static struct use {
  int threads, descriptors;
  long resident;
} now(void) {
  return (struct use){entries("/proc/self/task"), entries("/proc/self/fd"), resident()};
}

// Threads and memory may vary a little: the Go runtime keeps some.
static void compare(const char *what, struct use before, int threads, long more) {
  struct use after = now();
  fprintf(stderr, "%s: threads %d -> %d, descriptors %d -> %d, resident %ld -> %ld KiB\n", what, before.threads,
          after.threads, before.descriptors, after.descriptors, before.resident, after.resident);
  EXPECT(after.threads <= before.threads + threads, "%s: %d threads more", what, after.threads - before.threads);
  EXPECT(after.descriptors <= before.descriptors, "%s: %d descriptors more", what,
         after.descriptors - before.descriptors);
  EXPECT(after.resident <= before.resident + more, "%s: %ld KiB more", what, after.resident - before.resident);
}

static void cycle(int signs) {
  struct user u;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  if (signs) {
    EXPECT_RV(log_in(&u), CKR_OK);
    EXPECT_RV(sign_once(&u), CKR_OK);
  }
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
}

static void cycles(void) {
  for (int i = 0; i < 100; i++) cycle(1);
  struct use before = now();
  for (int i = 0; i < 1000 && failures == 0; i++) cycle(i % 10 == 0);
  compare("1000 cycles", before, 4, 2048);
}

static void unload(const char *path) {
  for (int i = 0; i < 20; i++) cycle(0);
  struct use before = now();
  for (int i = 0; i < 200 && failures == 0; i++) {
    EXPECT(dlclose(library) == 0, "dlclose");
    f = load(path);
    cycle(0);
  }
  compare("200 times unloaded", before, 4, 2048);
}

static atomic_int good;

static void *ten_signatures(void *unused) {
  struct user u;
  CK_RV rv = log_in(&u);
  for (int i = 0; i < 10 && rv == CKR_OK; i++) rv = sign_once(&u);
  if (rv == CKR_OK && f->C_CloseSession(u.session) == CKR_OK) atomic_fetch_add(&good, 1);
  return unused;
}

// Runs threads of a stack size, in bytes, all at once.
static void threads(const char *what, int n, size_t stack) {
  pthread_t all[200];
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  EXPECT(pthread_attr_setstacksize(&attributes, stack) == 0, "a stack of %zu bytes", stack);
  atomic_store(&good, 0);
  for (int i = 0; i < n; i++) EXPECT(pthread_create(&all[i], &attributes, ten_signatures, NULL) == 0, "thread %d", i);
  for (int i = 0; i < n; i++) pthread_join(all[i], NULL);
  EXPECT(atomic_load(&good) == n, "%s: %d of %d threads", what, atomic_load(&good), n);
}

static void many_threads(void) {
  struct user u;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(log_in(&u), CKR_OK);
  const size_t sizes[] = {(size_t)PTHREAD_STACK_MIN, 20 << 10, 32 << 10, 64 << 10, 128 << 10};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) threads("small stacks", 8, sizes[i]);
  // How many of the library's own threads work at once differs from round to
  // round, up to the 200 that the host has.
  for (int i = 0; i < 5; i++) threads("200 threads", 200, 256 << 10);
  struct use before = now();
  threads("200 threads again", 200, 256 << 10);
  compare("200 more threads", before, 8, 4096);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
}

// C_CloseSession and C_Finalize inside exit(), as NSS and OpenSSL engines do,
// while another thread signs.
static struct user at_end;

static void exit_handler(void) {
  EXPECT_RV(f->C_CloseSession(at_end.session), CKR_OK);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  if (done() != 0) {
    fflush(stdout);
    _exit(1);
  }
}

static void *signs_on(void *u) {
  while (sign_once(u) == CKR_OK) {
  }
  return NULL;
}

static void exit_with_library(void) {
  static struct user other;
  pthread_t t;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(log_in(&at_end), CKR_OK);
  EXPECT_RV(log_in(&other), CKR_OK);
  pthread_create(&t, NULL, signs_on, &other);
  atexit(exit_handler);
  exit(0);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  f = load(argv[1]);
  if (strcmp(argv[2], "cycles") == 0) cycles();
  if (strcmp(argv[2], "unload") == 0) unload(argv[1]);
  if (strcmp(argv[2], "threads") == 0) many_threads();
  if (strcmp(argv[2], "exit") == 0) exit_with_library();
  return done();
}
