// SPDX-License-Identifier: Apache-2.0
//
// The functions that the library exports, one, and those that it writes into
// CARD_DATA. Each calls its goCard function, unless the Go runtime has lost its
// threads because the process ends. What the caller points to travels as a
// number (package hostmemory).

#include "bridge.h"
#include "process.h"

#include "_cgo_export.h"

#define NUMBER(x)                                      (uintptr_t)(x)
#define EACH1(a)                                       NUMBER(a)
#define EACH2(a, ...)                                  NUMBER(a), EACH1(__VA_ARGS__)
#define EACH3(a, ...)                                  NUMBER(a), EACH2(__VA_ARGS__)
#define EACH4(a, ...)                                  NUMBER(a), EACH3(__VA_ARGS__)
#define EACH5(a, ...)                                  NUMBER(a), EACH4(__VA_ARGS__)
#define EACH6(a, ...)                                  NUMBER(a), EACH5(__VA_ARGS__)
#define EACH7(a, ...)                                  NUMBER(a), EACH6(__VA_ARGS__)
#define EACH8(a, ...)                                  NUMBER(a), EACH7(__VA_ARGS__)
#define EACH9(a, ...)                                  NUMBER(a), EACH8(__VA_ARGS__)
#define EACH10(a, ...)                                 NUMBER(a), EACH9(__VA_ARGS__)
#define ELEVENTH(a, b, c, d, e, f, g, h, i, j, k, ...) k
#define NUMBERS(...) \
  ELEVENTH(__VA_ARGS__, EACH10, EACH9, EACH8, EACH7, EACH6, EACH5, EACH4, EACH3, EACH2, EACH1, )(__VA_ARGS__)

#define DEFINE_GO(name, parameters, arguments)                                         \
  static DWORD WINAPI name parameters {                                                \
    return process_is_ending() ? SCARD_F_INTERNAL_ERROR : go##name(NUMBERS arguments); \
  }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define DEFINE_UNSUPPORTED(name, parameters, arguments) \
  static DWORD WINAPI name parameters { return SCARD_E_UNSUPPORTED_FEATURE; }

#define FUNCTION(kind, name, parameters, arguments) DEFINE_##kind(name, parameters, arguments)
#define MEMBER_OF_CALLER(type, name)
#include "functions.h"
#pragma GCC diagnostic pop

const CARD_DATA our_functions = {
#define FUNCTION(kind, name, parameters, arguments) .pfn##name = name,
#define MEMBER_OF_CALLER(type, name)
#include "functions.h"
};

__declspec(dllexport) DWORD WINAPI CardAcquireContext(CARD_DATA *pCardData, DWORD dwFlags) {
  return process_is_ending() ? SCARD_F_INTERNAL_ERROR : goCardAcquireContext((uintptr_t)pCardData, dwFlags);
}
