// SPDX-License-Identifier: Apache-2.0

#ifndef TSCNS_TEST_HOST_H
#define TSCNS_TEST_HOST_H

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11.h"

#define CHECK(condition)                                         \
  do {                                                           \
    if (!(condition)) {                                          \
      printf("%s:%d: not %s\n", __FILE__, __LINE__, #condition); \
      exit(3);                                                   \
    }                                                            \
  } while (0)

static inline CK_FUNCTION_LIST_PTR load(const char *path) {
  CK_FUNCTION_LIST_PTR f = NULL;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) printf("%s\n", dlerror());
  CHECK(library != NULL);
  CHECK(((CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList"))(&f) == CKR_OK);
  return f;
}

#endif  // TSCNS_TEST_HOST_H
