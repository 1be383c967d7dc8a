// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"errors"
	"fmt"
	"os"

	"github.com/miekg/pkcs11"
)

// goProgram is a program in Go that uses a card through a PKCS#11 library. A
// call that failed ends it with code 3, and its name and value.
type goProgram struct {
	*pkcs11.Ctx
	session pkcs11.SessionHandle
}

// asGoProgram as the first argument has the test binary be that program; the
// others are the library, a PIN and a text.
const asGoProgram = "goprogram"

// run lists, logs in and signs once. It prints certificate and signature (PKCS
// #1, SHA-256) in hexadecimal, a line each.
func (p *goProgram) run(pin, text string) {
	p.must("C_Initialize", p.Initialize())
	slots, err := p.GetSlotList(true)
	if err == nil && len(slots) == 0 {
		err = errors.New("no card")
	}
	p.must("C_GetSlotList", err)
	p.session, err = p.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION)
	p.must("C_OpenSession", err)
	p.must("C_Login", p.Login(p.session, pkcs11.CKU_USER, pin))
	values, err := p.GetAttributeValue(p.session, p.find(pkcs11.CKO_CERTIFICATE), []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
	p.must("C_GetAttributeValue", err)
	key := p.find(pkcs11.CKO_PRIVATE_KEY)
	p.must("C_SignInit", p.SignInit(p.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil)}, key))
	signature, err := p.Sign(p.session, []byte(text))
	p.must("C_Sign", err)
	p.must("C_Finalize", p.Finalize())
	fmt.Printf("%x\n%x\n", values[0].Value, signature)
}

func (p *goProgram) find(class uint) pkcs11.ObjectHandle {
	p.must("C_FindObjectsInit", p.FindObjectsInit(p.session, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}))
	found, _, err := p.FindObjects(p.session, 1)
	p.must("C_FindObjects", err)
	p.must("C_FindObjectsFinal", p.FindObjectsFinal(p.session))
	if len(found) == 0 {
		p.must("C_FindObjects", errors.New("no object: logged out meanwhile"))
	}
	return found[0]
}

func (p *goProgram) must(call string, err error) {
	if err == nil {
		return
	}
	if rv := pkcs11.Error(0); errors.As(err, &rv) {
		fmt.Println(call, uint(rv))
	} else {
		fmt.Println(err)
	}
	if call != "C_Finalize" {
		p.must("C_Finalize", p.Finalize())
	}
	os.Exit(3)
}
