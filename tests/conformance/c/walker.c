// SPDX-License-Identifier: Apache-2.0
//
// Walks over every function of the library with arguments that no host should
// pass: NULL, handles of nothing, counts beyond everything, pointers that are
// not aligned, not readable, not writable, or end at a page without access.
// Before C_Initialize and after C_Finalize, and in every state of the login.
// Nothing may crash, and every answer must be one that the standard lists.
//
//   walker LIBRARY LAST [wild]
//
// LAST is a file that names the call in progress, for who finds it crashed.
// wild adds addresses that no page can have; under AddressSanitizer those end
// in its own code.

#include "../../abi/c/common.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

#include "codes.h"

#define PAGE       4096
#define PARAMETERS 10

enum kind { SESSION, SLOT, OBJECT, NUMBER, FLAGS, MECHANISM, TEMPLATE, LENGTH, INIT_ARGS, BUFFER, LIST, BYTES };

static CK_FUNCTION_LIST_3_0 *f;
static const struct {
  const char *parameters;
} functions[] = {
#define FUNCTION_2_40(kind, name, parameters, arguments) {#parameters},
#define FUNCTION_3_0(kind, name, parameters, arguments)  {#parameters},
#include "../../../pkcs11export/functions.h"
};

static char *last;                // names the call in progress
static int wild;                  // whether to use addresses that no page can have
static unsigned char *page;       // of the arguments, between pages without access
static unsigned char *edge;       // such a page for pointers that are bad
static unsigned char *read_only;  // the same, readable only
static unsigned long calls, seed = 4711;
static CK_SESSION_HANDLE sessions[2];
static CK_OBJECT_HANDLE certificate, key;
static CK_SLOT_ID slot;

static unsigned long draw(unsigned long n) {  // the same in every run
  seed = seed * 6364136223846793005UL + 1442695040888963407UL;
  return (seed >> 33) % n;
}

static void *pages(int protection) {
  unsigned char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED || mprotect(p, PAGE, PROT_NONE) != 0 || mprotect(p + 2 * PAGE, PAGE, PROT_NONE) != 0) exit(2);
  if (mprotect(p + PAGE, PAGE, protection) != 0) exit(2);
  return p + PAGE;
}

static int starts(const char *s, const char *with) { return strncmp(s, with, strlen(with)) == 0; }

// Reads the kinds of the parameters of a function; returns how many.
static int kinds_of(int function, enum kind *kinds) {
  static const struct {
    const char *type;
    enum kind kind;
  } known[] = {{"CK_SESSION_HANDLE ", SESSION},
               {"CK_SLOT_ID ", SLOT},
               {"CK_OBJECT_HANDLE ", OBJECT},
               {"CK_FLAGS ", FLAGS},
               {"CK_ULONG ", NUMBER},
               {"CK_USER_TYPE ", NUMBER},
               {"CK_MECHANISM_TYPE ", NUMBER},
               {"CK_BBOOL ", NUMBER},
               {"CK_MECHANISM_PTR ", MECHANISM},
               {"CK_ATTRIBUTE_PTR ", TEMPLATE},
               {"CK_ULONG_PTR ", LENGTH},
               {"CK_VOID_PTR pInitArgs", INIT_ARGS},
               {"CK_BYTE_PTR ", BUFFER},
               {"CK_SLOT_ID_PTR pSlotList", LIST},
               {"CK_UTF8CHAR_PTR pPin", BUFFER},
               {"CK_UTF8CHAR_PTR pOldPin", BUFFER},
               {"CK_UTF8CHAR_PTR pNewPin", BUFFER},
               {"CK_UTF8CHAR_PTR pUsername", BUFFER},
               {"CK_MECHANISM_TYPE_PTR ", LIST},
               {"CK_OBJECT_HANDLE_PTR phObject,", LIST}};
  int n = 0;
  for (const char *p = functions[function].parameters + 1; p != NULL && n < PARAMETERS; p = strchr(p, ',')) {
    while (*p == ',' || *p == ' ' || *p == '\n') p++;
    kinds[n] = BYTES;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
      if (starts(p, known[i].type)) kinds[n] = known[i].kind;
    n++;
  }
  return n;
}

