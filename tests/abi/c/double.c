// SPDX-License-Identifier: Apache-2.0
//
// What passes between C and Go, against the build whose module says back what
// it was given (tests/doubles/echo).

#include "common.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static CK_FUNCTION_LIST_3_0 *f;

// Session handles of the double.
enum { GOOD = 1, PANICS = 2, WRONG = 3 };

// Asks the double what the call before was given.
static const char *said(void) {
  static CK_BYTE text[512];
  CK_ULONG n = sizeof text - 1;
  memset(text, 0, sizeof text);
  EXPECT_RV(f->C_Sign(GOOD, NULL, 0, text, &n), CKR_OK);
  return (char *)text;
}

#define EXPECT_SAID(want) EXPECT(strcmp(said(), want) == 0, "said: %s", said())

static void texts(void) {
  CK_INFO info;
  EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  EXPECT(memcmp(info.manufacturerID, "thirty-one bytes and one mores: ", 32) == 0, "cut inside a character");
  EXPECT(memcmp(info.libraryDescription, "flags=3 callbacks=false         ", 32) == 0, "%.32s",
         info.libraryDescription);
  EXPECT(info.cryptokiVersion.major == 3 && info.libraryVersion.minor == 5 && info.flags == 0, "CK_INFO");
  CK_TOKEN_INFO token;
  EXPECT_RV(f->C_GetTokenInfo(7, &token), CKR_OK);
  EXPECT(memcmp(token.label, "a b                             ", 32) == 0, "%.32s", token.label);
  EXPECT(memcmp(token.serialNumber, "0123456789abcdef", 16) == 0, "%.16s", token.serialNumber);
  EXPECT(memcmp(token.utcTime, "                ", 16) == 0, "utcTime is not blank");
  EXPECT(token.ulFreePublicMemory == CK_UNAVAILABLE_INFORMATION && token.ulMaxPinLen == 8, "numbers of CK_TOKEN_INFO");
  EXPECT(token.firmwareVersion.major == 1 && token.firmwareVersion.minor == 2, "firmwareVersion");
}

static void slots(void) {
  CK_SLOT_ID ids[4] = {0};
  CK_ULONG n = 0;
  EXPECT_RV(f->C_GetSlotList(CK_FALSE, NULL, &n), CKR_OK);
  EXPECT(n == 3, "count %lu", n);
  n = 0;
  EXPECT_RV(f->C_GetSlotList(CK_FALSE, ids, &n), CKR_BUFFER_TOO_SMALL);
  EXPECT(n == 3 && ids[0] == 0, "count %lu", n);
  n = 4;
  EXPECT_RV(f->C_GetSlotList(CK_FALSE, ids, &n), CKR_OK);
  EXPECT(n == 3 && ids[0] == 7 && ids[1] == 9 && ids[2] == 11 && ids[3] == 0, "slots");
}

static void pins(void) {
  CK_UTF8CHAR pin[] = "12345";
  EXPECT_RV(f->C_Login(GOOD, CKU_USER, pin, 5), CKR_OK);
  EXPECT(memcmp(pin, "12345", 6) == 0, "the caller's PIN was changed");
  EXPECT_RV(f->C_Login(GOOD, CKU_USER, pin, 4), CKR_PIN_INCORRECT);
  EXPECT_RV(f->C_Login(GOOD, CKU_USER, pin, 0), CKR_PIN_INCORRECT);
  EXPECT_RV(f->C_Login(GOOD, CKU_USER, NULL, 0), CKR_FUNCTION_CANCELED);
  EXPECT_RV(f->C_Login(GOOD, CKU_USER, NULL, 5), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_Login(99, CKU_USER, NULL, 5), CKR_SESSION_HANDLE_INVALID);
}

