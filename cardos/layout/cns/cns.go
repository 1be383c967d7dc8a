// SPDX-License-Identifier: Apache-2.0

// Package cns drives the file system of the CNS ("File System CNS", DigitPA):
// its files, PINs and keys. Layouts that have this file system, whole or in
// part, build on [Card].
package cns

import (
	"tscns/cardos"
	"tscns/cardos/layout/secop"
)

// Path is an absolute path in the file system without its leading 3F00, 2
// bytes a level. The empty path is the master file.
type Path string

// Files of the CNS, by the names of the specification.
const (
	MF            Path = ""
	GDO           Path = "\x2F\x02"
	IDCarta       Path = "\x10\x00\x10\x03"
	CCarta        Path = "\x11\x00\x11\x01"
	DatiPersonali Path = "\x11\x00\x11\x02"
)

// References of the CNS.
const (
	RefPIN = 0x10
	RefPUK = 0x11
	RefKey = 0x01
)

// Backtrack is bit 8 of the reference of a PIN: STIncard masks then search it
// from the current directory upwards (CIE Functional Specification 2.0, p. 63).
const Backtrack = 0x80

// Policy is the policy of every PIN known: 5 to 8 digits, a PUK of 8, three
// tries.
var Policy = cardos.PINSpec{MinLength: 5, MaxLength: 8, PUKMinLength: 8, PUKMaxLength: 8, MaxTries: 3, TriesQuery: cardos.Unknown}

// DataFiles are the public files of the CNS.
var DataFiles = []cardos.DataFile{
	{Label: "EF_DatiPersonali", Path: []byte(DatiPersonali), Holder: true},
	{Label: "EF_IDCarta", Path: []byte(IDCarta), Holder: true, Number: true},
	{Label: "EF_GDO", Path: []byte(GDO), Holder: true},
}

// Config is what cards with this file system differ in.
type Config struct {
	// Applet is the application that must stay selected, nil for none.
	Applet []byte
	// Confirm is what GET DATA of ConfirmTag must contain in that application.
	Confirm    string
	ConfirmTag uint16

	PINs  []PIN
	Keys  []Place
	Files []cardos.DataFile

	// RestoreWithoutLc: see [secop.Restore].
	RestoreWithoutLc bool
	// Forms are the ways to send a PSO that does not fit a short APDU, in the
	// order to try them.
	Forms []secop.Form
}

// PIN is a PIN with its PUK: one identity.
type PIN struct {
	Purpose   cardos.Purpose
	Directory Path // must be current for VERIFY
	PIN, PUK  byte // references, P2
	Spec      cardos.PINSpec
}

// Place is where a key with a certificate may be.
type Place struct {
	Purpose     cardos.Purpose
	Certificate Path
	Offset      int  // where in the file the certificate starts
	Directory   Path // must be current for MSE and PSO
	Ref         byte // key reference in MSE SET
	// PINHere: PIN and PUK of this key are presented with Directory current,
	// and not the one of the PIN.
	PINHere bool
	// CardPads: the card pads the message itself (MSE template B6, PSO COMPUTE
	// DIGITAL SIGNATURE); nobody reports raw RSA with such a key.
	CardPads bool
	// Fallback: looked at only where no key of that purpose was found before.
	Fallback bool
}

// Reference is a key reference for MSE SET, with the file of the key's
// attributes where the layout has one: it holds the modulus and needs the PIN.
type Reference struct {
	Ref        byte
	Attributes Path
}

// AsFallback returns the place to be looked at only where no key of its
// purpose was found before.
func (p Place) AsFallback() Place {
	p.Fallback = true
	return p
}