// Addresses that are bad in all ways there are. The last two end a host that
// is built with AddressSanitizer in the sanitizer's own code.
static CK_ULONG bad_address(void) {
  switch (draw(wild ? 10 : 8)) {
    case 0:
      return 0;
    case 1:
      return 16;
    case 2:
      return (CK_ULONG)(edge + PAGE);  // no access
    case 3:
      return (CK_ULONG)(edge - PAGE + 8);  // no access
    case 4:
      return (CK_ULONG)(edge + 1);  // not aligned
    case 5:
      return (CK_ULONG)(edge + PAGE - 1);  // runs out of the page
    case 6:
      return (CK_ULONG)(edge + PAGE - 13);  // not aligned, and runs out
    case 7:
      return (CK_ULONG)read_only;
    case 8:
      return 0x8000000000000000UL;
  }
  return ~0UL - 7;
}

static CK_ULONG number(void) {
  static const CK_ULONG some[] = {0,         1,         2,         5,         8,         9,         16,
                                  255,       4096,      4097,      1UL << 20, 1UL << 30, 1UL << 31, 1UL << 32,
                                  1UL << 40, 1UL << 62, 1UL << 63, ~0UL - 1,  ~0UL};
  return some[draw(sizeof some / sizeof some[0])];
}

// A place in the good page, in which the arguments of a call do not overlap.
static void *place(int parameter) { return page + parameter * 384; }

// Blocks of exactly the length that the next argument says: a sanitizer sees
// what is read or written beyond.
static void *heap[PARAMETERS];
static CK_ULONG room = ~0UL;  // entries of the last argument, ~0 where it was no block

static CK_ULONG block(int parameter, size_t entry) {
  room = draw(3) ? draw(16) : draw(400);
  free(heap[parameter]);
  heap[parameter] = calloc(room == 0 ? 1 : room, entry);
  if (heap[parameter] == NULL) exit(2);
  return (CK_ULONG)heap[parameter];
}

// The length of the block that was the argument before, or less; without a
// block any number.
static CK_ULONG length(CK_ULONG otherwise) {
  CK_ULONG n = room == ~0UL ? otherwise : draw(3) ? room : draw(room + 1);
  room = ~0UL;
  return n;
}

static CK_ULONG mechanism(int parameter) {
  static const CK_MECHANISM_TYPE types[] = {
      CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_RSA_PKCS_OAEP, CKM_SHA256, CKM_SHA256_RSA_PKCS_PSS, 0,
      0xdeadbeef};
  CK_MECHANISM *m = place(parameter);
  m->mechanism = types[draw(8)];
  m->pParameter = draw(2) ? NULL : (void *)bad_address();
  m->ulParameterLen = draw(3) == 0 ? number()
                      : draw(2)    ? sizeof(CK_RSA_PKCS_PSS_PARAMS)
                                   : sizeof(CK_RSA_PKCS_OAEP_PARAMS);
  if (draw(2)) m->pParameter = NULL, m->ulParameterLen = 0;
  return (CK_ULONG)m;
}

static CK_ULONG template(int parameter) {
  static const CK_ATTRIBUTE_TYPE types[] = {
      CKA_CLASS, CKA_VALUE, CKA_LABEL, CKA_MODULUS, CKA_PRIVATE_EXPONENT, CKA_TOKEN, CKA_ALLOWED_MECHANISMS,
      0x80000123};
  CK_ATTRIBUTE *a = place(parameter);
  for (int i = 0; i < 8; i++) {
    a[i].type = types[draw(8)];
    a[i].pValue = draw(3) == 0 ? (void *)bad_address() : draw(2) ? NULL : place(9);
    a[i].ulValueLen = draw(3) == 0 ? number() : draw(200);
  }
  return (CK_ULONG)a;
}

static CK_ULONG init_args(int parameter) {
  CK_C_INITIALIZE_ARGS *a = memset(place(parameter), 0, sizeof *a);
  a->flags = draw(4);
  if (draw(3) == 0) a->LockMutex = (CK_LOCKMUTEX)bad_address();
  if (draw(3) == 0) a->pReserved = (void *)bad_address();
  return (CK_ULONG)a;
}

