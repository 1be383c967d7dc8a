// SPDX-License-Identifier: Apache-2.0
//
// A program that uses a PKCS#11 module and measures it. Arguments: a mode, the
// module, and what the mode wants. Every result is a line "name value...";
// times are in microseconds, sizes in KiB.

#define _GNU_SOURCE
#include "../../../include/pkcs11.h"

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static CK_FUNCTION_LIST *f;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void must(CK_RV rv, const char *what) {
  if (rv == CKR_OK) return;
  fprintf(stderr, "%s = 0x%lx\n", what, (unsigned long)rv);
  exit(1);
}
#define MUST(call) must((call), #call)

// Memory of this process that is its own, its part of shared memory included.
static long pss(void) {
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  char line[200];
  long total = 0, n;
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (sscanf(line, "Pss: %ld", &n) == 1) total = n;
  if (file != NULL) fclose(file);
  return total;
}

static int entries(const char *path) {
  int n = 0;
  DIR *d = opendir(path);
  while (d != NULL && readdir(d) != NULL) n++;
  if (d != NULL) closedir(d);
  return n - 2;
}

static void load(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  CK_RV (*list)(CK_FUNCTION_LIST **) = NULL;
  if (library != NULL) *(void **)&list = dlsym(library, "C_GetFunctionList");
  if (list == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  MUST(list(&f));
}

static CK_C_INITIALIZE_ARGS threads_ok = {.flags = CKF_OS_LOCKING_OK};

// Loading, in a process that has done nothing else.
static void loading(const char *path) {
  long before = pss();
  int threads = entries("/proc/self/task");
  double start = now();
  load(path);
  double loaded = now();
  long after_load = pss();
  double again = now();
  MUST(f->C_Initialize(&threads_ok));
  double initialised = now();
  CK_ULONG n = 0;
  MUST(f->C_GetSlotList(CK_FALSE, NULL, &n));
  double listed = now();
  printf("dlopen %.0f\ninitialize %.0f\nslots %.0f\ntotal %.0f\n", loaded - start, initialised - again,
         listed - initialised, loaded - start + listed - again);
  printf("pss_load %ld\npss_init %ld\nthreads %d\n", after_load - before, pss() - before,
         entries("/proc/self/task") - threads);
}

static CK_SLOT_ID find_slot(void) {
  CK_SLOT_ID slots[16];
  CK_ULONG n = 16;
  MUST(f->C_GetSlotList(CK_TRUE, slots, &n));
  for (CK_ULONG i = 0; i < n; i++) {
    CK_TOKEN_INFO info;
    if (f->C_GetTokenInfo(slots[i], &info) == CKR_OK && info.flags & CKF_TOKEN_INITIALIZED) return slots[i];
  }
  fprintf(stderr, "no token\n");
  exit(1);
}

static CK_SESSION_HANDLE open_session(CK_SLOT_ID slot) {
  CK_SESSION_HANDLE s;
  MUST(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));
  return s;
}

static CK_ULONG find(CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *objects, CK_ULONG room) {
  CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
  CK_ULONG n = 0;
  MUST(f->C_FindObjectsInit(s, &template, 1));
  MUST(f->C_FindObjects(s, objects, room, &n));
  MUST(f->C_FindObjectsFinal(s));
  return n;
}

static CK_OBJECT_HANDLE find_one(CK_SESSION_HANDLE s, CK_OBJECT_CLASS class) {
  CK_OBJECT_HANDLE o[8];
  if (find(s, class, o, 8) == 0) {
    fprintf(stderr, "no object of class %lu\n", (unsigned long)class);
    exit(1);
  }
  return o[0];
}

static void login(CK_SESSION_HANDLE s, char *pin) { MUST(f->C_Login(s, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin))); }

static CK_BYTE message[] = "messaggio";
enum { LONGEST = 512 };

static CK_RV sign(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_BYTE *signature, CK_ULONG *n) {
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
  *n = LONGEST;
  CK_RV rv = f->C_SignInit(s, &m, key);
  return rv == CKR_OK ? f->C_Sign(s, message, sizeof message - 1, signature, n) : rv;
}

// Waits until whoever started this program has counted what the card did.
static void wait_for_counting(void) {
  char line[16];
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) exit(1);
}

static void list_certificates(CK_SESSION_HANDLE s) {
  CK_OBJECT_HANDLE o[8];
  CK_ULONG n = find(s, CKO_CERTIFICATE, o, 8);
  for (CK_ULONG i = 0; i < n; i++) {
    CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
    MUST(f->C_GetAttributeValue(s, o[i], &value, 1));
    value.pValue = malloc(value.ulValueLen);
    MUST(f->C_GetAttributeValue(s, o[i], &value, 1));
    free(value.pValue);
  }
  if (n == 0) exit(1);
}

