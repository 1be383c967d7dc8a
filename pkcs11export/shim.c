// SPDX-License-Identifier: Apache-2.0
//
// The C face of the library. It defines every exported symbol, C_*, and calls
// Go only where a live Go runtime can answer:
//
//   host -> C_GetInfo -> is this the process that loaded us? -> signals masked
//        -> goC_GetInfo (Go) -> signals as they were -> host
//
// Where a call may wait for a card, a thread of ours runs Go, and that of the
// host waits in C with its signals as they are (worker.c).
//
// A process forked from a host holds a copy of a Go runtime without its
// threads; the first Go call in it that allocates would hang for ever. There
// C_Initialize loads a copy of the library (copy.c), which answers from then
// on; before it every call returns CKR_CRYPTOKI_NOT_INITIALIZED.

#include "bridge.h"
#include "clock.h"
#include "copy.h"
#include "hostcopy.h"
#include "process.h"
#include "signals.h"
#include "start.h"
#include "worker.h"

#include <stdint.h>

#include "_cgo_export.h"

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

// What a function does in a forked process, and before the Go runtime starts.
#define WITHOUT_RUNTIME(name, arguments)                                       \
  do {                                                                         \
    const CK_FUNCTION_LIST_3_0 *copy = forked_copy();                          \
    return copy == NULL ? CKR_CRYPTOKI_NOT_INITIALIZED : copy->name arguments; \
  } while (0)

// Addresses of the host go to Go as numbers (hostmemory.go).
static uintptr_t number(const void *p) { return (uintptr_t)p; }

#define NUMBER(x)                         _Generic((x), CK_ULONG : (x), CK_BBOOL : (x), default : number((const void *)(uintptr_t)(x)))
#define EACH1(a)                          NUMBER(a)
#define EACH2(a, ...)                     NUMBER(a), EACH1(__VA_ARGS__)
#define EACH3(a, ...)                     NUMBER(a), EACH2(__VA_ARGS__)
#define EACH4(a, ...)                     NUMBER(a), EACH3(__VA_ARGS__)
#define EACH5(a, ...)                     NUMBER(a), EACH4(__VA_ARGS__)
#define EACH6(a, ...)                     NUMBER(a), EACH5(__VA_ARGS__)
#define SEVENTH(a, b, c, d, e, f, g, ...) g
#define NUMBERS(...)                      SEVENTH(__VA_ARGS__, EACH6, EACH5, EACH4, EACH3, EACH2, EACH1, )(__VA_ARGS__)

// Exported functions that Go answers.

#define DEFINE_GO(name, parameters, arguments)             \
  EXPORT CK_RV name parameters {                           \
    if (!owns_runtime()) WITHOUT_RUNTIME(name, arguments); \
    signal_mask saved = mask_signals();                    \
    CK_RV rv = go##name(NUMBERS arguments);                \
    unmask_signals(&saved);                                \
    return rv;                                             \
  }

// Those that may wait for a card. The arguments travel as numbers.

