// SPDX-License-Identifier: Apache-2.0
//
// A careless host after C_Initialize: NULL everywhere, junk handles, pointers
// to memory that is not there. Nothing may crash, nothing may succeed that
// cannot, and the library answers as before afterwards.

#include "common.h"

#include <sys/mman.h>

static const CK_RV allowed[] = {
    CKR_ARGUMENTS_BAD,          CKR_SESSION_HANDLE_INVALID,    CKR_SLOT_ID_INVALID,
    CKR_FUNCTION_NOT_SUPPORTED, CKR_FUNCTION_NOT_PARALLEL,     CKR_TOKEN_NOT_PRESENT,
    CKR_MECHANISM_INVALID,      CKR_SESSION_PARALLEL_NOT_SUPPORTED,
};

static int is_allowed(CK_RV rv) {
  for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
    if (rv == allowed[i]) return 1;
  return 0;
}

// Every function with zeros, then with a junk first argument, small and large.
static void junk(CK_FUNCTION_LIST_3_0 *f) {
  static const CK_ULONG first[] = {0, 1, 0x7fffffff, ~0UL};
  for (int i = 0; i < NAMES; i++) {
    if (always_answers(i) || is(i, "C_Finalize")) continue;
    for (int a = 0; a < 4; a++) {
      CK_RV rv = at(f, i)(first[a], 0, 0, 0, 0, 0, 0, 0, 0, 0);
      // A slot that exists, or none asked for: closing its sessions is fine.
      if (is(i, "C_CloseAllSessions") && rv == CKR_OK) continue;
      // Its first argument is a pointer: memory that is not there.
      if (is(i, "C_GetInfo") && rv == CKR_GENERAL_ERROR && first[a] != 0) continue;
      EXPECT(is_allowed(rv), "%s(0x%lx, NULL...) = 0x%lx", names[i], first[a], rv);
    }
  }
}

// NULL pointers with lengths; and lengths that no host can mean.
static void lengths(CK_FUNCTION_LIST_3_0 *f) {
  CK_ULONG n = ~0UL;
  CK_BYTE b[16] = {0};
  CK_ATTRIBUTE a = {CKA_LABEL, NULL, 16};
  EXPECT_RV(f->C_GetSlotList(CK_TRUE, NULL, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetSlotInfo(0, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetTokenInfo(0, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetMechanismList(0, NULL, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_Finalize(b), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_Login(0, CKU_USER, NULL, 5), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_Sign(0, NULL, 5, NULL, NULL), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_Sign(0, b, ~0UL, b, &n), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_DigestUpdate(0, b, 1UL << 62), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_FindObjectsInit(0, NULL, 3), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_FindObjectsInit(0, &a, 1), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_FindObjectsInit(0, &a, ~0UL), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_GetAttributeValue(0, 0, NULL, 1), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_GenerateRandom(0, NULL, 8), CKR_SESSION_HANDLE_INVALID);
}

static void initialize(CK_FUNCTION_LIST_3_0 *f) {
  CK_C_INITIALIZE_ARGS a;
  memset(&a, 0, sizeof a);
  a.pReserved = &a;
  EXPECT_RV(f->C_Initialize(&a), CKR_ARGUMENTS_BAD);
  a.pReserved = NULL;
  CK_VOID_PTR *callbacks[] = {(CK_VOID_PTR *)&a.CreateMutex, (CK_VOID_PTR *)&a.DestroyMutex,
                              (CK_VOID_PTR *)&a.LockMutex, (CK_VOID_PTR *)&a.UnlockMutex};
  for (int subset = 1; subset < 15; subset++) {
    for (int i = 0; i < 4; i++) *callbacks[i] = subset & 1 << i ? (CK_VOID_PTR)abort : NULL;
    a.flags = subset & 1 ? CKF_OS_LOCKING_OK : 0;
    EXPECT_RV(f->C_Initialize(&a), CKR_ARGUMENTS_BAD);
  }
  EXPECT_RV(f->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
  for (int i = 0; i < 4; i++) *callbacks[i] = (CK_VOID_PTR)abort;
  a.flags = CKF_OS_LOCKING_OK;
  EXPECT_RV(f->C_Initialize(&a), CKR_OK);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  memset(&a, 0, sizeof a);
  a.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS | CKF_OS_LOCKING_OK; // as NSS does
  EXPECT_RV(f->C_Initialize(&a), CKR_OK);
  EXPECT_RV(f->C_Initialize(&a), CKR_CRYPTOKI_ALREADY_INITIALIZED);
}

// Pointers to a page without access become an error, not the host's end.
static void nowhere(CK_FUNCTION_LIST_3_0 *f) {
  CK_BYTE_PTR bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CK_BYTE_PTR near_zero = (CK_BYTE_PTR)16;
  CK_ULONG n = 16;
  CK_BYTE b[16];
  for (int i = 0; i < 2; i++) {
    CK_BYTE_PTR p = i == 0 ? bad : near_zero;
    EXPECT_RV(f->C_GetInfo((CK_INFO_PTR)p), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_GetSlotList(CK_FALSE, NULL, (CK_ULONG_PTR)p), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, (CK_SESSION_HANDLE_PTR)p), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_Login(0, CKU_USER, p, 5), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_SignInit(0, (CK_MECHANISM_PTR)p, 1), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_Sign(0, p, 1 << 20, b, &n), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_Sign(0, b, 16, b, (CK_ULONG_PTR)p), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_FindObjectsInit(0, (CK_ATTRIBUTE_PTR)p, 1), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_GetAttributeValue(0, 0, (CK_ATTRIBUTE_PTR)p, 1), CKR_GENERAL_ERROR);
  }
  // A length that runs out of the memory there is: no allocation of that size.
  CK_BYTE_PTR half = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(half + 4096, 4096, PROT_NONE);
  EXPECT_RV(f->C_Sign(0, half, 1 << 30, b, &n), CKR_GENERAL_ERROR);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  CK_FUNCTION_LIST_3_0 *f = load(argv[1]);
  initialize(f);
  junk(f);
  lengths(f);
  nowhere(f);
  junk(f);
  CK_INFO info;
  EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  EXPECT(memchr(&info.manufacturerID, 0, 32) == NULL, "a zero byte in manufacturerID");
  EXPECT(memchr(&info.libraryDescription, 0, 32) == NULL, "a zero byte in libraryDescription");
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  EXPECT_RV(f->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
  return done();
}
