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

// Session management functions (section 5.6).

// goC_OpenSession has no use for pApplication and Notify: nothing here calls
// back.
//
//export goC_OpenSession
func goC_OpenSession(slotID C.CK_SLOT_ID, flags C.CK_FLAGS, pApplication address, notify address, phSession address) C.CK_RV {
	return call("C_OpenSession", func(lib module.API) error {
		if phSession == 0 {
			return lib.BadArguments()
		}
		store(phSession, C.CK_SESSION_HANDLE(C.CK_INVALID_HANDLE)) // a pointer that cannot be written fails before the session is open
		h, err := lib.OpenSession(ck.SlotID(slotID), ck.Flags(flags))
		if err == nil {
			store(phSession, C.CK_SESSION_HANDLE(h))
		}
		return err
	})
}

//export goC_CloseSession
func goC_CloseSession(h C.CK_SESSION_HANDLE) C.CK_RV {
	return call("C_CloseSession", func(lib module.API) error {
		return lib.CloseSession(ck.SessionHandle(h))
	})
}

//export goC_CloseAllSessions
func goC_CloseAllSessions(slotID C.CK_SLOT_ID) C.CK_RV {
	return call("C_CloseAllSessions", func(lib module.API) error {
		return lib.CloseAllSessions(ck.SlotID(slotID))
	})
}

//export goC_GetSessionInfo
func goC_GetSessionInfo(h C.CK_SESSION_HANDLE, pInfo address) C.CK_RV {
	return call("C_GetSessionInfo", func(lib module.API) error {
		if pInfo == 0 {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		info, err := lib.GetSessionInfo(ck.SessionHandle(h))
		if err == nil {
			store(pInfo, C.CK_SESSION_INFO{
				slotID:        C.CK_SLOT_ID(info.SlotID),
				state:         C.CK_STATE(info.State),
				flags:         C.CK_FLAGS(info.Flags),
				ulDeviceError: C.CK_ULONG(info.DeviceError),
			})
		}
		return err
	})
}

//export goC_SessionCancel
func goC_SessionCancel(h C.CK_SESSION_HANDLE, flags C.CK_FLAGS) C.CK_RV {
	return call("C_SessionCancel", func(lib module.API) error {
		return lib.SessionCancel(ck.SessionHandle(h), ck.Flags(flags))
	})
}

//export goC_Login
func goC_Login(h C.CK_SESSION_HANDLE, userType C.CK_USER_TYPE, pPin address, ulPinLen C.CK_ULONG) C.CK_RV {
	return call("C_Login", func(lib module.API) error {
		pin, ok := input{pPin, ulPinLen}.pin()
		if !ok {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		defer pin.Free()
		return lib.Login(ck.SessionHandle(h), ck.UserType(userType), pin.Bytes())
	})
}

//export goC_LoginUser
func goC_LoginUser(h C.CK_SESSION_HANDLE, userType C.CK_USER_TYPE, pPin address, ulPinLen C.CK_ULONG, pUsername address, ulUsernameLen C.CK_ULONG) C.CK_RV {
	return call("C_LoginUser", func(lib module.API) error {
		name, ok := input{pUsername, ulUsernameLen}.bytes()
		if !ok {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		pin, ok := input{pPin, ulPinLen}.pin()
		if !ok {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		defer pin.Free()
		return lib.LoginUser(ck.SessionHandle(h), ck.UserType(userType), pin.Bytes(), name)
	})
}

//export goC_Logout
func goC_Logout(h C.CK_SESSION_HANDLE) C.CK_RV {
	return call("C_Logout", func(lib module.API) error {
		return lib.Logout(ck.SessionHandle(h))
	})
}
