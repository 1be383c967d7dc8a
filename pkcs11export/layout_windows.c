// SPDX-License-Identifier: Apache-2.0
//
// The structures as a host on 64-bit Windows lays them out: CK_ULONG of 4
// bytes, pointers of 8, and nothing between the members (section 2.2 of the
// standard). A compiler or a header that sees them differently stops here.

#include "../include/pkcs11.h"

#ifdef _WIN64

#define SIZE(type, bytes)       _Static_assert(sizeof(type) == (bytes), #type)
#define PLACE(type, member, at) _Static_assert(offsetof(type, member) == (at), #type "." #member)

SIZE(CK_BYTE, 1);
SIZE(CK_ULONG, 4);
SIZE(CK_VOID_PTR, 8);
SIZE(CK_NOTIFY, 8);
SIZE(CK_VERSION, 2);

SIZE(CK_INFO, 72);
PLACE(CK_INFO, manufacturerID, 2);
PLACE(CK_INFO, flags, 34);
PLACE(CK_INFO, libraryDescription, 38);
PLACE(CK_INFO, libraryVersion, 70);

SIZE(CK_SLOT_INFO, 104);
PLACE(CK_SLOT_INFO, manufacturerID, 64);
PLACE(CK_SLOT_INFO, flags, 96);
PLACE(CK_SLOT_INFO, hardwareVersion, 100);
PLACE(CK_SLOT_INFO, firmwareVersion, 102);

SIZE(CK_TOKEN_INFO, 160);
PLACE(CK_TOKEN_INFO, manufacturerID, 32);
PLACE(CK_TOKEN_INFO, model, 64);
PLACE(CK_TOKEN_INFO, serialNumber, 80);
PLACE(CK_TOKEN_INFO, flags, 96);
PLACE(CK_TOKEN_INFO, ulMaxSessionCount, 100);
PLACE(CK_TOKEN_INFO, ulFreePrivateMemory, 136);
PLACE(CK_TOKEN_INFO, hardwareVersion, 140);
PLACE(CK_TOKEN_INFO, utcTime, 144);

SIZE(CK_SESSION_INFO, 16);
PLACE(CK_SESSION_INFO, ulDeviceError, 12);

SIZE(CK_ATTRIBUTE, 16);
PLACE(CK_ATTRIBUTE, pValue, 4);
PLACE(CK_ATTRIBUTE, ulValueLen, 12);

SIZE(CK_MECHANISM, 16);
PLACE(CK_MECHANISM, pParameter, 4);
PLACE(CK_MECHANISM, ulParameterLen, 12);

SIZE(CK_MECHANISM_INFO, 12);
SIZE(CK_DATE, 8);

SIZE(CK_C_INITIALIZE_ARGS, 44);
PLACE(CK_C_INITIALIZE_ARGS, flags, 32);
PLACE(CK_C_INITIALIZE_ARGS, pReserved, 36);

SIZE(CK_INTERFACE, 20);
PLACE(CK_INTERFACE, pFunctionList, 8);
PLACE(CK_INTERFACE, flags, 16);

SIZE(CK_FUNCTION_LIST, 2 + 68 * 8);
PLACE(CK_FUNCTION_LIST, C_Initialize, 2);
PLACE(CK_FUNCTION_LIST, C_WaitForSlotEvent, 2 + 67 * 8);
SIZE(CK_FUNCTION_LIST_3_0, 2 + 92 * 8);

#endif
