// SPDX-License-Identifier: Apache-2.0

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "clock.h"

#ifdef _WIN32

#include <windows.h>

unsigned long long milliseconds(void) { return GetTickCount64(); }
void sleep_milliseconds(unsigned n) { Sleep(n); }

#else

#include <errno.h>
#include <time.h>

unsigned long long milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
}

void sleep_milliseconds(unsigned n) {
  struct timespec t = {n / 1000, (long)(n % 1000) * 1000000};
  while (nanosleep(&t, &t) != 0 && errno == EINTR) {
  }
}

#endif