// A person's errand: the certificate is listed, the PIN is given, and two
// signatures are made.
static void errand(const char *path, char *pin) {
  CK_BYTE signature[LONGEST];
  CK_ULONG n;
  load(path);
  double start = now();
  MUST(f->C_Initialize(&threads_ok));
  CK_SESSION_HANDLE s = open_session(find_slot());
  list_certificates(s);
  printf("list %.0f\n", now() - start);
  wait_for_counting();
  start = now();
  login(s, pin);
  printf("login %.0f\n", now() - start);
  wait_for_counting();
  for (int i = 0; i < 2; i++) {
    start = now();
    MUST(sign(s, find_one(s, CKO_PRIVATE_KEY), signature, &n));
    printf("%s %.0f ", i == 0 ? "first" : "second", now() - start);
    for (CK_ULONG k = 0; k < n; k++) printf("%02x", signature[k]);
    printf("\n");
    wait_for_counting();
  }
}

// run calls a function for a quarter of a second and prints how often a second
// that is.
static void rate(const char *name, void (*call)(void)) {
  call();
  long n = 0;
  double start = now(), took;
  do {
    for (int i = 0; i < 4; i++) call();
    n += 4;
  } while ((took = now() - start) < 250e3);
  printf("%s %.1f\n", name, n / took * 1e6);
}

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE public_key;
static CK_BYTE a_signature[LONGEST], mebibyte[1 << 20];
static CK_ULONG a_length;

static void session_info(void) {
  CK_SESSION_INFO info;
  for (int i = 0; i < 100; i++) MUST(f->C_GetSessionInfo(session, &info));
}
static void find_certificates(void) {
  CK_OBJECT_HANDLE o[8];
  for (int i = 0; i < 10; i++) find(session, CKO_CERTIFICATE, o, 8);
}
static void digest(void) {
  CK_MECHANISM m = {CKM_SHA256, NULL, 0};
  CK_BYTE out[32];
  CK_ULONG n = sizeof out;
  MUST(f->C_DigestInit(session, &m));
  MUST(f->C_Digest(session, mebibyte, sizeof mebibyte, out, &n));
}
static void verify(void) {
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
  MUST(f->C_VerifyInit(session, &m, public_key));
  MUST(f->C_Verify(session, message, sizeof message - 1, a_signature, a_length));
}

static void rates(const char *path, char *pin) {
  load(path);
  MUST(f->C_Initialize(&threads_ok));
  session = open_session(find_slot());
  login(session, pin);
  MUST(sign(session, find_one(session, CKO_PRIVATE_KEY), a_signature, &a_length));
  public_key = find_one(session, CKO_PUBLIC_KEY);
  rate("session_info_100", session_info);
  rate("find_10", find_certificates);
  rate("digest", digest);
  rate("verify", verify);
}

// Threads that sign at once, each in a session of its own.
enum { MOST_THREADS = 64 };
static struct worker {
  pthread_t thread;
  CK_SLOT_ID slot;
  double until, longest;
  long n;
} workers[MOST_THREADS];

static void *work(void *argument) {
  struct worker *w = argument;
  CK_BYTE signature[LONGEST];
  CK_ULONG n;
  CK_SESSION_HANDLE s = open_session(w->slot);
  CK_OBJECT_HANDLE key = find_one(s, CKO_PRIVATE_KEY);
  for (double start = now(), end; start < w->until; start = end) {
    MUST(sign(s, key, signature, &n));
    end = now();
    if (end - start > w->longest) w->longest = end - start;
    w->n++;
  }
  return NULL;
}

static void threads(const char *path, char *pin, int count, double seconds) {
  load(path);
  MUST(f->C_Initialize(&threads_ok));
  CK_SLOT_ID slot = find_slot();
  CK_SESSION_HANDLE s = open_session(slot);
  CK_BYTE signature[LONGEST];
  CK_ULONG length;
  login(s, pin);
  MUST(sign(s, find_one(s, CKO_PRIVATE_KEY), signature, &length));  // what only the first one needs
  double start = now(), longest = 0;
  for (int i = 0; i < count; i++) {
    workers[i] = (struct worker){.slot = slot, .until = start + seconds * 1e6};
    pthread_create(&workers[i].thread, NULL, work, &workers[i]);
  }
  long all = 0, least = -1, most = 0;
  for (int i = 0; i < count; i++) {
    pthread_join(workers[i].thread, NULL);
    long n = workers[i].n;
    all += n;
    if (least < 0 || n < least) least = n;
    if (n > most) most = n;
    if (workers[i].longest > longest) longest = workers[i].longest;
  }
  printf("rate %.2f\nleast %ld\nmost %ld\nlongest %.0f\n", all / (now() - start) * 1e6, least, most, longest);
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "load") == 0)
    loading(argv[2]);
  else if (argc == 4 && strcmp(argv[1], "errand") == 0)
    errand(argv[2], argv[3]);
  else if (argc == 4 && strcmp(argv[1], "rates") == 0)
    rates(argv[2], argv[3]);
  else if (argc == 6 && strcmp(argv[1], "threads") == 0 && atoi(argv[4]) <= MOST_THREADS)
    threads(argv[2], argv[3], atoi(argv[4]), atof(argv[5]));
  else
    return 2;
  MUST(f->C_Finalize(NULL));
  return 0;
}
