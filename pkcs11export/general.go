// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "bridge.h"
*/
import "C"

import (
	"unsafe"

	"tscns/module"
	"tscns/module/ck"
)

// General purpose functions (section 5.4).

// goC_Initialize gets what shim.c took from CK_C_INITIALIZE_ARGS after its
// checks. Callbacks are never called: the library locks with its own mutexes
// whatever the host asks for, as hosts have been seen to promise one thread
// and use several.
//
//export goC_Initialize
func goC_Initialize(flags C.CK_FLAGS, callbacks C.int) C.CK_RV {
	return call("C_Initialize", func(lib module.API) error {
		tameRuntime()
		return lib.Initialize(module.InitArgs{Flags: ck.Flags(flags), HasCallbacks: callbacks != 0})
	})
}

//export goC_Finalize
func goC_Finalize(pReserved address) C.CK_RV {
	return call("C_Finalize", func(lib module.API) error {
		if pReserved != 0 {
			return lib.BadArguments()
		}
		return lib.Finalize()
	})
}

//export goC_GetInfo
func goC_GetInfo(pInfo address) C.CK_RV {
	return call("C_GetInfo", func(lib module.API) error {
		if pInfo == 0 {
			return lib.BadArguments()
		}
		info, err := lib.GetInfo()
		if err == nil {
			writeInfo(pInfo, info)
		}
		return err
	})
}

// writeInfo fills a CK_INFO by the places of its members.
func writeInfo(p address, info module.Info) {
	var out [C.info_size]byte
	at := func(place uintptr) unsafe.Pointer { return unsafe.Pointer(&out[place]) }
	*(*C.CK_VERSION)(at(C.info_cryptokiVersion)) = version(info.CryptokiVersion)
	pad(out[C.info_manufacturerID:][:32], info.ManufacturerID)
	pad(out[C.info_libraryDescription:][:32], info.LibraryDescription)
	*(*C.CK_VERSION)(at(C.info_libraryVersion)) = version(info.LibraryVersion)
	writeHost(p, out[:]) // the flags are 0
}

func version(v module.Version) C.CK_VERSION {
	return C.CK_VERSION{major: C.CK_BYTE(v.Major), minor: C.CK_BYTE(v.Minor)}
}

// Parallel functions (section 5.20): remains of version 1, which always answer
// the same.

//export goC_GetFunctionStatus
func goC_GetFunctionStatus(C.CK_SESSION_HANDLE) C.CK_RV {
	return call("C_GetFunctionStatus", module.API.NotParallel)
}

//export goC_CancelFunction
func goC_CancelFunction(C.CK_SESSION_HANDLE) C.CK_RV {
	return call("C_CancelFunction", module.API.NotParallel)
}

// Random numbers (section 5.19).

//export goC_SeedRandom
func goC_SeedRandom(h C.CK_SESSION_HANDLE, pSeed address, ulSeedLen C.CK_ULONG) C.CK_RV {
	return call("C_SeedRandom", func(lib module.API) error {
		if pSeed == 0 && ulSeedLen > 0 {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		return lib.SeedRandom(ck.SessionHandle(h))
	})
}

//export goC_GenerateRandom
func goC_GenerateRandom(h C.CK_SESSION_HANDLE, pRandomData address, ulRandomLen C.CK_ULONG) C.CK_RV {
	return call("C_GenerateRandom", func(lib module.API) error {
		if pRandomData == 0 && ulRandomLen > 0 || ulRandomLen > maxBytes {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		data, err := lib.GenerateRandom(ck.SessionHandle(h), uint(ulRandomLen))
		if err == nil && len(data) > 0 {
			writeHost(pRandomData, data)
		}
		return err
	})
}
