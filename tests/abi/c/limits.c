// SPDX-License-Identifier: Apache-2.0
//
// Systems that are too narrow for a Go runtime: the first C_Initialize says
// so, and the host lives on; once there is room again the library works. And
// systems that lack something it can do without.

#include "card.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static void limit(int resource, rlim_t value) {
  struct rlimit r;
  getrlimit(resource, &r);
  r.rlim_cur = value;  // the hard limit stays: it is not for ever
  EXPECT(setrlimit(resource, &r) == 0, "setrlimit");
}

static void use(void) {
  struct user u;
  EXPECT_RV(log_in(&u), CKR_OK);
  for (int i = 0; i < 100; i++) EXPECT_RV(sign_once(&u), CKR_OK);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
}

static void refused_then_works(int resource, rlim_t narrow) {
  CK_INFO info;
  struct rlimit before;
  getrlimit(resource, &before);
  limit(resource, narrow);
  EXPECT_RV(f->C_Initialize(NULL), CKR_HOST_MEMORY);
  EXPECT_RV(f->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
  EXPECT_RV(f->C_Initialize(NULL), CKR_HOST_MEMORY);
  limit(resource, before.rlim_cur);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
}

static void address_space(void *megabytes) {
  refused_then_works(RLIMIT_AS, *(rlim_t *)megabytes << 20);
  use();
}

static void processes(void *unused) {
  (void)unused;
  // root has no limit; nobody may not read the card's files, and does not use it.
  if (getuid() == 0) EXPECT(setresuid(65534, 65534, 65534) == 0, "setresuid");
  refused_then_works(RLIMIT_NPROC, 1);
}

// A wide enough address space, to the border: it works, or it is refused.
static void enough_or_refused(void *megabytes) {
  limit(RLIMIT_AS, *(rlim_t *)megabytes << 20);
  CK_RV rv = f->C_Initialize(NULL);
  EXPECT(rv == CKR_OK || rv == CKR_HOST_MEMORY, "C_Initialize = 0x%lx", rv);
  if (rv == CKR_OK) use();
}

// No descriptor to be had: nothing of the library's own needs one.
static void descriptors(void *unused) {
  (void)unused;
  for (int i = 3; i < 1024; i++) close(i);
  limit(RLIMIT_NOFILE, 3);
  CK_ULONG n = 0;
  CK_RV rv = f->C_Initialize(NULL);
  EXPECT(rv == CKR_OK || rv == CKR_HOST_MEMORY || rv == CKR_FUNCTION_FAILED, "C_Initialize = 0x%lx", rv);
  if (rv == CKR_OK) {
    f->C_GetSlotList(CK_FALSE, NULL, &n);
    EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  }
}

// A sandbox that lets no thread be made.
static void no_threads(void *unused) {
  (void)unused;
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  EXPECT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "seccomp");
  EXPECT_RV(f->C_Initialize(NULL), CKR_HOST_MEMORY);
}

static void initialize_and_use(void *unused) {
  (void)unused;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  use();
}

// No /proc: in this process, and in a child, which has no way to a file in
// memory then.
static void no_proc(void *unused) {
  (void)unused;
  if (unshare(getuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
      mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("none", "/proc", "tmpfs", 0, NULL) != 0) {
    fprintf(stderr, "SKIPPED without /proc: this system lets nobody make a mount namespace\n");
    return;
  }
  EXPECT(access("/proc/self", F_OK) != 0, "/proc is still there");
  initialize_and_use(NULL);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  run_child("child without /proc", 60, initialize_and_use, NULL);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  f = load(argv[1]);
  static const rlim_t narrow[] = {64, 200, 640, 1000, 1500}, border[] = {2000, 2060, 2080, 2100, 2150, 2300};
  for (size_t i = 0; i < sizeof narrow / sizeof narrow[0]; i++)
    run_child("little address space", 60, address_space, (void *)&narrow[i]);
  for (size_t i = 0; i < sizeof border / sizeof border[0]; i++)
    run_child("address space at the border", 60, enough_or_refused, (void *)&border[i]);
  run_child("one process", 60, processes, NULL);
  run_child("no descriptors", 60, descriptors, NULL);
  run_child("no threads", 60, no_threads, NULL);
  run_child("no /proc", 60, no_proc, NULL);
  initialize_and_use(NULL);
  return done();
}
