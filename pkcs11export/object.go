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

// Object management functions (section 5.7).

//export goC_CreateObject
func goC_CreateObject(h C.CK_SESSION_HANDLE, pTemplate address, ulCount C.CK_ULONG, phObject address) C.CK_RV {
	return call("C_CreateObject", func(lib module.API) error {
		t, ok := template(pTemplate, ulCount)
		if !ok || phObject == 0 {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		o, err := lib.CreateObject(ck.SessionHandle(h), t)
		if err == nil {
			store(phObject, C.CK_OBJECT_HANDLE(o))
		}
		return err
	})
}

//export goC_CopyObject
func goC_CopyObject(h C.CK_SESSION_HANDLE, hObject C.CK_OBJECT_HANDLE, pTemplate address, ulCount C.CK_ULONG, phNewObject address) C.CK_RV {
	return call("C_CopyObject", func(lib module.API) error {
		t, ok := template(pTemplate, ulCount)
		if !ok || phNewObject == 0 {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		o, err := lib.CopyObject(ck.SessionHandle(h), ck.ObjectHandle(hObject), t)
		if err == nil {
			store(phNewObject, C.CK_OBJECT_HANDLE(o))
		}
		return err
	})
}

//export goC_DestroyObject
func goC_DestroyObject(h C.CK_SESSION_HANDLE, hObject C.CK_OBJECT_HANDLE) C.CK_RV {
	return call("C_DestroyObject", func(lib module.API) error {
		return lib.DestroyObject(ck.SessionHandle(h), ck.ObjectHandle(hObject))
	})
}

//export goC_GetObjectSize
func goC_GetObjectSize(h C.CK_SESSION_HANDLE, hObject C.CK_OBJECT_HANDLE, pulSize address) C.CK_RV {
	return call("C_GetObjectSize", func(lib module.API) error {
		if pulSize == 0 {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		n, err := lib.GetObjectSize(ck.SessionHandle(h), ck.ObjectHandle(hObject))
		if err == nil {
			store(pulSize, C.CK_ULONG(n))
		}
		return err
	})
}

//export goC_GetAttributeValue
func goC_GetAttributeValue(h C.CK_SESSION_HANDLE, hObject C.CK_OBJECT_HANDLE, pTemplate address, ulCount C.CK_ULONG) C.CK_RV {
	return call("C_GetAttributeValue", func(lib module.API) error {
		if badTemplate(pTemplate, ulCount) {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		q := queries(pTemplate, ulCount)
		err := lib.GetAttributeValue(ck.SessionHandle(h), ck.ObjectHandle(hObject), q)
		return answers(pTemplate, q, err)
	})
}

//export goC_SetAttributeValue
func goC_SetAttributeValue(h C.CK_SESSION_HANDLE, hObject C.CK_OBJECT_HANDLE, pTemplate address, ulCount C.CK_ULONG) C.CK_RV {
	return call("C_SetAttributeValue", func(lib module.API) error {
		t, ok := template(pTemplate, ulCount)
		if !ok {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		return lib.SetAttributeValue(ck.SessionHandle(h), ck.ObjectHandle(hObject), t)
	})
}

//export goC_FindObjectsInit
func goC_FindObjectsInit(h C.CK_SESSION_HANDLE, pTemplate address, ulCount C.CK_ULONG) C.CK_RV {
	return call("C_FindObjectsInit", func(lib module.API) error {
		t, ok := template(pTemplate, ulCount)
		if !ok {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		return lib.FindObjectsInit(ck.SessionHandle(h), t)
	})
}

//export goC_FindObjects
func goC_FindObjects(h C.CK_SESSION_HANDLE, phObject address, ulMaxObjectCount C.CK_ULONG, pulObjectCount address) C.CK_RV {
	return call("C_FindObjects", func(lib module.API) error {
		if pulObjectCount == 0 || phObject == 0 && ulMaxObjectCount > 0 {
			return lib.BadArgumentsIn(ck.SessionHandle(h))
		}
		most := min(ulMaxObjectCount, maxHandles)
		found, err := lib.FindObjects(ck.SessionHandle(h), uint(most))
		if err != nil {
			return err
		}
		if len(found) > int(most) {
			return ck.CKR_GENERAL_ERROR
		}
		writeNumbers(phObject, found)
		store(pulObjectCount, C.CK_ULONG(len(found)))
		return nil
	})
}

//export goC_FindObjectsFinal
func goC_FindObjectsFinal(h C.CK_SESSION_HANDLE) C.CK_RV {
	return call("C_FindObjectsFinal", func(lib module.API) error {
		return lib.FindObjectsFinal(ck.SessionHandle(h))
	})
}
