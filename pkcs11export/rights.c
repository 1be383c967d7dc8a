// SPDX-License-Identifier: Apache-2.0

//go:build !windows

#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "rights.h"

#include <unistd.h>

static int more_rights;

#ifdef __linux__

#include <sys/auxv.h>

// The kernel decides it when it starts the program, and libc goes by the same
// word (secure_getenv(3)).
static int set_by_kernel(void) { return getauxval(AT_SECURE) != 0; }

#elif defined(__APPLE__)

static int set_by_kernel(void) { return issetugid(); }

#else

static int set_by_kernel(void) { return 0; }  // POSIX has no word of the kernel's

#endif

void note_rights(void) { more_rights = set_by_kernel() || getuid() != geteuid() || getgid() != getegid(); }

int started_with_more_rights(void) { return more_rights; }
