// SPDX-License-Identifier: Apache-2.0
//
// Function lists and interfaces, and every function before C_Initialize.

#include "common.h"

static void lists(void) {
  CK_FUNCTION_LIST_PTR first = NULL, second = NULL;
  CK_C_GetFunctionList get = (CK_C_GetFunctionList)symbol("C_GetFunctionList");
  EXPECT_RV(get(NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(get(&first), CKR_OK);
  EXPECT_RV(get(&second), CKR_OK);
  EXPECT(first == second, "two function lists");
  EXPECT(first->version.major == 2 && first->version.minor == 40, "version %d.%d",
         first->version.major, first->version.minor);
  for (int i = 0; i < 68; i++) EXPECT((void *)at(first, i) == symbol(names[i]), "%s in 2.40", names[i]);
}

static void interface_list(CK_FUNCTION_LIST_3_0 *f) {
  CK_ULONG n = 0;
  EXPECT_RV(f->C_GetInterfaceList(NULL, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetInterfaceList(NULL, &n), CKR_OK);
  EXPECT(n == 2, "%lu interfaces", n);
  CK_INTERFACE all[4];
  n = 1;
  EXPECT_RV(f->C_GetInterfaceList(all, &n), CKR_BUFFER_TOO_SMALL);
  EXPECT(n == 2, "count %lu after CKR_BUFFER_TOO_SMALL", n);
  n = 4;
  EXPECT_RV(f->C_GetInterfaceList(all, &n), CKR_OK);
  EXPECT(n == 2, "count %lu", n);
  static const CK_VERSION versions[] = {{3, 0}, {2, 40}};
  for (int i = 0; i < 2; i++) {
    CK_VERSION v = versions[i], *have = all[i].pFunctionList;
    CK_INTERFACE_PTR one = NULL;
    EXPECT(strcmp((char *)all[i].pInterfaceName, "PKCS 11") == 0, "name of %d", i);
    EXPECT(all[i].flags == 0, "flags of %d", i);
    EXPECT(have->major == v.major && have->minor == v.minor, "version of %d", i);
    EXPECT_RV(f->C_GetInterface((CK_UTF8CHAR_PTR) "PKCS 11", &v, &one, 0), CKR_OK);
    EXPECT(one != NULL && one->pFunctionList == all[i].pFunctionList, "another list for %d", i);
  }
}

static void one_interface(CK_FUNCTION_LIST_3_0 *f) {
  CK_INTERFACE_PTR one = NULL;
  CK_VERSION unknown = {4, 50}, zero = {0, 0}, v32 = {3, 2};
  EXPECT_RV(f->C_GetInterface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetInterface(NULL, NULL, &one, 0), CKR_OK);
  EXPECT(one != NULL && one->pFunctionList == f, "the default is 3.0");
  EXPECT_RV(f->C_GetInterface((CK_UTF8CHAR_PTR) "Vendor NSS FIPS Interface", NULL, &one, 0), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetInterface((CK_UTF8CHAR_PTR) "PKCS 11", NULL, &one, CKF_INTERFACE_FORK_SAFE), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetInterface(NULL, &unknown, &one, 0), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetInterface(NULL, &zero, &one, 0), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetInterface(NULL, &v32, &one, 0), CKR_ARGUMENTS_BAD);
}

static void not_initialized(CK_FUNCTION_LIST_3_0 *f) {
  for (int i = 0; i < NAMES; i++) {
    if (always_answers(i)) continue;
    static const CK_ULONG arguments[] = {0, 1, 0xdeadbeef};
    for (int a = 0; a < 3; a++) {
      CK_RV rv = at(f, i)(arguments[a], 0, 0, 0, 0, 0, 0, 0, 0, 0);
      EXPECT(rv == CKR_CRYPTOKI_NOT_INITIALIZED, "%s(0x%lx) = 0x%lx", names[i], arguments[a], rv);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  CK_FUNCTION_LIST_3_0 *f = load(argv[1]);
  EXPECT(NAMES == 92, "%d functions", NAMES);
  for (int i = 0; i < NAMES; i++) EXPECT((void *)at(f, i) == symbol(names[i]), "%s in 3.0", names[i]);
  lists();
  interface_list(f);
  one_interface(f);
  not_initialized(f);
  return done();
}
