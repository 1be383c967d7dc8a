// SPDX-License-Identifier: Apache-2.0
//
// A program that may be installed setuid, setgid or with file capabilities.
// Arguments: library, and what the program does to its ids, before it loads the
// library or after. It prints whether it was started with more rights.

#include "host.h"

#include <sys/auxv.h>
#include <sys/wait.h>

static void change_ids(const char *how) {
  if (strcmp(how, "becomes-root") == 0)
    CHECK(setgid(0) == 0 && setuid(0) == 0);
  else if (strcmp(how, "becomes-caller") == 0)
    CHECK(setresgid(getgid(), getgid(), getgid()) == 0 && setresuid(getuid(), getuid(), getuid()) == 0);
  else
    CHECK(strcmp(how, "keeps") == 0);
}

static void use(CK_FUNCTION_LIST_PTR f) {
  CK_INFO info;
  CHECK(f->C_Initialize(NULL) == CKR_OK);
  CHECK(f->C_GetInfo(&info) == CKR_OK);
  CHECK(f->C_Finalize(NULL) == CKR_OK);
}

int main(int argc, char **argv) {
  CHECK(argc == 4);
  int early = strcmp(argv[3], "before") == 0;
  if (early) change_ids(argv[2]);
  CK_FUNCTION_LIST_PTR f = load(argv[1]);
  if (!early) change_ids(argv[2]);
  use(f);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    use(f);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  printf("privileged %d\n", getauxval(AT_SECURE) != 0);
  return 0;
}
