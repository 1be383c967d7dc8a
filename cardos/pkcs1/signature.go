// SPDX-License-Identifier: Apache-2.0

// Package pkcs1 holds the encodings of PKCS #1 (RFC 8017) that surround the
// RSA operation of a card. It does no RSA itself.
package pkcs1

import (
	"bytes"
	"errors"
	"slices"
)

// Overhead is the least padding of PKCS #1 v1.5 in bytes: 00, block type, 8
// bytes, 00 (RFC 8017, 7.2 and 9.2).
const Overhead = 11

// ErrTooLong means that a message does not fit the modulus.
var ErrTooLong = errors.New("pkcs1: message too long for the key")

// PadSignature returns EMSA-PKCS1-v1_5 padding around t, usually a DigestInfo
// (RFC 8017, 9.2, step 3): 00 01 FF .. FF 00 t, size bytes in all. It returns
// [ErrTooLong] if t is longer than size less [Overhead].
func PadSignature(t []byte, size int) ([]byte, error) {
	if len(t) > size-Overhead {
		return nil, ErrTooLong
	}
	padding := bytes.Repeat([]byte{0xFF}, size-len(t)-3)
	return slices.Concat([]byte{0x00, 0x01}, padding, []byte{0x00}, t), nil
}
