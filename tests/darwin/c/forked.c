// SPDX-License-Identifier: Apache-2.0
//
// A fork where there is no copy of the library for the child: every call in it
// is refused and none hangs, and the parent goes on.
//
//   forked LIBRARY

#include <dlfcn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../include/pkcs11.h"

enum { LIMIT = 20 };  // seconds until the child counts as hanging

static CK_FUNCTION_LIST *p11;

static int child(void) {
  CK_INFO info;
  CK_ULONG n = 0;
  alarm(LIMIT);
  if (p11->C_GetInfo(&info) != CKR_CRYPTOKI_NOT_INITIALIZED) return 1;
  if (p11->C_GetSlotList(CK_FALSE, NULL, &n) != CKR_CRYPTOKI_NOT_INITIALIZED) return 2;
  if (p11->C_Initialize(NULL) != CKR_FUNCTION_FAILED) return 3;
  if (p11->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED) return 4;
  return 0;
}

int main(int argc, char **argv) {
  void *lib = argc < 2 ? NULL : dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList get = lib == NULL ? NULL : (CK_C_GetFunctionList)dlsym(lib, "C_GetFunctionList");
  CK_ULONG n = 0;
  int status = -1;
  if (get == NULL || get(&p11) != CKR_OK || p11->C_Initialize(NULL) != CKR_OK) return 10;
  for (int i = 0; i < 5; i++) {
    pid_t pid = fork();
    if (pid == 0) _exit(child());
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
      printf("child ended with status 0x%x\n", status);
      return 11;
    }
    if (p11->C_GetSlotList(CK_TRUE, NULL, &n) != CKR_OK || n != 1) return 12;
  }
  return p11->C_Finalize(NULL) == CKR_OK ? 0 : 13;
}