#define SPREAD1(a)  (a)[0]
#define SPREAD2(a)  SPREAD1(a), (a)[1]
#define SPREAD3(a)  SPREAD2(a), (a)[2]
#define SPREAD4(a)  SPREAD3(a), (a)[3]
#define SPREAD5(a)  SPREAD4(a), (a)[4]
#define SPREAD6(a)  SPREAD5(a), (a)[5]
#define SPREAD(...) SEVENTH(__VA_ARGS__, SPREAD6, SPREAD5, SPREAD4, SPREAD3, SPREAD2, SPREAD1, )
#define DEFINE_CARD(name, parameters, arguments)                                                     \
  static CK_RV call_##name(const uintptr_t *numbers) { return go##name(SPREAD arguments(numbers)); } \
  EXPORT CK_RV name parameters {                                                                     \
    if (!owns_runtime()) WITHOUT_RUNTIME(name, arguments);                                           \
    const uintptr_t numbers[] = {NUMBERS arguments};                                                 \
    return run_in_worker(call_##name, numbers, sizeof numbers / sizeof numbers[0]);                  \
  }

#define FIRST(...)           FIRST_OF(__VA_ARGS__, )
#define FIRST_OF(first, ...) first
#define DEFINE_UNSUPPORTED(name, parameters, arguments)       \
  EXPORT CK_RV name parameters {                              \
    if (!owns_runtime()) WITHOUT_RUNTIME(name, arguments);    \
    signal_mask saved = mask_signals();                       \
    CK_RV rv = goUnsupported((char *)#name, FIRST arguments); \
    unmask_signals(&saved);                                   \
    return rv;                                                \
  }

#define DEFINE_OWN(name, parameters, arguments)

#define FUNCTION_2_40(kind, name, parameters, arguments) DEFINE_##kind(name, parameters, arguments)
#define FUNCTION_3_0                                     FUNCTION_2_40
#include "functions.h"

// Function lists and interfaces. They are constant, and work in any process
// at any time.

static const CK_FUNCTION_LIST functions_2_40 = {
    {2, 40},
#define FUNCTION_2_40(kind, name, parameters, arguments) .name = name,
#define FUNCTION_3_0(kind, name, parameters, arguments)
#include "functions.h"
};

static const CK_FUNCTION_LIST_3_0 functions_3_0 = {
    {3, 0},
#define FUNCTION_2_40(kind, name, parameters, arguments) .name = name,
#define FUNCTION_3_0(kind, name, parameters, arguments)  .name = name,
#include "functions.h"
};

static const char interface_name[] = "PKCS 11";

// The newest first: a caller that names no version gets the first (5.4.6).
// No flag is set: CKF_INTERFACE_FORK_SAFE promises more than this library
// keeps, as a child has to call C_Initialize.
#define INTERFACES 2
static const CK_INTERFACE interfaces[INTERFACES] = {
    {(CK_CHAR *)interface_name, (CK_VOID_PTR)&functions_3_0, 0},
    {(CK_CHAR *)interface_name, (CK_VOID_PTR)&functions_2_40, 0},
};

// host_copy copies n bytes between the host's memory and ours. Memory that the
// host named and does not have becomes CKR_GENERAL_ERROR, as everywhere.
static CK_RV host_copy(const char *name, void *to, const void *from, size_t n) {
  if (!owns_runtime()) return guarded_copy(to, from, n);
  signal_mask saved = mask_signals();
  CK_RV rv = goCopy((char *)name, number(to), number(from), n);
  unmask_signals(&saved);
  return rv;
}

EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ppFunctionList) {
  if (ppFunctionList == NULL) return CKR_ARGUMENTS_BAD;
  const CK_FUNCTION_LIST *list = &functions_2_40;
  return host_copy("C_GetFunctionList", ppFunctionList, &list, sizeof list);
}

EXPORT CK_RV C_GetInterfaceList(CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount) {
  static const char name[] = "C_GetInterfaceList";
  if (pulCount == NULL) return CKR_ARGUMENTS_BAD;
  CK_ULONG room = 0, count = INTERFACES;
  CK_RV rv = host_copy(name, &room, pulCount, sizeof room);
  if (rv == CKR_OK) rv = host_copy(name, pulCount, &count, sizeof count);
  if (rv != CKR_OK || pInterfacesList == NULL) return rv;
  if (room < INTERFACES) return CKR_BUFFER_TOO_SMALL;
  return host_copy(name, pInterfacesList, interfaces, sizeof interfaces);
}

// is_named compares a name of the host, which may end at the end of its memory.
static CK_RV is_named(const CK_UTF8CHAR *given, const char *want, int *same) {
  *same = 1;
  for (size_t i = 0; *same && given != NULL; i++) {
    char c = 0;
    CK_RV rv = host_copy("C_GetInterface", &c, given + i, 1);
    if (rv != CKR_OK) return rv;
    *same = c == want[i];
    if (c == 0) break;
  }
  return CKR_OK;
}

EXPORT CK_RV C_GetInterface(CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion, CK_INTERFACE_PTR_PTR ppInterface,
                            CK_FLAGS flags) {
  static const char name[] = "C_GetInterface";
  if (ppInterface == NULL) return CKR_ARGUMENTS_BAD;
  CK_VERSION wanted = {0, 0};
  int named;
  CK_RV rv = is_named(pInterfaceName, interface_name, &named);
  if (rv == CKR_OK && pVersion != NULL) rv = host_copy(name, &wanted, pVersion, sizeof wanted);
  if (rv != CKR_OK) return rv;
  for (int i = 0; i < INTERFACES && named; i++) {
    const CK_VERSION *version = interfaces[i].pFunctionList;
    if (pVersion != NULL && (wanted.major != version->major || wanted.minor != version->minor)) continue;
    if ((flags & interfaces[i].flags) != flags) continue;
    const CK_INTERFACE *found = &interfaces[i];
    return host_copy(name, ppInterface, &found, sizeof found);
  }
  return CKR_ARGUMENTS_BAD;
}

// Functions with a part that must run in C.

static int all_or_none(const CK_C_INITIALIZE_ARGS *a, int *callbacks) {
  int n = (a->CreateMutex != NULL) + (a->DestroyMutex != NULL) + (a->LockMutex != NULL) + (a->UnlockMutex != NULL);
  *callbacks = n != 0;
  return n == 0 || n == 4;
}

// C_Initialize (5.4.1). CKF_LIBRARY_CANT_CREATE_OS_THREADS is accepted though
// a Go runtime has threads of its own: every NSS browser sets it.
EXPORT CK_RV C_Initialize(CK_VOID_PTR pInitArgs) {
  CK_C_INITIALIZE_ARGS a;
  CK_FLAGS flags = 0;
  int callbacks = 0;
  if (pInitArgs != NULL) {
    CK_RV readable = host_copy("C_Initialize", &a, pInitArgs, sizeof a);
    if (readable != CKR_OK) return readable;
    if (a.pReserved != NULL || !all_or_none(&a, &callbacks)) return CKR_ARGUMENTS_BAD;
    flags = a.flags;
  }
  if (inherited_runtime()) {
    const CK_FUNCTION_LIST_3_0 *copy = load_copy();
    return copy == NULL ? CKR_FUNCTION_FAILED : copy->C_Initialize(pInitArgs);
  }
  CK_RV started = owns_runtime() ? CKR_OK : start_runtime();
  if (started != CKR_OK) return started;
  signal_mask saved = mask_signals();
  CK_RV rv = goC_Initialize(flags, callbacks);
  unmask_signals(&saved);
  return rv;
}

static CK_RV call_wait(const uintptr_t *numbers) { return goC_WaitForSlotEvent((int)numbers[0], numbers[1]); }

// C_WaitForSlotEvent (5.5.4). The blocking form looks again and again for a
// short while.
EXPORT CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved) {
  int once = (flags & CKF_DONT_BLOCK) != 0;
  if (!owns_runtime()) WITHOUT_RUNTIME(C_WaitForSlotEvent, (flags, pSlot, pReserved));
  if ((flags & ~CKF_DONT_BLOCK) != 0 || pSlot == NULL || pReserved != NULL) {
    signal_mask saved = mask_signals();
    CK_RV rv = goBadArguments((char *)"C_WaitForSlotEvent");
    unmask_signals(&saved);
    return rv;
  }
  const uintptr_t numbers[] = {once ? 0 : WAIT_SLICE, number(pSlot)};
  for (;;) {
    unsigned long long start = milliseconds();
    CK_RV rv = run_in_worker(call_wait, numbers, 2);
    if (once || rv != CKR_NO_EVENT) return rv;
    unsigned long long spent = milliseconds() - start;
    if (spent < WAIT_SLICE / 2) sleep_milliseconds(WAIT_SLICE - (unsigned)spent);
  }
}
