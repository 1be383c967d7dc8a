// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bytes"
	"errors"
	"unsafe"

	sys "golang.org/x/sys/windows"
)

// keyProvInfoProperty is CERT_KEY_PROV_INFO_PROP_ID, the property of a
// certificate that names its private key: a CRYPT_KEY_PROV_INFO.
const keyProvInfoProperty = 2

var certGetProperty = sys.NewLazySystemDLL("crypt32.dll").NewProc("CertGetCertificateContextProperty")

func (computer) Certificates() (list []Certificate, err error) {
	name, err := sys.UTF16PtrFromString("MY")
	if err != nil {
		return nil, err
	}
	store, err := sys.CertOpenStore(sys.CERT_STORE_PROV_SYSTEM_W, 0, 0,
		sys.CERT_SYSTEM_STORE_CURRENT_USER|sys.CERT_STORE_READONLY_FLAG|sys.CERT_STORE_OPEN_EXISTING_FLAG, uintptr(unsafe.Pointer(name)))
	if errors.Is(err, sys.ERROR_FILE_NOT_FOUND) {
		return nil, nil // nobody has put a certificate there yet
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = sys.CertCloseStore(store, 0) }()
	// Each call frees the context of the one before.
	for context, err := sys.CertEnumCertificatesInStore(store, nil); err == nil && context != nil; context, err = sys.CertEnumCertificatesInStore(store, context) {
		provider, container := keyOf(context)
		list = append(list, Certificate{bytes.Clone(unsafe.Slice(context.EncodedCert, context.Length)), provider, container})
	}
	return list, nil
}

// keyOf returns provider and container of the private key of a certificate.
func keyOf(context *sys.CertContext) (provider, container string) {
	if certGetProperty.Find() != nil {
		return "", ""
	}
	var size uint32
	get := func(data unsafe.Pointer) bool {
		ok, _, _ := certGetProperty.Call(uintptr(unsafe.Pointer(context)), keyProvInfoProperty, uintptr(data), uintptr(unsafe.Pointer(&size)))
		return ok != 0
	}
	// The structure begins with the two names, which stand behind it.
	if !get(nil) || size < uint32(unsafe.Sizeof([2]*uint16{})) {
		return "", ""
	}
	block := make([]uint64, (size+7)/8)
	if !get(unsafe.Pointer(&block[0])) {
		return "", ""
	}
	names := (*[2]*uint16)(unsafe.Pointer(&block[0]))
	return sys.UTF16PtrToString(names[1]), sys.UTF16PtrToString(names[0])
}
