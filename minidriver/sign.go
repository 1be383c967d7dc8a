// SPDX-License-Identifier: Apache-2.0

package minidriver

// Bits of dwSigningFlags.
const (
	NoHashOID          uint32 = 0x00000001 // CRYPT_NOHASHOID
	BufferSizeOnly     uint32 = 0x20000000 // CARD_BUFFER_SIZE_ONLY
	PaddingInfoPresent uint32 = 0x40000000 // CARD_PADDING_INFO_PRESENT
)

// Kinds of dwPaddingType.
const (
	PaddingNone  uint32 = 1
	PaddingPKCS1 uint32 = 2
	PaddingPSS   uint32 = 4
	PaddingOAEP  uint32 = 8
)

// Padding is dwPaddingType with what the structure of BCrypt behind
// pPaddingInfo says.
type Padding struct {
	Type  uint32
	Hash  string // pszAlgId, "" for NULL
	Salt  uint32 // PSS: cbSalt, in bytes
	Label []byte // OAEP: pbLabel
}

// SignRequest is CARD_SIGNING_INFO of version 1 or 2.
type SignRequest struct {
	Container uint8
	KeySpec   uint32
	Flags     uint32  // dwSigningFlags
	HashAlg   uint32  // aiHashAlg, without PaddingInfoPresent
	Padding   Padding // with PaddingInfoPresent
	Data      []byte  // the hash; for PaddingNone the block, little-endian
}

// SignSize returns what Sign would return the length of, in bytes, from memory.
// It returns the errors that Sign has before it asks the card.
func (c *Context) SignSize(r SignRequest) (int, error) { return 0, UnsupportedFeature }

// Sign returns a signature, little-endian, as long as the modulus. Errors:
// [SecurityViolation] without a PIN in force, [NoKeyContainer],
// [InvalidParameter], [UnsupportedFeature] before the card is asked.
func (c *Context) Sign(h Handles, r SignRequest) ([]byte, error) { return nil, UnsupportedFeature }

// DecryptRequest is CARD_RSA_DECRYPT_INFO.
type DecryptRequest struct {
	Container uint8
	KeySpec   uint32
	Data      []byte  // as long as the modulus, little-endian
	Padding   Padding // of version 2; the zero value, or PaddingNone, for the whole block
}

// Decrypt returns the message, or without padding the whole block, little-endian
// ([PaddingNone]). A message that was unpadded comes in its own order.
// Every fault of the padding is one error, [InvalidParameter]. Errors else
// are those of Sign. pfnCspUnpadData is not needed.
func (c *Context) Decrypt(h Handles, r DecryptRequest) ([]byte, error) {
	return nil, UnsupportedFeature
}
