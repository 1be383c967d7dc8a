// SPDX-License-Identifier: Apache-2.0

#include "process.h"

#include <windows.h>

// Windows has no fork. But at the exit of a process it ends all threads and
// then calls the libraries (DLL_PROCESS_DETACH), some of which still call this
// one: the Go runtime has lost its threads by then, as in a forked process.
static BOOLEAN(NTAPI *is_ending)(void);  // RtlDllShutdownInProgress

int owns_runtime(void) { return is_ending == NULL || !is_ending(); }
int inherited_runtime(void) { return !owns_runtime(); }
const CK_FUNCTION_LIST_3_0 *forked_copy(void) { return NULL; }

static SRWLOCK service = SRWLOCK_INIT;
void lock_service(void) { AcquireSRWLockExclusive(&service); }
void unlock_service(void) { ReleaseSRWLockExclusive(&service); }

// A Go runtime cannot be unloaded: FreeLibrary would take its code away from
// under its threads. Windows has no linker flag for that, so the library keeps
// itself in the process from the moment it is loaded.
static void __attribute__((constructor)) at_load(void) {
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(void *)at_load,
                     &self);
  is_ending =
      (BOOLEAN(NTAPI *)(void))(void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlDllShutdownInProgress");
}
