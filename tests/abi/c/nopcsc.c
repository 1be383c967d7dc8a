// SPDX-License-Identifier: Apache-2.0
//
// A computer without the PC/SC client library: there is a slot, and no token,
// in this process and in a child.

#include "card.h"

// In place of libc's, for the library as well: the program exports it.
void *dlopen(const char *file, int mode) {
  static void *(*real)(const char *, int);
  if (file != NULL && strstr(file, "pcsclite") != NULL) return NULL;
  if (real == NULL) real = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
  return real(file, mode);
}

static void use(void *unused) {
  (void)unused;
  CK_SLOT_ID slots[16];
  CK_ULONG n = 16, tokens = 16;
  CK_SLOT_INFO info;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(f->C_GetSlotList(CK_FALSE, slots, &n), CKR_OK);
  EXPECT(n >= 1, "%lu slots", n);
  EXPECT_RV(f->C_GetSlotInfo(slots[0], &info), CKR_OK);
  EXPECT_RV(f->C_GetSlotList(CK_TRUE, NULL, &tokens), CKR_OK);
  EXPECT(tokens == 0, "%lu tokens", tokens);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  f = load(argv[1]);
  use(NULL);
  run_child("child", 20, use, NULL);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  return done();
}
