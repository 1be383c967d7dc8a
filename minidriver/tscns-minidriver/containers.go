// SPDX-License-Identifier: Apache-2.0

//go:build windows

package main

/*
#include "bridge.h"
*/
import "C"

import "tscns/minidriver"

// containerInfo is the name of the one property of a container that has pointers.
const containerInfo = "Container Info"

// places of the members of CONTAINER_INFO that are addresses and lengths.
func signatureIn(p address) output {
	return output{p + C.container_pbSigPublicKey, p + C.container_cbSigPublicKey}
}

func keyExchangeIn(p address) output {
	return output{p + C.container_pbKeyExPublicKey, p + C.container_cbKeyExPublicKey}
}

//export goCardGetContainerInfo
func goCardGetContainerInfo(pCardData address, bContainerIndex C.BYTE, dwFlags C.DWORD, pContainerInfo address) C.DWORD {
	return call(pCardData, func(c card) error {
		if pContainerInfo == 0 {
			return minidriver.InvalidParameter
		}
		if err := noFlags(dwFlags); err != nil {
			return err
		}
		return c.containerInfo(uint8(bContainerIndex), pContainerInfo)
	})
}

//export goCardGetContainerProperty
func goCardGetContainerProperty(pCardData address, bContainerIndex C.BYTE, wszProperty, pbData address, cbData C.DWORD, pdwDataLen address, dwFlags C.DWORD) C.DWORD {
	return call(pCardData, func(c card) error {
		if wszProperty == 0 || pbData == 0 || pdwDataLen == 0 {
			return minidriver.InvalidParameter
		}
		if err := noFlags(dwFlags); err != nil {
			return err
		}
		name := wide(wszProperty)
		if name != containerInfo {
			data, err := c.ContainerProperty(uint8(bContainerIndex), name, uint32(dwFlags))
			if err != nil {
				return err
			}
			return span{pbData, cbData}.fill(pdwDataLen, data)
		}
		store(pdwDataLen, C.DWORD(C.container_size))
		if cbData < C.container_size {
			return minidriver.InsufficientBuffer
		}
		return c.containerInfo(uint8(bContainerIndex), pbData)
	})
}

// containerInfo fills a CONTAINER_INFO.
func (c card) containerInfo(index uint8, p address) error {
	if err := version(p, 1); err != nil {
		return err
	}
	signature, keyExchange := signatureIn(p), keyExchangeIn(p)
	for _, out := range []output{signature, keyExchange} {
		if err := out.clear(); err != nil {
			return err
		}
	}
	found, err := c.ContainerInfo(index)
	if err != nil {
		return err
	}
	store(p, [2]C.DWORD{1, 0}) // dwVersion, dwReserved
	if found.Signature != nil {
		return c.give(signature, found.Signature)
	}
	return c.give(keyExchange, found.KeyExchange)
}
