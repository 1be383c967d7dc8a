// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "bridge.h"
*/
import "C"

import (
	"tscns/module"
	"tscns/module/ck"
)

// The shapes that cryptographic functions have. A pointer that is refused ends
// the operation op, as any error but CKR_BUFFER_TOO_SMALL does (5.2, 5.13.2).

// begin is the shape of C_SignInit: a mechanism and a key.
func begin(name string, h C.CK_SESSION_HANDLE, pMechanism address, hKey C.CK_OBJECT_HANDLE,
	f func(module.API, ck.SessionHandle, *module.Mechanism, ck.ObjectHandle) error) C.CK_RV {
	return call(name, func(lib module.API) error {
		return f(lib, ck.SessionHandle(h), mechanism(pMechanism), ck.ObjectHandle(hKey))
	})
}

// transform is the shape of C_Sign: bytes in, bytes out.
func transform(name string, h C.CK_SESSION_HANDLE, op module.Operation, in input, out output,
	f func(module.API, ck.SessionHandle, []byte, module.BufferSize) (module.Output, error)) C.CK_RV {
	return call(name, func(lib module.API) error {
		data, free, ok := in.take()
		defer free()
		if !ok || out.n == 0 {
			return lib.BadArgumentsIn(ck.SessionHandle(h), op)
		}
		space := out.size()
		r, err := f(lib, ck.SessionHandle(h), data, space)
		return out.deliver(space, r, err)
	})
}

// update is the shape of C_SignUpdate and C_VerifyFinal: bytes in.
func update(name string, h C.CK_SESSION_HANDLE, op module.Operation, in input,
	f func(module.API, ck.SessionHandle, []byte) error) C.CK_RV {
	return call(name, func(lib module.API) error {
		data, free, ok := in.take()
		defer free()
		if !ok {
			return lib.BadArgumentsIn(ck.SessionHandle(h), op)
		}
		return f(lib, ck.SessionHandle(h), data)
	})
}

// final is the shape of C_SignFinal: bytes out.
func final(name string, h C.CK_SESSION_HANDLE, op module.Operation, out output,
	f func(module.API, ck.SessionHandle, module.BufferSize) (module.Output, error)) C.CK_RV {
	return call(name, func(lib module.API) error {
		if out.n == 0 {
			return lib.BadArgumentsIn(ck.SessionHandle(h), op)
		}
		space := out.size()
		r, err := f(lib, ck.SessionHandle(h), space)
		return out.deliver(space, r, err)
	})
}
