// SPDX-License-Identifier: Apache-2.0

package minidriver

import (
	"crypto"
	"crypto/rand"
	"errors"
	"strings"

	"tscns/cardos"
	"tscns/cardos/pkcs1"
)

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

// hash is a hash that is signed; of its value alone the length is known here.
type hash struct {
	id   crypto.Hash // 0 for none: the message is signed as it is
	size int         // of the message, in bytes; 0 for any
}

// shaMD5 is the concatenation of MD5 and SHA-1 of TLS 1.0 and 1.1 (RFC 2246,
// 7.4.8), for which no DigestInfo exists.
var shaMD5 = hash{size: 36}

// hashByAlgorithm are the values of aiHashAlg (ALG_ID, wincrypt.h).
var hashByAlgorithm = map[uint32]hash{
	0:      {},
	0x8003: of(crypto.MD5),
	0x8004: of(crypto.SHA1),
	0x8008: shaMD5, // CALG_SSL3_SHAMD5
	0x800C: of(crypto.SHA256),
	0x800D: of(crypto.SHA384),
	0x800E: of(crypto.SHA512),
}

// hashByName are the names of BCrypt's algorithms (bcrypt.h).
var hashByName = map[string]hash{
	"":       {},
	"MD5":    of(crypto.MD5),
	"SHA1":   of(crypto.SHA1),
	"SHA256": of(crypto.SHA256),
	"SHA384": of(crypto.SHA384),
	"SHA512": of(crypto.SHA512),
	"SHAMD5": shaMD5,
}

func of(h crypto.Hash) hash { return hash{h, h.Size()} }

// hashNamed returns the hash of a name that PSS and OAEP can use; NULL is SHA-1.
func hashNamed(name string) (crypto.Hash, error) {
	if name == "" {
		return crypto.SHA1, nil
	}
	h := hashByName[strings.ToUpper(name)].id
	if h == 0 || h == crypto.MD5 {
		return 0, InvalidParameter
	}
	return h, nil
}

// signature is a signature that a key can make: by its message, which the card
// or the card layer pads, or by its block.
type signature struct {
	hash    hash
	message func(data []byte) ([]byte, error) // PKCS #1 v1.5
	block   func(data []byte) ([]byte, error) // any other
}

// SignSize returns the length of what Sign would return, in bytes, from memory:
// Data may be missing. It returns the errors that Sign has before it looks at
// Data.
func (c *Context) SignSize(r SignRequest) (int, error) {
	k, _, err := c.prepare(&r)
	if err != nil {
		return 0, err
	}
	return len(k.key.Certificate.RSA().Modulus), nil
}

// Sign returns a signature, little-endian, as long as the modulus. Errors:
// [SecurityViolation] without a PIN in force, [NoKeyContainer],
// [InvalidParameter], and [UnsupportedFeature] before the card is asked.
func (c *Context) Sign(h Handles, r SignRequest) ([]byte, error) {
	k, s, err := c.prepare(&r)
	if err != nil {
		return nil, err
	}
	if len(r.Data) == 0 || s.hash.size > 0 && len(r.Data) != s.hash.size {
		return nil, InvalidParameter
	}
	encode := s.block
	if s.message != nil {
		encode = s.message
	}
	input, err := encode(r.Data)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.reach(h, false); err != nil {
		return nil, err
	}
	var result []byte
	if s.message != nil {
		result, err = c.card.SignPKCS1v15(&k.key, input)
	} else {
		result, err = c.card.RawRSA(&k.key, input)
	}
	if err != nil {
		return nil, c.refusedUse(k, err)
	}
	return reversed(result), nil
}

