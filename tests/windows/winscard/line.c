// SPDX-License-Identifier: Apache-2.0
//
// The card's side of the line, as in vsmartcard's vpcd: the card connects, a
// connection is a card in the slot. A message is a length of two bytes,
// big-endian, and a body. To the card a body of one byte is a control, any
// other a command APDU; the card answers commands and the question for its ATR.

#include "slot.h"

struct slot slots[SLOTS] = {{.listener = INVALID_SOCKET, .line = INVALID_SOCKET},
                            {.listener = INVALID_SOCKET, .line = INVALID_SOCKET}};

enum { POWER_OFF, POWER_ON, RESET, ASK_ATR = 4, BEGIN = 0x10, END };

static BOOL readable(SOCKET socket, DWORD milliseconds) {
  fd_set set;
  struct timeval t = {(long)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000};
  FD_ZERO(&set);
  FD_SET(socket, &set);
  return select(0, &set, NULL, NULL, &t) == 1;
}

static BOOL send_all(struct slot *s, const void *data, DWORD size) {
  const char *p = data;
  while (size > 0) {
    int n = send(s->line, p, (int)size, 0);
    if (n <= 0) return FALSE;
    p += n;
    size -= (DWORD)n;
  }
  return TRUE;
}

static BOOL send_message(struct slot *s, const BYTE *body, DWORD size) {
  BYTE message[2 + 0xFFFF];
  if (size > 0xFFFF) return FALSE;
  message[0] = (BYTE)(size >> 8);
  message[1] = (BYTE)size;
  CopyMemory(message + 2, body, size);
  BOOL sent = send_all(s, message, 2 + size);
  SecureZeroMemory(message, 2 + size);  // it may hold a PIN
  return sent;
}

// Takes a message whole, and puts as much of it as there is room for. Nothing
// follows a message before the next is sent.
static BOOL receive_message(struct slot *s, BYTE *body, DWORD *room, BOOL *fits) {
  static BYTE message[2 + 0xFFFF];
  DWORD have = 0, size = 0;
  while (have < 2 || have < 2 + size) {
    int n = recv(s->line, (char *)message + have, (int)(sizeof message - have), 0);
    if (n <= 0) return FALSE;
    have += (DWORD)n;
    if (have >= 2) size = (DWORD)message[0] << 8 | message[1];
  }
  *fits = size <= *room;
  if (*fits) CopyMemory(body, message + 2, size);
  *room = size;
  return TRUE;
}

static BOOL control(struct slot *s, BYTE what) { return send_message(s, &what, 1); }

static void hang_up(struct slot *s) {
  closesocket(s->line);
  s->line = INVALID_SOCKET;
  if (s->events % 2 == 1) s->events++;
}

static void answer_call(struct slot *s) {
  BOOL fits;
  s->line = accept(s->listener, NULL, NULL);
  if (s->line == INVALID_SOCKET) return;
  BOOL no_delay = TRUE;
  setsockopt(s->line, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay, sizeof no_delay);
  s->atr_size = ATR_ROOM;
  if (control(s, POWER_ON) && control(s, ASK_ATR) && receive_message(s, s->atr, &s->atr_size, &fits) && fits) {
    s->events++;
    s->resets = 0;
  } else {
    hang_up(s);
  }
}

BOOL slot_look(struct slot *s) {
  char c;
  if (s->line != INVALID_SOCKET && readable(s->line, 0) && recv(s->line, &c, 1, MSG_PEEK) <= 0) hang_up(s);
  if (s->line == INVALID_SOCKET && readable(s->listener, 0)) answer_call(s);
  return s->line != INVALID_SOCKET;
}

BOOL slot_reset(struct slot *s) {
  if (control(s, RESET)) {
    s->resets++;
    return TRUE;
  }
  hang_up(s);
  return FALSE;
}

BOOL slot_begin(struct slot *s, BOOL *reset) {
  BYTE answer = 0;
  DWORD room = 1;
  BOOL fits;
  if (!control(s, BEGIN) || !receive_message(s, &answer, &room, &fits) || !fits) {
    hang_up(s);
    return FALSE;
  }
  *reset = answer == 1;
  return TRUE;
}

void slot_end(struct slot *s) { control(s, END); }

BOOL slot_exchange(struct slot *s, const BYTE *command, DWORD size, BYTE *response, DWORD *room, BOOL *fits) {
  if (send_message(s, command, size) && receive_message(s, response, room, fits)) return TRUE;
  hang_up(s);
  return FALSE;
}

BOOL slot_open(struct slot *s, unsigned short port, DWORD wait) {
  WSADATA data;
  BOOL open = s->listener != INVALID_SOCKET;
  if (open) return TRUE;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return FALSE;
  SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener == INVALID_SOCKET || bind(listener, (struct sockaddr *)&here, sizeof here) != 0 ||
      listen(listener, 1) != 0) {
    closesocket(listener);
    return FALSE;
  }
  s->listener = listener;
  for (DWORD spent = 0; !slot_look(s) && spent < wait; spent += 5) Sleep(5);
  return TRUE;
}
