// SPDX-License-Identifier: Apache-2.0
//
// The card's side of the line, as in vsmartcard's vpcd: the card connects, a
// connection is a card in the slot. A message is a length of two bytes,
// big-endian, and a body. To the card a body of one byte is a control, any
// other a command APDU; the card answers commands and the question for its ATR.

#include "slot.h"

struct slot slot = {.listener = INVALID_SOCKET, .line = INVALID_SOCKET};

enum { POWER_OFF, POWER_ON, RESET, ASK_ATR = 4 };

static BOOL readable(SOCKET s, DWORD milliseconds) {
  fd_set set;
  struct timeval t = {(long)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000};
  FD_ZERO(&set);
  FD_SET(s, &set);
  return select(0, &set, NULL, NULL, &t) == 1;
}

static BOOL send_all(const void *data, DWORD size) {
  const char *p = data;
  while (size > 0) {
    int n = send(slot.line, p, (int)size, 0);
    if (n <= 0) return FALSE;
    p += n;
    size -= (DWORD)n;
  }
  return TRUE;
}

static BOOL receive_all(void *data, DWORD size) {
  char *p = data;
  while (size > 0) {
    int n = recv(slot.line, p, (int)size, 0);
    if (n <= 0) return FALSE;
    p += n;
    size -= (DWORD)n;
  }
  return TRUE;
}

static BOOL send_message(const BYTE *body, DWORD size) {
  BYTE message[2 + 0xFFFF];
  if (size > 0xFFFF) return FALSE;
  message[0] = (BYTE)(size >> 8);
  message[1] = (BYTE)size;
  CopyMemory(message + 2, body, size);
  return send_all(message, 2 + size);
}

// Takes a message whole, and puts as much of it as there is room for.
static BOOL receive_message(BYTE *body, DWORD *room, BOOL *fits) {
  BYTE length[2], all[0xFFFF];
  if (!receive_all(length, 2)) return FALSE;
  DWORD size = (DWORD)length[0] << 8 | length[1];
  if (!receive_all(all, size)) return FALSE;
  *fits = size <= *room;
  if (*fits) CopyMemory(body, all, size);
  *room = size;
  return TRUE;
}

static BOOL control(BYTE what) { return send_message(&what, 1); }

static void hang_up(void) {
  closesocket(slot.line);
  slot.line = INVALID_SOCKET;
  if (slot.events % 2 == 1) slot.events++;
}

static void answer_call(void) {
  BOOL fits;
  slot.line = accept(slot.listener, NULL, NULL);
  if (slot.line == INVALID_SOCKET) return;
  BOOL no_delay = TRUE;
  setsockopt(slot.line, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay, sizeof no_delay);
  slot.atr_size = ATR_ROOM;
  if (control(POWER_ON) && control(ASK_ATR) && receive_message(slot.atr, &slot.atr_size, &fits) && fits) {
    slot.events++;
    slot.resets = 0;
  } else {
    hang_up();
  }
}

BOOL slot_look(void) {
  char c;
  if (slot.line != INVALID_SOCKET && readable(slot.line, 0) && recv(slot.line, &c, 1, MSG_PEEK) <= 0) hang_up();
  if (slot.line == INVALID_SOCKET && readable(slot.listener, 0)) answer_call();
  return slot.line != INVALID_SOCKET;
}

BOOL slot_reset(void) {
  if (control(RESET)) {
    slot.resets++;
    return TRUE;
  }
  hang_up();
  return FALSE;
}

BOOL slot_exchange(const BYTE *command, DWORD size, BYTE *response, DWORD *room, BOOL *fits) {
  if (send_message(command, size) && receive_message(response, room, fits)) return TRUE;
  hang_up();
  return FALSE;
}

BOOL slot_open(unsigned short port, DWORD wait) {
  WSADATA data;
  BOOL open = slot.listener != INVALID_SOCKET;
  if (open) return TRUE;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return FALSE;
  SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (s == INVALID_SOCKET || bind(s, (struct sockaddr *)&here, sizeof here) != 0 || listen(s, 1) != 0) {
    closesocket(s);
    return FALSE;
  }
  slot.listener = s;
  for (DWORD spent = 0; !slot_look() && spent < wait; spent += 5) Sleep(5);
  return TRUE;
}
