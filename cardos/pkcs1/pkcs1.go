// SPDX-License-Identifier: Apache-2.0

// Package pkcs1 holds the encodings of PKCS #1 (RFC 8017) that surround the
// RSA operation of a card: EMSA-PKCS1-v1_5 with its DigestInfo, EME-PKCS1-v1_5,
// EMSA-PSS, EME-OAEP and MGF1. It does no RSA itself.
//
// All sizes are in bytes but for those of moduli given to PSS, which are in
// bits. Decoders of ciphertexts take the same time for every block until the
// result is known, and have one result for all faults, so that neither tells
// an attacker what is wrong with a block (RFC 8017, 7.1.2 and 7.2.2).
package pkcs1

import "errors"

// Overhead is the least padding of PKCS #1 v1.5: 00, block type, 8 bytes, 00
// (RFC 8017, 7.2 and 9.2).
const Overhead = 11

var (
	// ErrTooLong means that a message does not fit the modulus.
	ErrTooLong = errors.New("pkcs1: message too long for the key")
	// ErrDigest means that a digest has not the length of its hash, or that
	// no DigestInfo is known for the hash.
	ErrDigest = errors.New("pkcs1: not a digest of this hash")
)
