// SPDX-License-Identifier: Apache-2.0
//
// Programs that use the card, by real calls. Each gets the library that
// common.h loads, and the PIN of the demo card.

#ifndef TSCNS_TEST_CARD_H
#define TSCNS_TEST_CARD_H

#include "common.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define PIN "12345678"

static CK_FUNCTION_LIST_3_0 *f;

// An open session in which the user is logged in, and the key.
struct user {
  CK_SESSION_HANDLE session;
  CK_OBJECT_HANDLE key;
};

static inline CK_RV find_key(struct user *u) {
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE t = {CKA_CLASS, &class, sizeof class};
  CK_ULONG n = 0;
  CK_RV rv = f->C_FindObjectsInit(u->session, &t, 1);
  if (rv != CKR_OK) return rv;
  rv = f->C_FindObjects(u->session, &u->key, 1, &n);
  f->C_FindObjectsFinal(u->session);
  if (rv == CKR_OK && n != 1) return CKR_KEY_HANDLE_INVALID;
  return rv;
}

static inline CK_RV log_in(struct user *u) {
  CK_SLOT_ID slots[8];
  CK_ULONG n = 8;
  CK_RV rv = f->C_GetSlotList(CK_TRUE, slots, &n);
  if (rv != CKR_OK) return rv;
  if (n == 0) return CKR_TOKEN_NOT_PRESENT;
  rv = f->C_OpenSession(slots[0], CKF_SERIAL_SESSION, NULL, NULL, &u->session);
  if (rv != CKR_OK) return rv;
  rv = f->C_Login(u->session, CKU_USER, (CK_UTF8CHAR_PTR)PIN, sizeof PIN - 1);
  if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) return rv;
  return find_key(u);
}

static inline CK_RV sign_once(struct user *u) {
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
  CK_BYTE data[64] = "dati", signature[512];
  CK_ULONG n = sizeof signature;
  CK_RV rv = f->C_SignInit(u->session, &m, u->key);
  return rv == CKR_OK ? f->C_Sign(u->session, data, sizeof data, signature, &n) : rv;
}

// As sign_once; logs in again where another process has reset the card.
static inline CK_RV sign_shared(struct user *u) {
  CK_RV rv = CKR_OK;
  for (int tries = 0; tries < 50; tries++) {
    rv = sign_once(u);
    if (rv != CKR_USER_NOT_LOGGED_IN && rv != CKR_KEY_HANDLE_INVALID && rv != CKR_OBJECT_HANDLE_INVALID) return rv;
    rv = f->C_Login(u->session, CKU_USER, (CK_UTF8CHAR_PTR)PIN, sizeof PIN - 1);
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) return rv;
    find_key(u);
  }
  return rv;
}

// Waits for a child, and kills it after a number of seconds: signals it could
// end by itself with are masked where it would hang. Returns 1 for a child
// that ended well.
static inline int wait_for(pid_t child, int limit, const char *what) {
  const struct timespec pause = {0, 2000000};
  int status = 0, hangs = 0;
  for (int tries = 0; waitpid(child, &status, WNOHANG) == 0; tries++) {
    if (tries == limit * 500) {
      hangs = 1;
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
    nanosleep(&pause, NULL);
  }
  EXPECT(status == 0, "%s: %s, status 0x%x", what, hangs ? "hangs" : "fails", status);
  return status == 0;
}

// Forks a child that runs work and ends by whether it failed.
static inline pid_t start_child(void (*work)(void *), void *argument) {
  fflush(stdout);
  pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  failures = 0;
  work(argument);
  fflush(stdout);
  _exit(failures != 0);
}

static inline int run_child(const char *what, int limit, void (*work)(void *), void *argument) {
  return wait_for(start_child(work, argument), limit, what);
}

static inline double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#endif
