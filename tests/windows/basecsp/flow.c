// SPDX-License-Identifier: Apache-2.0

#include <stdlib.h>
#include <string.h>

#include "host.h"

// TIMED makes a call and remembers how long the slowest took.
#define TIMED(slowest, call)                        \
  do {                                              \
    ULONGLONG start = GetTickCount64();             \
    (void)(call);                                   \
    DWORD took = (DWORD)(GetTickCount64() - start); \
    if (took > *(slowest)) *(slowest) = took;       \
  } while (0)

static void drop(DWORD code, BYTE *memory) {
  if (code == SCARD_S_SUCCESS && memory != NOT_SET) csp_free(memory);
}

static void read_all(CARD_DATA *data, DWORD *slowest) {
  static const char *const files[][2] = {{NULL, "cardid"},  {NULL, "cardcf"},   {"mscp", "cmapfile"},
                                         {"mscp", "kxc00"}, {"mscp", "ksc00"},  {"mscp", "kxc01"},
                                         {"mscp", "ksc01"}, {"mscp", "msroots"}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    BYTE *content = NOT_SET;
    DWORD size, code = 0;
    TIMED(slowest, code = member(data, READ_FILE)(data, files[i][0], files[i][1], 0, &content, &size));
    drop(code, content);
  }
  for (DWORD i = 0; i < 3; i++) {
    CONTAINER_INFO info = {.version = 1, .signature = NOT_SET, .exchange = NOT_SET};
    DWORD code = 0;
    TIMED(slowest, code = member(data, GET_CONTAINER_INFO)(data, i, 0, &info));
    drop(code, info.signature);
    drop(code, info.exchange);
  }
}

static DWORD sign_digest(CARD_DATA *data, DWORD *slowest, BYTE container, DWORD spec, DWORD padding_type) {
  BYTE digest[32] = {1};
  PKCS1_PADDING pkcs1 = {L"SHA256"};
  PSS_PADDING pss = {L"SHA256", 32};
  SIGNING_INFO info = {.version = 2,
                       .container = container,
                       .spec = spec,
                       .flags = 0x40000000,
                       .data = digest,
                       .size = sizeof digest,
                       .signature = NOT_SET,
                       .padding_type = padding_type};
  info.padding = padding_type == PAD_PSS ? (void *)&pss : (void *)&pkcs1;
  DWORD code = 0;
  TIMED(slowest, code = member(data, SIGN_DATA)(data, &info));
  drop(code, info.signature);
  return code;
}

static void use_pins(CARD_DATA *data, DWORD *slowest) {
  BYTE pin[] = "12345678", new[] = "55555", puk[] = "87654321";
  DWORD left;
  TIMED(slowest, member(data, AUTHENTICATE_EX)(data, 1, 0, pin, 8, NULL, NULL, &left));
  sign_digest(data, slowest, 0, 1, PAD_PKCS1);
  sign_digest(data, slowest, 0, 1, PAD_PSS);
  TIMED(slowest, member(data, CHANGE_AUTHENTICATOR_EX)(data, 2, 1, pin, 8, 1, new, 5, 0, &left));
  TIMED(slowest, member(data, CHANGE_AUTHENTICATOR_EX)(data, 1, 2, puk, 8, 1, pin, 8, 0, &left));
  TIMED(slowest, member(data, AUTHENTICATE_EX)(data, 3, 0, pin, 8, NULL, NULL, &left));
  sign_digest(data, slowest, 1, 2, PAD_PKCS1);
  TIMED(slowest, member(data, DEAUTHENTICATE_EX)(data, 2, 0));
}

