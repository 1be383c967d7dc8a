// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
// Warnings are errors in the build of build.sh.
#cgo CFLAGS: -Wall -Wextra
#include "bridge.h"
*/
import "C"

import (
	"tscns/module"
	"tscns/module/ck"
)

// call runs f under guard for the C function name.
func call(name string, f func(lib module.API) error) C.CK_RV {
	return C.CK_RV(guard(name, f))
}

// goUnsupported answers for a function that this token never has.
//
//export goUnsupported
func goUnsupported(name *C.char, h C.CK_SESSION_HANDLE) C.CK_RV {
	return call(C.GoString(name), func(lib module.API) error {
		return lib.UnsupportedIn(ck.SessionHandle(h))
	})
}

// goBadArguments answers for arguments that shim.c refused.
//
//export goBadArguments
func goBadArguments(name *C.char) C.CK_RV {
	return call(C.GoString(name), func(lib module.API) error {
		return lib.BadArguments()
	})
}

// goCopy copies a structure between memory of the host and of shim.c.
//
//export goCopy
func goCopy(name *C.char, to, from address, n C.size_t) C.CK_RV {
	return call(C.GoString(name), func(module.API) error {
		b := make([]byte, int(n))
		readHost(b, from)
		writeHost(to, b)
		return nil
	})
}