static void attributes(void) {
  CK_BYTE label[8] = "xxxxxxx", small[2] = "x", id[4], exponent[8];
  CK_ATTRIBUTE a[] = {
      {CKA_LABEL, label, 7}, {CKA_ID, id, 4},       {CKA_PRIVATE_EXPONENT, exponent, 8},
      {CKA_LABEL, small, 2}, {CKA_LABEL, NULL, 99}, {CKA_LABEL, label, 5},
  };
  EXPECT_RV(f->C_GetAttributeValue(GOOD, 1, a, 2), CKR_OK);
  EXPECT(a[0].ulValueLen == 5 && memcmp(label, "labelxx", 7) == 0, "label %.7s", label);
  EXPECT(a[1].ulValueLen == 0, "empty value, length %lu", a[1].ulValueLen);
  EXPECT_RV(f->C_GetAttributeValue(GOOD, 1, &a[2], 1), CKR_ATTRIBUTE_SENSITIVE);
  EXPECT(a[2].ulValueLen == CK_UNAVAILABLE_INFORMATION, "sensitive, length %lu", a[2].ulValueLen);
  memset(label, 'y', 7);
  EXPECT_RV(f->C_GetAttributeValue(GOOD, 1, &a[3], 3), CKR_BUFFER_TOO_SMALL);
  EXPECT(a[3].ulValueLen == CK_UNAVAILABLE_INFORMATION && small[0] == 'x', "too small");
  EXPECT(a[4].ulValueLen == 5, "size query, length %lu", a[4].ulValueLen);
  EXPECT(a[5].ulValueLen == 5 && memcmp(label, "labelyy", 7) == 0, "entry after an error: %.7s", label);
  a[0].ulValueLen = 7;
  EXPECT_RV(f->C_GetAttributeValue(99, 1, a, 1), CKR_SESSION_HANDLE_INVALID);
  EXPECT(a[0].ulValueLen == 7, "length changed by a refused call");
  EXPECT_RV(f->C_GetAttributeValue(GOOD, 1, NULL, 1), CKR_ARGUMENTS_BAD);
  a[3].ulValueLen = 2;
  EXPECT_RV(f->C_GetAttributeValue(WRONG, 1, &a[3], 1), CKR_GENERAL_ERROR);
  EXPECT(small[0] == 'x', "written past the room");
}

static void templates(void) {
  CK_OBJECT_CLASS class = CKO_CERTIFICATE;
  CK_ATTRIBUTE t[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, NULL, 0}, {CKA_LABEL, NULL, 3}};
  EXPECT_RV(f->C_FindObjectsInit(GOOD, t, 2), CKR_OK);
  EXPECT_SAID("[{0 0100000000000000} {102 }]; ");
  EXPECT_RV(f->C_FindObjectsInit(GOOD, t, 3), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_FindObjectsInit(GOOD, NULL, 0), CKR_OK);
  EXPECT_RV(f->C_FindObjectsInit(GOOD, NULL, 1), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_FindObjectsInit(GOOD, t, 5000), CKR_ARGUMENTS_BAD);
  CK_OBJECT_HANDLE found[3] = {0};
  CK_ULONG n = 9;
  EXPECT_RV(f->C_FindObjects(GOOD, found, 3, &n), CKR_OK);
  EXPECT(n == 2 && found[0] == 21 && found[1] == 22 && found[2] == 0, "%lu objects", n);
  EXPECT_RV(f->C_FindObjects(GOOD, found, ~0UL, &n), CKR_OK);
  EXPECT_RV(f->C_FindObjects(GOOD, NULL, 0, &n), CKR_OK);
  EXPECT(n == 0, "%lu objects", n);
  EXPECT_RV(f->C_FindObjects(GOOD, NULL, 1, &n), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_FindObjects(GOOD, found, 1, NULL), CKR_ARGUMENTS_BAD);
}

static void mechanisms(void) {
  CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
  CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, (CK_VOID_PTR) "\xab\xcd", 2};
  CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};
  EXPECT_RV(f->C_SignInit(GOOD, &m, 5), CKR_OK);
  EXPECT_SAID("1 <nil>%!x(<nil>) key 5; ");
  EXPECT_RV(f->C_SignInit(GOOD, NULL, 5), CKR_OK);
  EXPECT_SAID("cancelled; ");
  m = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof pss};
  EXPECT_RV(f->C_SignInit(GOOD, &m, 5), CKR_OK);
  EXPECT_SAID("d module.PSSParams{250 2 20} key 5; ");
  m = (CK_MECHANISM){CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep};
  EXPECT_RV(f->C_SignInit(GOOD, &m, 5), CKR_OK);
  EXPECT_SAID("9 module.OAEPParams{220 1 1 abcd} key 5; ");
  CK_MECHANISM bad[] = {
      {CKM_RSA_PKCS, &pss, 1},
      {CKM_RSA_PKCS, NULL, 1},
      {CKM_RSA_PKCS_PSS, &pss, sizeof pss - 1},
      {CKM_RSA_PKCS_PSS, NULL, sizeof pss},
      {CKM_RSA_PKCS_PSS, NULL, 0},
      {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep + 1},
      {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep},
  };
  oaep.pSourceData = NULL;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    EXPECT_RV(f->C_SignInit(GOOD, &bad[i], 5), CKR_OK);
    EXPECT(strstr(said(), "module.BadParam") != NULL, "%zu said: %s", i, said());
  }
}

