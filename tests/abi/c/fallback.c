// SPDX-License-Identifier: Apache-2.0
//
// A forked child where the system refuses a file in memory, and where it also
// refuses a second namespace of the dynamic linker. The library was loaded by
// a relative path, and the directory has changed since.

#include "card.h"

#include <errno.h>
#include <libgen.h>

static int refuse_memory, refuse_namespace, asked_memory, asked_namespace;

// In place of libc's, for the library as well: the program exports them.
int memfd_create(const char *name, unsigned flags) {
  static int (*real)(const char *, unsigned);
  asked_memory++;
  if (refuse_memory) {
    errno = ENOSYS;
    return -1;
  }
  if (real == NULL) real = (int (*)(const char *, unsigned))dlsym(RTLD_NEXT, "memfd_create");
  return real(name, flags);
}

void *dlmopen(Lmid_t where, const char *file, int mode) {
  static void *(*real)(Lmid_t, const char *, int);
  asked_namespace++;
  if (refuse_namespace) return NULL;
  if (real == NULL) real = (void *(*)(Lmid_t, const char *, int))dlsym(RTLD_NEXT, "dlmopen");
  return real(where, file, mode);
}

static void child(void *want) {
  CK_INFO info;
  CK_RV expected = *(CK_RV *)want;
  EXPECT_RV(f->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
  EXPECT_RV(f->C_Initialize(NULL), expected);
  EXPECT_RV(f->C_GetInfo(&info), expected == CKR_OK ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED);
  EXPECT(asked_memory == 1, "asked %d times for memory", asked_memory);
  EXPECT(asked_namespace == refuse_memory, "asked %d times for a namespace", asked_namespace);
  if (expected == CKR_OK) return;
  refuse_memory = refuse_namespace = 0;  // it is not for ever
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  char directory[4096], file[4096], relative[4096];
  snprintf(directory, sizeof directory, "%s", argv[1]);
  snprintf(file, sizeof file, "%s", argv[1]);
  snprintf(relative, sizeof relative, "./%s", basename(file));
  EXPECT(chdir(dirname(directory)) == 0, "chdir");
  f = load(relative);
  EXPECT(chdir("/") == 0, "chdir");
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  CK_RV ok = CKR_OK, failed = CKR_FUNCTION_FAILED;
  run_child("child", 20, child, &ok);
  refuse_memory = 1;
  run_child("child without a file in memory", 20, child, &ok);
  refuse_namespace = 1;
  run_child("child without anything", 20, child, &failed);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  return done();
}
