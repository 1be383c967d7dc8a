// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"fmt"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// Tags of data objects, and classes of security data objects (D: OpenSC's
// iasecc driver, which calls them SDO and DOCP; those of PINs and keys are P on
// IAS-ECC cards).
const (
	tagTemplate    = 0x70   // around what GET DATA answers
	tagControl     = 0xA0   // control parameters: counters, size, access rules
	tagPIN         = 0x7F41 // template of a PIN
	tagKey         = 0x7F48 // template of a private key
	tagEnvironment = 0x7B   // template of a security environment

	classPIN         = 0x81
	classKey         = 0x90
	classEnvironment = 0xFB
)

// maxNumber is the largest number of an object that is looked for.
const maxNumber = 0x0F

// object is what a card answered of one object.
type object []iso7816.TLV

// parseObject reads the answer to GET DATA of an object:
// 70 L {BF class number L {elements}}.
func parseObject(answer []byte, class, number byte) (object, error) {
	outer, err := iso7816.ParseTLV(answer)
	if err != nil {
		return nil, err
	}
	template, _ := iso7816.Find(outer, tagTemplate)
	inner, err := iso7816.ParseTLV(template)
	if err != nil {
		return nil, err
	}
	content, ok := iso7816.Find(inner, 0xBF0000|uint32(class)<<8|uint32(number))
	if !ok {
		return nil, fmt.Errorf("%w: another object than the one asked for", iso7816.ErrProtocol)
	}
	return iso7816.ParseTLV(content)
}

// find returns the objects inside the first one with a tag. ok is false where
// there is none, or one that is damaged.
func find(list []iso7816.TLV, tag uint32) (inner object, ok bool) {
	value, ok := iso7816.Find(list, tag)
	if !ok {
		return nil, false
	}
	inner, err := iso7816.ParseTLV(value)
	return inner, err == nil
}

// number returns the value of an object of at most 2 bytes.
func (o object) number(tag uint32) (n int, ok bool) {
	value, ok := iso7816.Find(o, tag)
	if !ok || len(value) == 0 || len(value) > 2 {
		return 0, false
	}
	for _, b := range value {
		n = n<<8 | int(b)
	}
	return n, true
}

// condition is a security condition byte of an access rule.
type condition byte

const (
	conditionAlways condition = 0x00
	conditionNever  condition = 0xFF

	// Bits of the others: what has to be done before. The low four bits are
	// the number of the security environment that says how.
	conditionSecureMessaging = 0x40
	conditionExternal        = 0x20 // EXTERNAL AUTHENTICATE
	conditionUser            = 0x10 // VERIFY
)

// environment returns the number of the security environment that names the
// PIN. ok is false where something else than a PIN is wanted, or nothing.
func (c condition) environment() (number byte, ok bool) {
	if c == conditionNever || c&(conditionSecureMessaging|conditionExternal) != 0 || c&conditionUser == 0 {
		return 0, false
	}
	number = byte(c & 0x0F)
	return number, number != 0
}

// Access rules of a private key and of a PIN, by the bit of the access mode byte.
const (
	ruleSign         = 0x40 // PSO COMPUTE DIGITAL SIGNATURE
	ruleAuthenticate = 0x20 // INTERNAL AUTHENTICATE
	ruleDecipher     = 0x10 // PSO DECIPHER

	ruleChange = 0x40 // CHANGE REFERENCE DATA
	ruleReset  = 0x10 // RESET RETRY COUNTER
)

// rule returns the condition of one access mode, conditionNever where no rule
// allows it. Rules are A1 {8C access mode byte, condition bytes}; 9C has those
// that hold without contacts. Bit 8 of the access mode byte has no condition.
func (o object) rule(bit byte, contactless bool) condition {
	rules, ok := find(o, 0xA1)
	if !ok {
		return conditionNever
	}
	value, ok := iso7816.Find(rules, 0x8C)
	if other, here := iso7816.Find(rules, 0x9C); contactless && here {
		value, ok = other, true
	}
	if !ok || len(value) == 0 || value[0]&bit == 0 {
		return conditionNever
	}
	i := 1
	for before := byte(0x40); before > bit; before >>= 1 {
		if value[0]&before != 0 {
			i++
		}
	}
	if i >= len(value) {
		return conditionNever
	}
	return condition(value[i])
}

// Tags of control parameters.
const (
	tagSize           = 0x80 // of a key, in bytes
	tagTriesMax       = 0x9A
	tagTriesLeft      = 0x9B
	tagNonRepudiation = 0x9E
)

// environment is what a security environment names.
type environment struct {
	pin    byte // reference of the PIN
	hasPIN bool
	// Algorithm references, 0 where none is named.
	authenticate, sign, hash, decipher byte
}

// Usage of a control reference template for authentication: the PIN, and a
// computation by the card.
const usageUser = 0x08

// environment reads the control reference templates of an environment.
func (o object) environment() (e environment) {
	for _, template := range o {
		inner, err := iso7816.ParseTLV(template.Value)
		if err != nil {
			continue
		}
		crt := object(inner)
		algorithm, _ := crt.number(0x80)
		usage, _ := crt.number(0x95)
		switch template.Tag {
		case 0xA4:
			ref, ok := crt.number(0x83)
			if usage&usageUser == 0 {
				e.authenticate = byte(algorithm)
			} else if ok && ref != 0 && ref <= 0xFF && !e.hasPIN {
				e.pin, e.hasPIN = byte(ref), true
			}
		case 0xAA:
			e.hash = byte(algorithm)
		case 0xB6:
			e.sign = byte(algorithm)
		case 0xB8:
			e.decipher = byte(algorithm)
		}
	}
	return e
}

// lengths returns the lengths that the template of a PIN reports.
func (o object) lengths() lengths {
	template, ok := find(o, tagPIN)
	if !ok {
		return lengths{}
	}
	longest, _ := template.number(0x80)
	shortest, _ := template.number(0x81)
	if shortest < 1 || shortest > longest {
		return lengths{}
	}
	return lengths{shortest, longest}
}

// tries returns the counter of a PIN and that of a fresh one, as far as the
// control parameters have them.
func (o object) tries() (t cardos.Tries) {
	control, _ := find(o, tagControl)
	if t.Left, t.Known = control.number(tagTriesLeft); t.Known {
		t.Max, _ = control.number(tagTriesMax)
	}
	return t
}
