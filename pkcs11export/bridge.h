// SPDX-License-Identifier: Apache-2.0
//
// What the C and the Go half of this package share, functions apart.

#ifndef TSCNS_BRIDGE_H
#define TSCNS_BRIDGE_H

#include "../include/pkcs11.h"

// How long one look at the slots in C_WaitForSlotEvent lasts, in
// milliseconds.
#define WAIT_SLICE 250

// Places of the members that cgo cannot name on Windows, where the standard's
// structures are packed. Go reads and writes these by offset on all systems.
enum {
  attribute_size = sizeof(CK_ATTRIBUTE),
  attribute_type = offsetof(CK_ATTRIBUTE, type),
  attribute_pValue = offsetof(CK_ATTRIBUTE, pValue),
  attribute_ulValueLen = offsetof(CK_ATTRIBUTE, ulValueLen),
  mechanism_mechanism = offsetof(CK_MECHANISM, mechanism),
  mechanism_pParameter = offsetof(CK_MECHANISM, pParameter),
  mechanism_ulParameterLen = offsetof(CK_MECHANISM, ulParameterLen),
  info_size = sizeof(CK_INFO),
  info_cryptokiVersion = offsetof(CK_INFO, cryptokiVersion),
  info_manufacturerID = offsetof(CK_INFO, manufacturerID),
  info_libraryDescription = offsetof(CK_INFO, libraryDescription),
  info_libraryVersion = offsetof(CK_INFO, libraryVersion),
};

#endif  // TSCNS_BRIDGE_H
