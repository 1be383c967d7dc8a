// SPDX-License-Identifier: Apache-2.0
//
// What the host program wants of its system: shared libraries and threads.

#ifndef TSCNS_TEST_SYSTEM_H
#define TSCNS_TEST_SYSTEM_H

#ifdef _WIN32

#include <windows.h>

typedef HMODULE library;
static library load(const char *path) { return LoadLibraryA(path); }
static void *symbol(library l, const char *name) { return (void *)(UINT_PTR)GetProcAddress(l, name); }
static void unload(library l) { FreeLibrary(l); }

// Whether the library is still there after the host has let go of it.
static int is_resident(const char *path) {
  const char *name = path;
  for (const char *p = path; *p != 0; p++)
    if (*p == '\\' || *p == '/') name = p + 1;
  return GetModuleHandleA(name) != NULL;
}

typedef HANDLE thread;
#define THREAD_BODY DWORD WINAPI
static int start(thread *t, LPTHREAD_START_ROUTINE body, void *argument) {
  *t = CreateThread(NULL, 0, body, argument, 0, NULL);
  return *t != NULL;
}
static void join(thread t) {
  WaitForSingleObject(t, INFINITE);
  CloseHandle(t);
}

#else

#include <dlfcn.h>
#include <pthread.h>

typedef void *library;
static library load(const char *path) {
  library l = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (l == NULL) fprintf(stderr, "%s\n", dlerror());
  return l;
}
static void *symbol(library l, const char *name) { return dlsym(l, name); }
static void unload(library l) { dlclose(l); }
static int is_resident(const char *path) {
  library l = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
  if (l != NULL) dlclose(l);
  return l != NULL;
}

typedef pthread_t thread;
#define THREAD_BODY void *
static int start(thread *t, void *(*body)(void *), void *argument) {
  return pthread_create(t, NULL, body, argument) == 0;
}
static void join(thread t) { pthread_join(t, NULL); }

#endif

#endif
