// SPDX-License-Identifier: Apache-2.0

// Command tscns-pkcs11 is the library that is shipped: the C functions of
// PKCS#11 over real readers, by PC/SC. ./build.sh builds it; the plain way is
//
//	go build -buildmode=c-shared -o tscns-pkcs11.so ./pkcs11export/tscns-pkcs11
package main

import (
	"tscns/cardos"
	"tscns/cardos/pcsc"
	"tscns/module"
	"tscns/pkcs11export"
)

func init() { pkcs11export.Serve(newModule) }

func newModule() module.API {
	pcsc.SetServiceLock(pkcs11export.ServiceLock{})
	return pkcs11export.NewModule(func() (cardos.Transport, error) { return pcsc.New(), nil }, pkcs11export.RuntimeDir())
}

func main() {}
