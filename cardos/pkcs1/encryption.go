// SPDX-License-Identifier: Apache-2.0

package pkcs1

import (
	"bytes"
	"crypto/subtle"
	"io"
)

// PadEncryption returns EME-PKCS1-v1_5 padding around a message (RFC 8017,
// 7.2.1, step 2): 00 02, bytes of random other than 0, 00, message; size bytes
// in all. It returns [ErrTooLong] if the message is longer than size less
// [Overhead], or the error of random.
func PadEncryption(random io.Reader, message []byte, size int) ([]byte, error) {
	if len(message) > size-Overhead {
		return nil, ErrTooLong
	}
	block := make([]byte, size)
	block[1] = 2
	padding := block[2 : size-len(message)-1]
	if _, err := io.ReadFull(random, padding); err != nil {
		return nil, err
	}
	for i := range padding {
		for padding[i] == 0 {
			if _, err := io.ReadFull(random, padding[i:i+1]); err != nil {
				return nil, err
			}
		}
	}
	copy(block[size-len(message):], message)
	return block, nil
}

// UnpadEncryption returns the message inside EME-PKCS1-v1_5 padding (RFC 8017,
// 7.2.2, step 3). ok is false where the padding is wrong.
func UnpadEncryption(block []byte) (message []byte, ok bool) {
	if len(block) < Overhead {
		return nil, false
	}
	good := subtle.ConstantTimeByteEq(block[0], 0) & subtle.ConstantTimeByteEq(block[1], 2)
	looking, index := 1, 0
	for i := 2; i < len(block); i++ {
		zero := subtle.ConstantTimeByteEq(block[i], 0)
		index = subtle.ConstantTimeSelect(looking&zero, i, index)
		looking = subtle.ConstantTimeSelect(zero, 0, looking)
	}
	good &= subtle.ConstantTimeLessOrEq(Overhead-1, index) & (looking ^ 1)
	if good != 1 {
		return nil, false
	}
	return bytes.Clone(block[index+1:]), true
}
