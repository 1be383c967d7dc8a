// SPDX-License-Identifier: Apache-2.0

//go:build windows

package main

/*
#include "bridge.h"
*/
import "C"

import (
	"tscns/cardos/hostmemory"
	"tscns/minidriver"
)

// inputSize is how much of the buffer of CardGetProperty may matter: more than the
// largest structure.
const inputSize = 64 // bytes

//export goCardQueryCapabilities
func goCardQueryCapabilities(pCardData, pCardCapabilities address) C.DWORD {
	return call(pCardData, func(c card) error {
		return structure(pCardCapabilities, 0, func() ([]byte, error) { return c.Capabilities(), nil })
	})
}

//export goCardQueryFreeSpace
func goCardQueryFreeSpace(pCardData address, dwFlags C.DWORD, pCardFreeSpaceInfo address) C.DWORD {
	return call(pCardData, func(c card) error {
		return structure(pCardFreeSpaceInfo, dwFlags, func() ([]byte, error) { return c.FreeSpace(), nil })
	})
}

//export goCardQueryKeySizes
func goCardQueryKeySizes(pCardData address, dwKeySpec, dwFlags C.DWORD, pKeySizes address) C.DWORD {
	return call(pCardData, func(c card) error {
		return structure(pKeySizes, dwFlags, func() ([]byte, error) { return c.KeySizes(uint32(dwKeySpec)) })
	})
}

// structure writes a structure of version 1 that holds numbers alone.
func structure(p address, dwFlags C.DWORD, read func() ([]byte, error)) error {
	if p == 0 {
		return minidriver.InvalidParameter
	}
	if err := noFlags(dwFlags); err != nil {
		return err
	}
	if err := version(p, 1); err != nil {
		return err
	}
	data, err := read()
	if err != nil {
		return err
	}
	writeHost(p, data)
	return nil
}

//export goCardGetProperty
func goCardGetProperty(pCardData, wszProperty, pbData address, cbData C.DWORD, pdwDataLen address, dwFlags C.DWORD) C.DWORD {
	return call(pCardData, func(c card) error {
		if wszProperty == 0 || pbData == 0 || pdwDataLen == 0 {
			return minidriver.InvalidParameter
		}
		in := make([]byte, min(cbData, inputSize))
		hostmemory.Read(in, uintptr(pbData))
		data, err := c.Property(wide(wszProperty), uint32(dwFlags), in)
		if err != nil {
			return err
		}
		return span{pbData, cbData}.fill(pdwDataLen, data)
	})
}

//export goCardSetProperty
func goCardSetProperty(pCardData, wszProperty, pbData address, cbDataLen, dwFlags C.DWORD) C.DWORD {
	return call(pCardData, func(c card) error {
		if wszProperty == 0 {
			return minidriver.InvalidParameter
		}
		data, err := span{pbData, cbDataLen}.bytes()
		if err != nil {
			return err
		}
		return c.SetProperty(wide(wszProperty), data, uint32(dwFlags))
	})
}
