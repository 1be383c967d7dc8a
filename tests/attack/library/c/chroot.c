// SPDX-License-Identifier: Apache-2.0
//
// A host forks a child whose root directory is another one: arguments are the
// library, the directory, and where to mount a proc file system below it ("-"
// for none). "moved" for a directory: the child stays, and the third argument
// is a file to put in the place of the library. Prints what C_Initialize
// returns in the child.

#include "host.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

static void enter(const char *directory, const char *proc) {
  if (strcmp(proc, "-") != 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("proc", proc, "proc", 0, NULL) != 0)
      _exit(77);
  }
  if (chroot(directory) != 0 || chdir("/") != 0) _exit(3);
}

int main(int argc, char **argv) {
  CHECK(argc == 4);
  CK_FUNCTION_LIST_PTR f = load(argv[1]);
  CK_ULONG slots = 0;
  CHECK(f->C_Initialize(NULL) == CKR_OK);
  CHECK(f->C_GetSlotList(CK_FALSE, NULL, &slots) == CKR_OK);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (strcmp(argv[2], "moved") == 0) {
      if (rename(argv[3], argv[1]) != 0) _exit(3);
    } else {
      enter(argv[2], argv[3]);
    }
    CK_RV rv = f->C_Initialize(NULL);
    if (rv == CKR_OK) f->C_GetSlotList(CK_FALSE, NULL, &slots);
    printf("0x%lx\n", rv);
    fflush(stdout);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}
