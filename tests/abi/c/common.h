// SPDX-License-Identifier: Apache-2.0
//
// What the C programs of this test share. Each is a host: it loads the library
// named by its first argument, and ends 0 when all it expects is so.

#ifndef TSCNS_TEST_COMMON_H
#define TSCNS_TEST_COMMON_H

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11.h"

static int failures;

#define EXPECT(condition, ...)               \
  do {                                       \
    if (!(condition) && failures++ < 50) {   \
      printf("%s:%d: ", __FILE__, __LINE__); \
      printf(__VA_ARGS__);                   \
      printf(" [%s]\n", #condition);         \
    }                                        \
  } while (0)

#define EXPECT_RV(call, want)                                                     \
  do {                                                                            \
    CK_RV got_ = (call);                                                          \
    EXPECT(got_ == (want), "%s = 0x%lx, want 0x%lx", #call, got_, (CK_RV)(want)); \
  } while (0)

static void *library;

static void *symbol(const char *name) {
  void *p = dlsym(library, name);
  if (p == NULL) {
    printf("%s\n", dlerror());
    exit(2);
  }
  return p;
}

// Loads the library and returns its 3.0 list, which begins like the 2.40 one.
static CK_FUNCTION_LIST_3_0 *load(const char *path) {
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    printf("%s\n", dlerror());
    exit(2);
  }
  CK_INTERFACE_PTR i = NULL;
  CK_C_GetInterface get = (CK_C_GetInterface)symbol("C_GetInterface");
  if (get(NULL, NULL, &i, 0) != CKR_OK) exit(3);
  return i->pFunctionList;
}

// The functions in the order of the lists.
static const char *const names[] = {
#define FUNCTION_2_40(kind, name, parameters, arguments) #name,
#define FUNCTION_3_0(kind, name, parameters, arguments)  #name,
#include "../../../pkcs11export/functions.h"
};
enum { NAMES = sizeof names / sizeof names[0] };

// Any function, called with whole words: what it ignores does no harm.
typedef CK_RV (*any_function)(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG,
                              CK_ULONG);

static inline any_function at(const void *list, int i) { return ((any_function *)((char *)list + sizeof(void *)))[i]; }

static inline int is(int i, const char *name) { return strcmp(names[i], name) == 0; }

// True for functions that answer without C_Initialize, and C_Initialize.
static inline int always_answers(int i) {
  return is(i, "C_Initialize") || is(i, "C_GetFunctionList") || is(i, "C_GetInterfaceList") || is(i, "C_GetInterface");
}

// Counts what a directory has, such as the threads of /proc/self/task.
static inline int entries(const char *directory) {
  int n = 0;
  DIR *d = opendir(directory);
  for (struct dirent *e; (e = readdir(d)) != NULL;) n += e->d_name[0] != '.';
  closedir(d);
  return n;
}

static int done(void) {
  if (failures == 0) printf("ok\n");
  return failures != 0;
}

#endif
