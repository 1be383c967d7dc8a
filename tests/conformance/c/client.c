// SPDX-License-Identifier: Apache-2.0
//
// A host that calls what it is told to: the C half of the driver in package
// conformance/built. Each descriptor from 3 on is a thread; requests come in
// and answers go out there, in the byte order of the machine:
//
//   hello     { arena, nowhere, callback[4] }, addresses
//   request   { operation, way, function, length, word[10] }, length bytes
//   answer    { value }, length bytes
//
// The bytes are copied to the beginning of the arena, the function is called
// with the words, and the bytes are sent back as they are then. An arena is in no
// core, and wiped after each call: a PIN that is found elsewhere is not the host's.

#include "../../abi/c/common.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ARENA (8u << 20)

enum { CALL, POINTER, PEEK, FORK, EXIT, MUTEX_CALLS };

struct hello {
  uint64_t arena, nowhere, callback[4];
};
struct request {
  uint32_t operation, way, function, length;
  uint64_t word[10];
};

static CK_FUNCTION_LIST_PTR list_2_40;
static CK_FUNCTION_LIST_3_0 *list_3_0;
static unsigned long mutex_calls;

static CK_RV create_mutex(CK_VOID_PTR_PTR m) {
  __atomic_add_fetch(&mutex_calls, 1, __ATOMIC_RELAXED);
  pthread_mutex_t *p = malloc(sizeof *p);
  if (p == NULL) return CKR_HOST_MEMORY;
  pthread_mutex_init(p, NULL);
  *m = p;
  return CKR_OK;
}
static CK_RV destroy_mutex(CK_VOID_PTR m) {
  __atomic_add_fetch(&mutex_calls, 1, __ATOMIC_RELAXED);
  pthread_mutex_destroy(m);
  free(m);
  return CKR_OK;
}
static CK_RV lock_mutex(CK_VOID_PTR m) {
  __atomic_add_fetch(&mutex_calls, 1, __ATOMIC_RELAXED);
  return pthread_mutex_lock(m) == 0 ? CKR_OK : CKR_MUTEX_BAD;
}
static CK_RV unlock_mutex(CK_VOID_PTR m) {
  __atomic_add_fetch(&mutex_calls, 1, __ATOMIC_RELAXED);
  return pthread_mutex_unlock(m) == 0 ? CKR_OK : CKR_MUTEX_NOT_LOCKED;
}

static int transfer(int fd, void *p, size_t n, int out) {
  for (char *c = p; n > 0;) {
    ssize_t done = out ? write(fd, c, n) : read(fd, c, n);
    if (done <= 0) return 0;
    c += done;
    n -= (size_t)done;
  }
  return 1;
}

static void *way_to(const struct request *q) {
  switch (q->way) {
    case 0:
      return q->function < 68 ? (void *)at(list_2_40, (int)q->function) : NULL;
    case 1:
      return (void *)at(list_3_0, (int)q->function);
  }
  return symbol(names[q->function]);
}

static uint64_t call(const struct request *q) {
  const uint64_t *w = q->word;
  any_function f = (any_function)way_to(q);
  if (f == NULL) _exit(4);
  return f(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9]);
}

// The child goes on with the requests of this thread; it is ended when it
// hangs. The parent answers again when the child is gone. A call may take as
// long as a command to a card that never answers (cardos/pcsc/timed_card.go).
enum { CHILD_PATIENCE = 150 };  // seconds
static uint64_t fork_here(void) {
  pid_t child = fork();
  if (child == 0) {
    alarm(CHILD_PATIENCE);
    return 0;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 2;
}

static void *serve(void *descriptor) {
  int fd = (int)(intptr_t)descriptor;
  char *arena = mmap(NULL, ARENA + 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (arena == MAP_FAILED || mprotect(arena, ARENA, PROT_READ | PROT_WRITE) != 0) _exit(4);
  if (madvise(arena, ARENA, MADV_DONTDUMP) != 0) _exit(4);
  struct hello h = {
      (uintptr_t)arena,
      (uintptr_t)arena + ARENA,
      {(uintptr_t)create_mutex, (uintptr_t)destroy_mutex, (uintptr_t)lock_mutex, (uintptr_t)unlock_mutex}};
  struct request q;
  if (!transfer(fd, &h, sizeof h, 1)) return NULL;
  while (transfer(fd, &q, sizeof q, 0)) {
    if (q.length > ARENA || q.function >= NAMES || !transfer(fd, arena, q.length, 0)) _exit(4);
    uint64_t value = 0;
    switch (q.operation) {
      case CALL:
        value = call(&q);
        break;
      case POINTER:
        value = (uintptr_t)way_to(&q);
        break;
      case PEEK:
        memcpy(arena, (void *)(uintptr_t)q.word[0], q.length);
        break;
      case FORK:
        value = fork_here();
        break;
      case EXIT:
        _exit(0);
      case MUTEX_CALLS:
        value = __atomic_load_n(&mutex_calls, __ATOMIC_RELAXED);
        break;
    }
    if (!transfer(fd, &value, sizeof value, 1) || !transfer(fd, arena, q.length, 1)) break;
    explicit_bzero(arena, q.length);
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  signal(SIGPIPE, SIG_IGN);                            // who asked may be gone
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // for a debugger that is started beside it
  list_3_0 = load(argv[1]);
  CK_C_GetFunctionList get = (CK_C_GetFunctionList)symbol("C_GetFunctionList");
  if (get(&list_2_40) != CKR_OK) return 3;
  int threads = atoi(argv[2]);
  pthread_t thread[64];
  for (int i = 0; i < threads && i < 64; i++)
    if (pthread_create(&thread[i], NULL, serve, (void *)(intptr_t)(3 + i)) != 0) return 4;
  for (int i = 0; i < threads && i < 64; i++) pthread_join(thread[i], NULL);
  return done();
}