static void operations(void) {
  CK_BYTE out[64];
  CK_ULONG n = 0;
  CK_MECHANISM m = {CKM_RSA_X_509, NULL, 0};
  EXPECT_RV(f->C_SignInit(GOOD, &m, 1), CKR_OK);
  EXPECT_RV(f->C_Sign(GOOD, (CK_BYTE_PTR) "data", 4, NULL, &n), CKR_OK);
  EXPECT(n == strlen("3 <nil>%!x(<nil>) key 1; data"), "size %lu", n);
  CK_ULONG need = n--;
  memset(out, 'z', sizeof out);
  EXPECT_RV(f->C_Sign(GOOD, (CK_BYTE_PTR) "data", 4, out, &n), CKR_BUFFER_TOO_SMALL);
  EXPECT(n == need && out[0] == 'z', "size %lu", n);
  n = sizeof out;
  EXPECT_RV(f->C_Sign(GOOD, (CK_BYTE_PTR) "data", 4, out, &n), CKR_OK);
  EXPECT(n == need && memcmp(out + n - 4, "data", 4) == 0 && out[n] == 'z', "size %lu", n);
  n = 3;
  EXPECT_RV(f->C_Sign(WRONG, NULL, 0, out, &n), CKR_GENERAL_ERROR);
  EXPECT_RV(f->C_Sign(GOOD, NULL, 4, out, &n), CKR_ARGUMENTS_BAD);
  EXPECT_SAID("ended [4]; ");
  EXPECT_RV(f->C_Sign(GOOD, out, 4, out, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_Decrypt(GOOD, out, 4, out, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_SAID("ended [2]; ");
  EXPECT_RV(f->C_Verify(GOOD, (CK_BYTE_PTR) "a", 1, (CK_BYTE_PTR) "bc", 2), CKR_OK);
  EXPECT_SAID("verify \"a\" \"bc\"; ");
  EXPECT_RV(f->C_Verify(GOOD, (CK_BYTE_PTR) "a", 1, NULL, 2), CKR_ARGUMENTS_BAD);
  EXPECT_SAID("ended [6]; ");
  EXPECT_RV(f->C_DigestKey(GOOD, 1), CKR_FUNCTION_NOT_SUPPORTED);
  EXPECT_RV(f->C_DigestKey(99, 1), CKR_SESSION_HANDLE_INVALID);
}

static void panics(void) {
  CK_ULONG n = 0;
  CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};
  for (int i = 0; i < 100; i++) {
    EXPECT_RV(f->C_SignInit(PANICS, &m, 1), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_Sign(PANICS, NULL, 0, NULL, &n), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_Logout(GOOD), CKR_GENERAL_ERROR);  // the double has no such method
  }
  CK_ULONG_PTR nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_RV(f->C_OpenSession(7, CKF_SERIAL_SESSION, NULL, NULL, nowhere), CKR_GENERAL_ERROR);
  EXPECT(strncmp(said(), "opened", 6) != 0, "a session that nobody knows of is open");
  CK_SESSION_HANDLE h = 0;
  EXPECT_RV(f->C_OpenSession(7, CKF_SERIAL_SESSION, NULL, NULL, &h), CKR_OK);
  EXPECT(h == 1, "handle %lu", h);
}

static volatile sig_atomic_t alarms;
static void on_alarm(int s) { (void)s, alarms++; }

// The double finds no event three times, at once: the wait lasts three slices
// all the same, and signals arrive in it.
static void slot_events(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, NULL);
  CK_SLOT_ID slot = 0;
  EXPECT_RV(f->C_WaitForSlotEvent(2, &slot, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_WaitForSlotEvent(0, NULL, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_WaitForSlotEvent(0, &slot, &slot), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
  struct timespec from, to;
  struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
  clock_gettime(CLOCK_MONOTONIC, &from);
  setitimer(ITIMER_REAL, &often, NULL);
  EXPECT_RV(f->C_WaitForSlotEvent(0, &slot, NULL), CKR_OK);
  setitimer(ITIMER_REAL, &never, NULL);
  EXPECT(alarms > 1, "%d signals in the wait", (int)alarms);
  alarms = 0;
  clock_gettime(CLOCK_MONOTONIC, &to);
  long ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
  EXPECT(slot == 9 && ms >= 400, "slot %lu after %ld ms", slot, ms);
}

static void signals_in_calls(void) {
  struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);
  CK_INFO info;
  for (int i = 0; alarms < 50 && i < 100000000; i++) EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  setitimer(ITIMER_REAL, &never, NULL);
  EXPECT(alarms >= 50, "%d signals seen by the host", (int)alarms);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  f = load(argv[1]);
  CK_C_INITIALIZE_ARGS a;
  memset(&a, 0, sizeof a);
  a.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS | CKF_OS_LOCKING_OK;
  EXPECT_RV(f->C_Initialize(&a), CKR_OK);
  texts();
  slots();
  pins();
  attributes();
  templates();
  mechanisms();
  operations();
  panics();
  slot_events();
  signals_in_calls();
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  return done();
}
