// SPDX-License-Identifier: Apache-2.0

//go:build windows

package main

/*
#include "bridge.h"
*/
import "C"

import (
	"unsafe"

	"tscns/minidriver"
)

// signingInfo is CARD_SIGNING_INFO of version 1, with addresses as numbers.
type signingInfo struct {
	version   C.DWORD
	container C.BYTE
	keySpec   C.DWORD
	flags     C.DWORD
	hashAlg   C.DWORD
	data      span
	signed    span
}

// decryptInfo is CARD_RSA_DECRYPT_INFO of version 1.
type decryptInfo struct {
	version   C.DWORD
	container C.BYTE
	keySpec   C.DWORD
	data      span
}

// paddingInfo is what version 2 of both has more.
type paddingInfo struct {
	info address
	kind C.DWORD
}

// A compiler that lays them out otherwise than cardmod.h says stops here.
var (
	_ = [1]int{}[unsafe.Sizeof(signingInfo{})+unsafe.Sizeof(paddingInfo{})-C.sizeof_CARD_SIGNING_INFO]
	_ = [1]int{}[unsafe.Offsetof(signingInfo{}.signed)-C.signing_pbSignedData]
	_ = [1]int{}[unsafe.Sizeof(decryptInfo{})+unsafe.Sizeof(paddingInfo{})-C.sizeof_CARD_RSA_DECRYPT_INFO]
)

// newestPadding is the last version of both structures.
const newestPadding = 2

//export goCardSignData
func goCardSignData(pCardData, pInfo address) C.DWORD {
	return call(pCardData, func(c card) error {
		if pInfo == 0 {
			return minidriver.InvalidParameter
		}
		info := load[signingInfo](pInfo)
		if info.version < 1 || info.version > newestPadding {
			return minidriver.RevisionMismatch
		}
		out := output{pInfo + C.signing_pbSignedData, pInfo + C.signing_cbSignedData}
		if err := out.clear(); err != nil {
			return err
		}
		r, err := info.request(pInfo)
		if err != nil {
			return err
		}
		if r.Flags&minidriver.BufferSizeOnly != 0 {
			n, err := c.SignSize(r)
			if err == nil {
				store(out.length, C.DWORD(n))
			}
			return err
		}
		h, err := c.handles()
		if err != nil {
			return err
		}
		signature, err := c.Sign(h, r)
		if err != nil {
			return err
		}
		return c.give(out, signature)
	})
}

// request copies what a signature is asked for by.
func (info signingInfo) request(pInfo address) (minidriver.SignRequest, error) {
	r := minidriver.SignRequest{Container: uint8(info.container), KeySpec: uint32(info.keySpec), Flags: uint32(info.flags), HashAlg: uint32(info.hashAlg)}
	var err error
	if r.Flags&minidriver.BufferSizeOnly == 0 {
		r.Data, err = info.data.bytes()
	}
	if err != nil || r.Flags&minidriver.PaddingInfoPresent == 0 {
		return r, err
	}
	if info.version < newestPadding {
		return r, minidriver.InvalidParameter
	}
	r.Padding, err = load[paddingInfo](pInfo + address(unsafe.Sizeof(info))).read()
	return r, err
}

// read copies the structure that a kind of padding has.
func (i paddingInfo) read() (p minidriver.Padding, err error) {
	p.Type = uint32(i.kind)
	switch {
	case p.Type != minidriver.PaddingPKCS1 && p.Type != minidriver.PaddingPSS && p.Type != minidriver.PaddingOAEP:
		return p, nil
	case i.info == 0:
		return p, minidriver.InvalidParameter
	}
	p.Hash = wide(load[address](i.info)) // pszAlgId, the first member of all
	switch p.Type {
	case minidriver.PaddingPSS:
		p.Salt = uint32(load[C.DWORD](i.info + C.pss_cbSalt))
	case minidriver.PaddingOAEP:
		label := load[span](i.info + C.oaep_pbLabel)
		p.Label, err = label.bytes()
	}
	return p, err
}

// goCardRSADecrypt writes over what it decrypts.
//
//export goCardRSADecrypt
func goCardRSADecrypt(pCardData, pInfo address) C.DWORD {
	return call(pCardData, func(c card) error {
		if pInfo == 0 {
			return minidriver.InvalidParameter
		}
		info := load[decryptInfo](pInfo)
		oldest := C.DWORD(1)
		if c.version >= C.CARD_DATA_VERSION_SEVEN {
			oldest = newestPadding
		}
		if info.version < oldest || info.version > newestPadding {
			return minidriver.RevisionMismatch
		}
		r, err := info.request(pInfo)
		if err != nil {
			return err
		}
		h, err := c.handles()
		if err != nil {
			return err
		}
		message, err := c.Decrypt(h, r)
		defer clear(message)
		if err != nil {
			return err
		}
		return info.data.fill(pInfo+C.decrypt_cbData, message)
	})
}

func (info decryptInfo) request(pInfo address) (minidriver.DecryptRequest, error) {
	r := minidriver.DecryptRequest{Container: uint8(info.container), KeySpec: uint32(info.keySpec)}
	var err error
	if r.Data, err = info.data.bytes(); err != nil || info.version < newestPadding {
		return r, err
	}
	r.Padding, err = load[paddingInfo](pInfo + address(unsafe.Sizeof(info))).read()
	return r, err
}
