// SPDX-License-Identifier: Apache-2.0

// Command miekg is a program in Go that uses a card through a PKCS#11 library:
// it lists, logs in and signs once.
//
// Usage: miekg MODULE PIN TEXT
//
// It prints certificate and signature (PKCS #1, SHA-256) in hexadecimal, a line
// each. A call that failed ends it with code 3, and its name and value.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/miekg/pkcs11"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: miekg MODULE PIN TEXT")
		os.Exit(2)
	}
	p := pkcs11.New(os.Args[1])
	if p == nil {
		fmt.Fprintln(os.Stderr, "cannot load", os.Args[1])
		os.Exit(2)
	}
	certificate, signature, err := use(p, os.Args[2], os.Args[3])
	err = errors.Join(err, failed("C_Finalize", p.Finalize()))
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	fmt.Printf("%x\n%x\n", certificate, signature)
}

func failed(call string, err error) error {
	var rv pkcs11.Error
	if errors.As(err, &rv) {
		return fmt.Errorf("%s %d", call, uint(rv))
	}
	return err
}

func use(p *pkcs11.Ctx, pin, text string) (certificate, signature []byte, err error) {
	if err := p.Initialize(); err != nil {
		return nil, nil, failed("C_Initialize", err)
	}
	slots, err := p.GetSlotList(true)
	if err != nil {
		return nil, nil, failed("C_GetSlotList", err)
	}
	if len(slots) == 0 {
		return nil, nil, errors.New("no card")
	}
	s, err := p.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return nil, nil, failed("C_OpenSession", err)
	}
	if err := p.Login(s, pkcs11.CKU_USER, pin); err != nil {
		return nil, nil, failed("C_Login", err)
	}
	if certificate, err = read(p, s); err != nil {
		return nil, nil, err
	}
	keys, err := find(p, s, pkcs11.CKO_PRIVATE_KEY)
	if err != nil {
		return nil, nil, err
	}
	if err := p.SignInit(s, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil)}, keys[0]); err != nil {
		return nil, nil, failed("C_SignInit", err)
	}
	signature, err = p.Sign(s, []byte(text))
	return certificate, signature, failed("C_Sign", err)
}

func find(p *pkcs11.Ctx, s pkcs11.SessionHandle, class uint) ([]pkcs11.ObjectHandle, error) {
	if err := p.FindObjectsInit(s, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}); err != nil {
		return nil, failed("C_FindObjectsInit", err)
	}
	found, _, err := p.FindObjects(s, 1)
	if err == nil {
		err = p.FindObjectsFinal(s)
	}
	if err == nil && len(found) == 0 {
		err = errors.New("no object: logged out meanwhile")
	}
	return found, failed("C_FindObjects", err)
}

func read(p *pkcs11.Ctx, s pkcs11.SessionHandle) ([]byte, error) {
	found, err := find(p, s, pkcs11.CKO_CERTIFICATE)
	if err != nil {
		return nil, err
	}
	values, err := p.GetAttributeValue(s, found[0], []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
	if err != nil {
		return nil, failed("C_GetAttributeValue", err)
	}
	return values[0].Value, nil
}