// everything CONNECTION TIMES: does all that can be done with as many cards, each
// after a reset, whatever they answer.
static void everything(void) {
  struct connection *from = connection(0);
  DWORD recognised = 0, slowest = 0;
  for (DWORD n = number(1); n > 0; n--) {
    struct card c;
    DWORD code = 0, protocol;
    SCardReconnect(from->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_RESET_CARD, &protocol);
    SCardBeginTransaction(from->card);
    fill(&c, from, 7);
    TIMED(&slowest, code = card_acquire_context(&c.data, 0));
    if (code == SCARD_S_SUCCESS) {
      recognised++;
      read_all(&c.data, &slowest);
      use_pins(&c.data, &slowest);
      TIMED(&slowest, member(&c.data, DELETE_CONTEXT)(&c.data));
    }
    free(c.data.atr);
    SCardEndTransaction(from->card, SCARD_LEAVE_CARD);
  }
  put_number("recognised", recognised);
  put_number("slowest", slowest);
  put_code(0);
}

// --- threads --------------------------------------------------------------------

static struct {
  DWORD rounds;
  volatile LONG signatures, failed, last;
} shared;

static void fails(LONG code) {
  InterlockedIncrement(&shared.failed);
  InterlockedExchange(&shared.last, code);
}

// in_transaction begins one, on a card that another thread may have reset.
static LONG in_transaction(struct connection *c) {
  for (;;) {
    LONG code = SCardBeginTransaction(c->card);
    if (code != SCARD_W_RESET_CARD) return code;
    code = SCardReconnect(c->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD,
                          &c->protocol);
    if (code != SCARD_S_SUCCESS) return code;
  }
}

static LONG login_and_sign(CARD_DATA *data, DWORD *slowest) {
  BYTE pin[] = "12345678";
  LONG code = (LONG)member(data, AUTHENTICATE_EX)(data, 1, 0, pin, 8, NULL, NULL, NULL);
  if (code == SCARD_S_SUCCESS) code = (LONG)sign_digest(data, slowest, 0, 1, PAD_PKCS1);
  if (code == SCARD_S_SUCCESS) InterlockedIncrement(&shared.signatures);
  return code;
}

// A thread has a context of its own, and ends each of its transactions with a
// reset, as Windows does where a minidriver cannot log out.
static DWORD WINAPI one_thread(LPVOID nothing) {
  (void)nothing;
  struct connection c = {0};
  struct card mine;
  DWORD slowest = 0;
  LONG code = open_connection(&c, 0);
  if (code == SCARD_S_SUCCESS) code = in_transaction(&c);
  if (code == SCARD_S_SUCCESS) {
    fill(&mine, &c, 7);
    code = (LONG)card_acquire_context(&mine.data, 0);
    SCardEndTransaction(c.card, SCARD_LEAVE_CARD);
  }
  if (code != SCARD_S_SUCCESS) {
    fails(code);
    return 0;
  }
  for (DWORD i = 0; i < shared.rounds; i++) {
    code = in_transaction(&c);
    if (code == SCARD_S_SUCCESS) code = login_and_sign(&mine.data, &slowest);
    if (code != SCARD_S_SUCCESS) fails(code);
    SCardEndTransaction(c.card, SCARD_RESET_CARD);
  }
  member(&mine.data, DELETE_CONTEXT)(&mine.data);
  free(mine.data.atr);
  SCardDisconnect(c.card, SCARD_LEAVE_CARD);
  SCardReleaseContext(c.context);
  return 0;
}

// threads NUMBER ROUNDS
static void threads(void) {
  HANDLE all[PLACES];
  DWORD n = number(0);
  memset(&shared, 0, sizeof shared);
  shared.rounds = number(1);
  for (DWORD i = 0; i < n; i++) all[i] = CreateThread(NULL, 0, one_thread, NULL, 0, NULL);
  WaitForMultipleObjects(n, all, TRUE, INFINITE);
  for (DWORD i = 0; i < n; i++) CloseHandle(all[i]);
  put_number("signatures", (DWORD)shared.signatures);
  put_number("failed", (DWORD)shared.failed);
  put_code((DWORD)shared.last);
}

const struct command flows[] = {{"everything", everything}, {"threads", threads}, {NULL, NULL}};
