// SPDX-License-Identifier: Apache-2.0
//
// The host of late.c: some threads have been in the module, and it ends.

#include <stdio.h>
#include <windows.h>

#include "../../../include/pkcs11.h"

static CK_FUNCTION_LIST *p11;

static DWORD WINAPI look_for_ever(LPVOID nothing) {
  CK_RV rv = CKR_OK;
  (void)nothing;
  while (rv == CKR_OK) {
    CK_ULONG n = 0;
    rv = p11->C_GetSlotList(CK_FALSE, NULL, &n);
  }
  return rv;
}

int main(void) {
  HMODULE module = LoadLibraryA("tscns-pkcs11.dll"), late = LoadLibraryA("late.dll");
  if (module == NULL || late == NULL) return 2;
  CK_C_GetFunctionList get = (CK_C_GetFunctionList)(void *)GetProcAddress(module, "C_GetFunctionList");
  void (*remember)(CK_FUNCTION_LIST *) = (void (*)(CK_FUNCTION_LIST *))(void *)GetProcAddress(late, "remember");
  if (get == NULL || remember == NULL || get(&p11) != CKR_OK || p11->C_Initialize(NULL) != CKR_OK) return 3;
  remember(p11);
  for (int i = 0; i < 4; i++) CreateThread(NULL, 0, look_for_ever, NULL, 0, NULL);
  Sleep(300);
  printf("leaving\n");
  return 0;
}
