// SPDX-License-Identifier: Apache-2.0
//
// A library that an attacker plants: when it is loaded it makes the file
// "/taken", with nothing of libc, which another root directory may not have.

#include <fcntl.h>
#include <sys/syscall.h>

static void __attribute__((constructor)) take(void) {
  static const char name[] = TAKEN;
  long result;
#if defined(__x86_64__)
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(SYS_open), "D"(name), "S"((long)(O_CREAT | O_WRONLY)), "d"(0600L)
                   : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_openat, at __asm__("x0") = AT_FDCWD, path __asm__("x1") = (long)name,
                       flags __asm__("x2") = O_CREAT | O_WRONLY, mode __asm__("x3") = 0600;
  __asm__ volatile("svc 0" : "+r"(at) : "r"(number), "r"(path), "r"(flags), "r"(mode) : "memory");
  result = at;
#endif
  (void)result;
}
