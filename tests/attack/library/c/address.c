// SPDX-License-Identifier: Apache-2.0
//
// A host passes addresses of any kind, and has the garbage collector run while
// the library works on them: the library's argument is followed by the address
// to pass, or by nothing: then it is every 1 MB of what the Go runtime had
// for its heap, and has given back in part.

#include "host.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

static CK_FUNCTION_LIST_PTR f;
static CK_SESSION_HANDLE session;
static atomic_int over;

// Calls that allocate, so that the collector runs again and again.
static void *allocate(void *unused) {
  (void)unused;
  static CK_BYTE value[1 << 16];
  CK_ATTRIBUTE template = {CKA_VALUE, value, sizeof value};
  while (!atomic_load(&over)) f->C_FindObjectsInit(CK_INVALID_HANDLE, &template, 1);
  return NULL;
}

// use passes an address to functions of all shapes. What they return does not
// matter: the host has to live.
static void use(void *p) {
  CK_ULONG n = 64;
  CK_BYTE out[64];
  CK_ATTRIBUTE attribute = {CKA_LABEL, p, 8}, *template = p;
  CK_MECHANISM sha = {CKM_SHA256, NULL, 0}, strange = {CKM_RSA_PKCS_OAEP, p, sizeof(CK_RSA_PKCS_OAEP_PARAMS)};
  CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, p, 32};
  CK_MECHANISM labelled = {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep};
  f->C_DigestInit(session, &sha);
  f->C_Digest(session, p, 80 << 10, out, &n);
  f->C_DigestInit(session, &sha);
  f->C_DigestUpdate(session, p, 4096);
  f->C_DigestFinal(session, NULL, &n);
  f->C_FindObjectsInit(session, &attribute, 1);
  f->C_FindObjectsFinal(session);
  f->C_FindObjectsInit(session, template, 1);
  f->C_FindObjectsFinal(session);
  f->C_EncryptInit(session, &strange, 1);
  f->C_EncryptInit(session, &labelled, 1);
  f->C_SignInit(session, p, 1);
  f->C_Login(session, CKU_SO, p, 4);  // no PUK is that short
}

// The Go runtime reserves its heap in pieces of this size, aligned to it.
enum { PIECE = 64 << 20, STEP = 256 << 10, PIECE_STEPS = PIECE / STEP };

// heap_in_use finds the piece of the lowest address, and in it the memory that
// the runtime has used so far. malloc has such pieces for its threads, higher up.
static void heap_in_use(unsigned long *first, unsigned long *last) {
  char line[512], rights[8];
  unsigned long from, to, inode, begin = 0, end = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  CHECK(maps != NULL);
  *first = *last = 0;
  while (begin % PIECE != 0 || end - begin < PIECE) {
    CHECK(fgets(line, sizeof line, maps) != NULL);
    CHECK(sscanf(line, "%lx-%lx %7s %*s %*s %lu", &from, &to, rights, &inode) == 4);
    if (inode != 0 || from != end) begin = from;
    end = inode == 0 ? to : from;
    if (strcmp(rights, "rw-p") != 0) continue;
    *first = from;
    *last = to;
  }
  fclose(maps);
}

// use_and_free makes the library use so many bytes, and free them.
static void use_and_free(unsigned long size) {
  CK_BYTE *value = calloc(1, size);
  CK_ATTRIBUTE template = {CKA_VALUE, value, size};
  CHECK(value != NULL);
  f->C_FindObjectsInit(CK_INVALID_HANDLE, &template, 1);
  free(value);
}

static void *wait_for_event(void *p) {
  f->C_WaitForSlotEvent(0, p, NULL);
  return NULL;
}

// wait_with has threads wait, each with an address of its own.
static void wait_with(unsigned long first, unsigned long last) {
  static pthread_t threads[PIECE_STEPS];
  int started = 0;
  for (unsigned long p = first; p < last && started < PIECE_STEPS; p += STEP)
    if (pthread_create(&threads[started], NULL, wait_for_event, (void *)p) == 0) started++;
  CHECK(started > 0);
  usleep(500000);  // the calls look at the slots for 250 ms at a time
  f->C_Finalize(NULL);
  for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
}

int main(int argc, char **argv) {
  CHECK(argc == 2 || argc == 3);
  f = load(argv[1]);
  CK_SLOT_ID slots[8];
  CK_ULONG n = 8;
  CHECK(f->C_Initialize(NULL) == CKR_OK);
  CHECK(f->C_GetSlotList(CK_TRUE, slots, &n) == CKR_OK && n > 0);
  CHECK(f->C_OpenSession(slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, allocate, NULL) == 0);
  if (argc == 3) {
    for (int i = 0; i < 50; i++) use((void *)(uintptr_t)strtoull(argv[2], NULL, 0));
  } else {
    unsigned long first, before, after;
    heap_in_use(&first, &before);
    use_and_free(20 << 20);
    heap_in_use(&first, &after);
    CHECK(after > before);
    usleep(100000);  // several collections
    for (unsigned long p = first; p < after + PIECE / 4; p += 4 * STEP) use((void *)p);
    wait_with(before, after);
  }
  atomic_store(&over, 1);
  CHECK(pthread_join(thread, NULL) == 0);
  printf("alive\n");
  return 0;
}