// refusedUse returns the code of a key that was not used. What a card refuses, or
// cannot be asked, before its PIN was presented here is answered as a PIN that is
// missing: the caller presents it, and tries again. The caller holds mu.
func (c *Context) refusedUse(k *container, err error) error {
	code := c.note(err)
	bit := uint32(1) << k.role
	if c.opened&bit == 0 && (cardos.Refused(err) || errors.Is(err, cardos.ErrNoKnownForm) || errors.Is(err, cardos.ErrNotFound)) {
		return SecurityViolation
	}
	if errors.Is(code, SecurityViolation) {
		c.opened &^= bit // the card was reset
	}
	return code
}

// prepare checks all of a request but its data.
func (c *Context) prepare(r *SignRequest) (*container, signature, error) {
	k, err := c.container(r.Container)
	switch {
	case err != nil:
		return nil, signature{}, err
	case r.KeySpec != k.spec, r.Flags&^(NoHashOID|BufferSizeOnly|PaddingInfoPresent) != 0:
		return nil, signature{}, InvalidParameter
	}
	var s signature
	if r.Flags&PaddingInfoPresent != 0 {
		s, err = k.padded(&r.Padding)
	} else {
		h, known := hashByAlgorithm[r.HashAlg]
		if !known {
			return nil, signature{}, InvalidParameter
		}
		s, err = k.pkcs1(h, r.Flags&NoHashOID == 0)
	}
	return k, s, err
}

// padded returns the signature that a padding asks for.
func (k *container) padded(p *Padding) (signature, error) {
	switch p.Type {
	case PaddingPKCS1:
		h, known := hashByName[strings.ToUpper(p.Hash)]
		if !known {
			return signature{}, InvalidParameter
		}
		return k.pkcs1(h, true)
	case PaddingPSS:
		return k.pss(p)
	case PaddingNone:
		if !k.raw() {
			return signature{}, UnsupportedFeature
		}
		return signature{hash: hash{size: k.key.Bits / 8}, block: k.rawBlock}, nil
	}
	return signature{}, InvalidParameter
}

// raw reports whether the card exponentiates a block that was padded here.
func (k *container) raw() bool {
	return k.key.RawRSA >= cardos.DriverKnown && k.key.LongestMessage == 0
}

// rawBlock returns a block in the order of PKCS #1, if its number is below the
// modulus.
func (k *container) rawBlock(data []byte) ([]byte, error) {
	block := reversed(data)
	if string(block) >= string(k.key.Certificate.RSA().Modulus) {
		return nil, InvalidParameter
	}
	return block, nil
}

// pkcs1 returns a signature of PKCS #1 v1.5, of the DigestInfo of a hash or of
// the message as it is.
func (k *container) pkcs1(h hash, withDigestInfo bool) (signature, error) {
	limit := k.key.Bits/8 - pkcs1.Overhead
	if longest := k.key.LongestMessage; longest > 0 {
		limit = min(limit, longest)
	}
	size := h.size
	if h.id != 0 && withDigestInfo {
		size = pkcs1.DigestInfoSize(h.id)
	}
	if size > limit {
		return signature{}, UnsupportedFeature
	}
	return signature{hash: h, message: func(data []byte) ([]byte, error) {
		if h.id != 0 && withDigestInfo {
			return pkcs1.DigestInfo(h.id, data)
		}
		if len(data) > limit {
			return nil, UnsupportedFeature
		}
		return data, nil
	}}, nil
}

// pss returns a signature of PSS, with MGF1 by the same hash.
func (k *container) pss(p *Padding) (signature, error) {
	h, err := hashNamed(p.Hash)
	if err != nil {
		return signature{}, err
	}
	longest := pkcs1.MaxPSSSalt(h, k.key.Bits)
	if !k.raw() || longest < 0 || int64(p.Salt) > int64(longest) {
		return signature{}, UnsupportedFeature
	}
	encoding := pkcs1.PSS{Hash: h, MGF: h, SaltLength: int(p.Salt)}
	return signature{hash: of(h), block: func(data []byte) ([]byte, error) {
		block, err := encoding.Encode(rand.Reader, data, k.key.Bits)
		if err != nil {
			return nil, InternalError
		}
		return block, nil
	}}, nil
}
