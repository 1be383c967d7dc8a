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

// Slot and token management functions (section 5.5).

//export goC_GetSlotList
func goC_GetSlotList(tokenPresent C.CK_BBOOL, pSlotList, pulCount address) C.CK_RV {
	return call("C_GetSlotList", func(lib module.API) error {
		if pulCount == 0 {
			return lib.BadArguments()
		}
		ids, err := lib.GetSlotList(tokenPresent != C.CK_FALSE, pSlotList == 0)
		if err != nil {
			return err
		}
		return list(pSlotList, pulCount, ids)
	})
}

//export goC_GetSlotInfo
func goC_GetSlotInfo(slotID C.CK_SLOT_ID, pInfo address) C.CK_RV {
	return call("C_GetSlotInfo", func(lib module.API) error {
		if pInfo == 0 {
			return lib.BadArguments()
		}
		info, err := lib.GetSlotInfo(ck.SlotID(slotID))
		if err != nil {
			return err
		}
		out := C.CK_SLOT_INFO{
			flags:           C.CK_FLAGS(info.Flags),
			hardwareVersion: version(info.HardwareVersion),
			firmwareVersion: version(info.FirmwareVersion),
		}
		padField(out.slotDescription[:], info.Description)
		padField(out.manufacturerID[:], info.ManufacturerID)
		store(pInfo, out)
		return nil
	})
}

// padField pads a text member of a C structure.
func padField(field []C.CK_UTF8CHAR, s string) {
	pad(unsafe.Slice((*byte)(&field[0]), len(field)), s)
}

//export goC_GetTokenInfo
func goC_GetTokenInfo(slotID C.CK_SLOT_ID, pInfo address) C.CK_RV {
	return call("C_GetTokenInfo", func(lib module.API) error {
		if pInfo == 0 {
			return lib.BadArguments()
		}
		info, err := lib.GetTokenInfo(ck.SlotID(slotID))
		if err == nil {
			store(pInfo, tokenInfo(info))
		}
		return err
	})
}

func tokenInfo(info module.TokenInfo) C.CK_TOKEN_INFO {
	out := C.CK_TOKEN_INFO{
		flags:                C.CK_FLAGS(info.Flags),
		ulMaxSessionCount:    C.CK_ULONG(info.MaxSessionCount),
		ulSessionCount:       C.CK_ULONG(info.SessionCount),
		ulMaxRwSessionCount:  C.CK_ULONG(info.MaxRWSessionCount),
		ulRwSessionCount:     C.CK_ULONG(info.RWSessionCount),
		ulMaxPinLen:          C.CK_ULONG(info.MaxPINLen),
		ulMinPinLen:          C.CK_ULONG(info.MinPINLen),
		ulTotalPublicMemory:  C.CK_ULONG(info.TotalPublicMemory),
		ulFreePublicMemory:   C.CK_ULONG(info.FreePublicMemory),
		ulTotalPrivateMemory: C.CK_ULONG(info.TotalPrivateMemory),
		ulFreePrivateMemory:  C.CK_ULONG(info.FreePrivateMemory),
		hardwareVersion:      version(info.HardwareVersion),
		firmwareVersion:      version(info.FirmwareVersion),
	}
	padField(out.label[:], info.Label)
	padField(out.manufacturerID[:], info.ManufacturerID)
	padField(out.model[:], info.Model)
	padField(out.serialNumber[:], info.SerialNumber)
	padField(out.utcTime[:], "") // the token has no clock
	return out
}

//export goC_GetMechanismList
func goC_GetMechanismList(slotID C.CK_SLOT_ID, pMechanismList, pulCount address) C.CK_RV {
	return call("C_GetMechanismList", func(lib module.API) error {
		if pulCount == 0 {
			return lib.BadArguments()
		}
		types, err := lib.GetMechanismList(ck.SlotID(slotID))
		if err != nil {
			return err
		}
		return list(pMechanismList, pulCount, types)
	})
}

//export goC_GetMechanismInfo
func goC_GetMechanismInfo(slotID C.CK_SLOT_ID, t C.CK_MECHANISM_TYPE, pInfo address) C.CK_RV {
	return call("C_GetMechanismInfo", func(lib module.API) error {
		if pInfo == 0 {
			return lib.BadArguments()
		}
		info, err := lib.GetMechanismInfo(ck.SlotID(slotID), ck.MechanismType(t))
		if err == nil {
			store(pInfo, C.CK_MECHANISM_INFO{
				ulMinKeySize: C.CK_ULONG(info.MinKeySize),
				ulMaxKeySize: C.CK_ULONG(info.MaxKeySize),
				flags:        C.CK_FLAGS(info.Flags),
			})
		}
		return err
	})
}

// goC_WaitForSlotEvent looks for slice milliseconds; shim.c has checked the
// arguments and repeats it for the blocking form.
//
//export goC_WaitForSlotEvent
func goC_WaitForSlotEvent(slice C.int, pSlot address) C.CK_RV {
	return call("C_WaitForSlotEvent", func(lib module.API) error {
		id, err := lib.WaitForSlotEvent(int(slice))
		if err == nil {
			store(pSlot, C.CK_SLOT_ID(id))
		}
		return err
	})
}

//export goC_InitToken
func goC_InitToken(slotID C.CK_SLOT_ID, pPin address, ulPinLen C.CK_ULONG, pLabel address) C.CK_RV {
	return call("C_InitToken", func(lib module.API) error {
		if pLabel == 0 || pPin == 0 && ulPinLen > 0 {
			return lib.BadArguments()
		}
		return lib.InitToken(ck.SlotID(slotID), pPin != 0)
	})
}

//export goC_InitPIN
func goC_InitPIN(h C.CK_SESSION_HANDLE, pPin address, ulPinLen C.CK_ULONG) C.CK_RV {
	return call("C_InitPIN", func(lib module.API) error {
		pin, ok := input{pPin, ulPinLen}.pin()
		if !ok {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		defer pin.Free()
		return lib.InitPIN(ck.SessionHandle(h), pin.Bytes())
	})
}

//export goC_SetPIN
func goC_SetPIN(h C.CK_SESSION_HANDLE, pOldPin address, ulOldLen C.CK_ULONG, pNewPin address, ulNewLen C.CK_ULONG) C.CK_RV {
	return call("C_SetPIN", func(lib module.API) error {
		before, ok := input{pOldPin, ulOldLen}.pin()
		defer before.Free()
		after, ok2 := input{pNewPin, ulNewLen}.pin()
		defer after.Free()
		if !ok || !ok2 {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		return lib.SetPIN(ck.SessionHandle(h), before.Bytes(), after.Bytes())
	})
}