// An argument: a good one, or one that is bad in some way.
static CK_ULONG argument(enum kind kind, int parameter, int good) {
  if (kind != NUMBER && kind != LENGTH) room = ~0UL;
  switch (kind) {
    case SESSION:
      return good || draw(4) ? sessions[draw(2)] : draw(2) ? 0 : number();
    case SLOT:
      return good || draw(4) ? slot : number();
    case OBJECT:
      return draw(3) == 0 ? certificate : draw(2) ? key : number();
    case NUMBER:
      return length(good ? draw(20) : number());
    case FLAGS:
      return good ? CKF_SERIAL_SESSION | CKF_DONT_BLOCK * draw(2) | CKF_RW_SESSION * draw(2) : number();
    case MECHANISM:
      return good || draw(3) ? mechanism(parameter) : bad_address();
    case TEMPLATE:
      return good || draw(3) ? template(parameter) : bad_address();
    case INIT_ARGS:
      return good || draw(3) ? init_args(parameter) : bad_address();
    case LENGTH:
      if (!good && draw(3) == 0) return bad_address();
      *(CK_ULONG *)place(parameter) = length(draw(2) ? draw(300) : number());
      return (CK_ULONG)place(parameter);
    case BUFFER:
      if (good || draw(2)) return block(parameter, 1);
      return bad_address();
    case LIST:
      if (good || draw(2)) return block(parameter, sizeof(CK_ULONG));
      return bad_address();
    default:
      return good || draw(2) ? (CK_ULONG)place(parameter) : bad_address();
  }
}

static int is_listed(int function, const enum kind *kinds, CK_RV rv) {
  static const CK_RV all[] = {
      CKR_OK, CKR_GENERAL_ERROR, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED, CKR_ARGUMENTS_BAD, CKR_CRYPTOKI_NOT_INITIALIZED};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    if (rv == all[i]) return 1;
  if (kinds[0] == SESSION && (rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_DEVICE_ERROR || rv == CKR_DEVICE_REMOVED))
    return 1;
  char word[64];
  snprintf(word, sizeof word, " %s ", names[function]);
  if (rv == CKR_FUNCTION_NOT_SUPPORTED && strstr(unsupported, word) != NULL) return 1;
  for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++)
    if (is(function, listed[i].name))
      for (int j = 0; j < 16; j++)
        if (listed[i].code[j] != 0 && rv == listed[i].code[j]) return 1;
  return 0;
}

// Which state a walk is in.
enum state { BEFORE, PUBLIC, USER, OFFICER, STATES };
static const char *const state_names[] = {"not initialised", "public", "user", "SO"};
static enum state state;

static CK_OBJECT_HANDLE find(CK_OBJECT_CLASS class) {
  CK_ATTRIBUTE t = {CKA_CLASS, &class, sizeof class};
  CK_OBJECT_HANDLE o = 0;
  CK_ULONG n = 0;
  f->C_SessionCancel(sessions[0], CKF_FIND_OBJECTS);
  f->C_FindObjectsInit(sessions[0], &t, 1);
  f->C_FindObjects(sessions[0], &o, 1, &n);
  f->C_FindObjectsFinal(sessions[0]);
  return o;
}

// Brings the library into the state, whatever the last call did to it.
static void settle(void) {
  CK_SESSION_INFO info;
  static const CK_STATE want[] = {0, CKS_RW_PUBLIC_SESSION, CKS_RW_USER_FUNCTIONS, CKS_RW_SO_FUNCTIONS};
  if (state == BEFORE) {
    f->C_Finalize(NULL);
    return;
  }
  CK_INFO any;
  if (f->C_GetInfo(&any) == CKR_CRYPTOKI_NOT_INITIALIZED) EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  for (int i = 0; i < 2; i++)
    if (f->C_GetSessionInfo(sessions[i], &info) != CKR_OK)
      EXPECT_RV(f->C_OpenSession(slot, CKF_SERIAL_SESSION | (state == OFFICER || i == 0 ? CKF_RW_SESSION : 0), NULL,
                                 NULL, &sessions[i]),
                CKR_OK);
  EXPECT_RV(f->C_GetSessionInfo(sessions[0], &info), CKR_OK);
  if (info.state == want[state]) return;
  if (info.state != CKS_RW_PUBLIC_SESSION) EXPECT_RV(f->C_Logout(sessions[0]), CKR_OK);
  if (state == USER) EXPECT_RV(f->C_Login(sessions[0], CKU_USER, (CK_UTF8CHAR_PTR) "12345678", 8), CKR_OK);
  if (state == OFFICER) EXPECT_RV(f->C_Login(sessions[0], CKU_SO, (CK_UTF8CHAR_PTR) "87654321", 8), CKR_OK);
  certificate = find(CKO_CERTIFICATE);
  key = find(CKO_PRIVATE_KEY);
}

// Sessions that a walk left open are more than it can use.
static void tidy(void) {
  if (state != BEFORE) f->C_CloseAllSessions(slot);
  settle();
}

// Makes operations active, so that a call gets further than to the question
// whether one is.
static void begin_operations(void) {
  static CK_MECHANISM sign = {CKM_SHA256_RSA_PKCS, NULL, 0}, digest = {CKM_SHA256, NULL, 0};
  for (int i = 0; i < 2 && state != BEFORE; i++) {
    f->C_SignInit(sessions[i], &sign, key);
    f->C_DigestInit(sessions[i], &digest);
    f->C_FindObjectsInit(sessions[i], NULL, 0);
  }
}

// True for a call that would wait for an event, or end all.
static int never(int function, const CK_ULONG *a) {
  if (is(function, "C_WaitForSlotEvent")) return (a[0] & CKF_DONT_BLOCK) == 0;
  return is(function, "C_Finalize") && a[0] == 0 && state != BEFORE;
}

static void call(int function, const enum kind *kinds, int n, CK_ULONG *a) {
  if (never(function, a)) return;
  int length = snprintf(last, PAGE, "%s in state \"%s\":", names[function], state_names[state]);
  for (int i = 0; i < n; i++) length += snprintf(last + length, PAGE - (size_t)length, " 0x%lx", a[i]);
  CK_RV rv = at(f, function)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
  calls++;
  EXPECT(is_listed(function, kinds, rv), "%s\n  answered 0x%lx", last, rv);
  int gated = state == BEFORE && !always_answers(function);
  EXPECT(!gated || rv == CKR_CRYPTOKI_NOT_INITIALIZED || rv == CKR_GENERAL_ERROR, "%s\n  answered 0x%lx", last, rv);
}

static void walk(int function, int times) {
  enum kind kinds[PARAMETERS] = {BYTES};
  int n = kinds_of(function, kinds);
  CK_ULONG a[PARAMETERS] = {0};
  settle();
  call(function, kinds, n, a);  // all zero
  for (int t = 0; t < times; t++) {
    int bad = t % 3 == 0 ? -1 : (int)draw((unsigned long)n);  // one of them, or any
    memset(page, 0, PAGE);
    memset(edge, 0, PAGE);
    settle();
    begin_operations();
    room = ~0UL;
    for (int i = 0; i < n; i++) a[i] = argument(kinds[i], i, bad >= 0 && i != bad);
    call(function, kinds, n, a);
  }
}

// Memory that is not there is CKR_GENERAL_ERROR, before a handle is looked at;
// a length that runs out of the memory there is, too: nothing of that size is
// allocated.
static void nowhere(void) {
  CK_BYTE b[16];
  CK_ULONG n = sizeof b;
  for (int i = 0; i < 2; i++) {
    CK_BYTE_PTR p = i == 0 ? edge + PAGE : (CK_BYTE_PTR)16;
    EXPECT_RV(f->C_GetInfo((CK_INFO_PTR)p), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_GetSlotList(CK_FALSE, NULL, (CK_ULONG_PTR)p), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, (CK_SESSION_HANDLE_PTR)p), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_Login(0, CKU_USER, p, 5), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_SignInit(0, (CK_MECHANISM_PTR)p, 1), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_Sign(0, p, 1 << 20, b, &n), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_Sign(0, b, sizeof b, b, (CK_ULONG_PTR)p), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_FindObjectsInit(0, (CK_ATTRIBUTE_PTR)p, 1), CKR_GENERAL_ERROR);
    EXPECT_RV(f->C_GetAttributeValue(0, 0, (CK_ATTRIBUTE_PTR)p, 1), CKR_GENERAL_ERROR);
  }
  EXPECT_RV(f->C_Sign(0, edge, 1 << 30, b, &n), CKR_GENERAL_ERROR);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  wild = argc > 3;
  int fd = open(argv[2], O_RDWR);
  last = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (last == MAP_FAILED) return 2;
  page = pages(PROT_READ | PROT_WRITE);
  edge = pages(PROT_READ | PROT_WRITE);
  read_only = pages(PROT_READ);
  f = load(argv[1]);
  int times = getenv("WALKS") == NULL ? 200 : atoi(getenv("WALKS"));
  for (int round = 0; round < 2; round++)
    for (int s = BEFORE; s < STATES; s++) {
      state = (enum state)s;
      tidy();
      for (int i = 0; i < NAMES; i++) walk(i, times);
    }
  // The library still works, and no try of the PIN was lost.
  state = USER;
  tidy();
  if (wild) nowhere();
  EXPECT(key != 0 && certificate != 0, "no key or no certificate");
  CK_TOKEN_INFO info;
  EXPECT_RV(f->C_GetTokenInfo(slot, &info), CKR_OK);
  EXPECT((info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED)) == 0, "flags 0x%lx",
         info.flags);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  fprintf(stderr, "%lu calls\n", calls);
  return done();
}
