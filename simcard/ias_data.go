// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"encoding/binary"
	"slices"
)

// Tags of the data objects (D; those of PINs and keys P on other cards).
const (
	tagExtendedHeader = 0x4D // the list of what GET DATA asks for
	tagObject         = 0x70
	tagControl        = 0xA0 // control parameters: counters, size, access rules
	tagPINTemplate    = 0x7F41
	tagKeyTemplate    = 0x7F48
	tagEnvironment    = 0x7B

	classPIN         = 0x01
	classKey         = 0x10
	classEnvironment = 0x7B
	classLocal       = 0x80 // an object of the current directory
)

// Security condition bytes: nothing to do, never, and a PIN that a security
// environment names (added to its number).
const (
	conditionAlways = 0x00
	conditionNever  = 0xFF
	conditionUser   = 0x10

	conditionSecured = 0x41 // secure messaging by environment 1
)

// tlv encodes a data object (ISO/IEC 7816-4, 6.3). The tag is the number that
// its one to three bytes make.
func tlv(tag int, value ...byte) []byte {
	var out []byte
	for shift := 16; shift >= 0; shift -= 8 {
		if tag>>shift != 0 {
			out = append(out, byte(tag>>shift))
		}
	}
	switch n := len(value); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	default:
		out = append(out, 0x82, byte(n>>8), byte(n))
	}
	return append(out, value...)
}

// objectAsked is an extended header list for one element of one object.
type objectAsked struct {
	class, number byte
	element       int
}

// parseHeader reads `4D L 70 L BF class number L element 80`.
func parseHeader(data []byte) (asked objectAsked, ok bool) {
	open := func(prefix ...byte) {
		n := len(prefix)
		if ok = ok && len(data) > n && slices.Equal(data[:n], prefix) && int(data[n]) == len(data)-n-1; ok {
			data = data[n+1:]
		}
	}
	ok = true
	open(tagExtendedHeader)
	open(tagObject)
	if !ok || len(data) < 3 {
		return asked, false
	}
	asked.class, asked.number = data[1]&^classLocal, data[2]
	open(0xBF, data[1], data[2])
	switch {
	case !ok || len(data) < 2 || data[len(data)-1] != 0x80:
		return asked, false
	case len(data) == 2:
		asked.element = int(data[0])
	case len(data) == 3:
		asked.element = int(binary.BigEndian.Uint16(data))
	default:
		return asked, false
	}
	return asked, true
}

// getDataIAS is GET DATA 3FFF with an extended header list. Other lists are
// answered as data that are not there.
func (c *Card) getDataIAS(cmd command) response {
	a := c.h.ias
	asked, ok := parseHeader(cmd.data)
	switch {
	case a.spec.GetData != 0:
		return status(a.spec.GetData)
	case cmd.p1 != 0x3F || cmd.p2 != 0xFF:
		return status(0x6A86)
	case !ok:
		return status(0x6A88)
	case cmd.le == noLe:
		return status(0x6700)
	}
	content, sw := a.object(asked)
	if sw != 0x9000 {
		return status(sw)
	}
	tag := 0xBF0000 | int(asked.class|classLocal)<<8 | int(asked.number)
	return cmd.fit(tlv(tagObject, tlv(tag, content...)...))
}

// object returns what an object answers to one element.
func (a *ias) object(asked objectAsked) ([]byte, uint16) {
	var control, template []byte
	templateTag := 0
	switch asked.class {
	case classPIN:
		for _, p := range a.pins {
			if numberOf(p.spec.Reference) == asked.number {
				control, template, templateTag = a.controlOfPIN(p), p.template(), tagPINTemplate
			}
		}
	case classKey:
		for _, k := range a.keys {
			if numberOf(k.spec.Reference) == asked.number {
				control, template, templateTag = k.control(), k.template(), tagKeyTemplate
			}
		}
	case classEnvironment:
		template, templateTag = a.environment(asked.number), tagEnvironment
	}
	switch {
	case template == nil:
		return nil, 0x6A88
	case asked.class == classEnvironment && asked.element == templateTag:
		return template, 0x9000
	case control == nil:
		return nil, 0x6A80
	case asked.element == tagControl:
		return control, 0x9000
	case asked.element != templateTag || a.spec.Statement == StatementControl:
		return nil, 0x6A80
	case a.spec.Statement == StatementWhole:
		return append(control, template...), 0x9000
	}
	return template, 0x9000
}

// rules are access rules: the first byte says which conditions follow, over
// contacts and contactless alike.
func rules(conditions ...byte) []byte {
	return tlv(0xA1, append(tlv(0x8C, conditions...), tlv(0x9C, conditions...)...)...)
}

// controlOfPIN: maximum and tries left, then the rules for change, verify,
// unblock, write and read (order P).
func (a *ias) controlOfPIN(p *iasPIN) []byte {
	unblock := byte(conditionNever)
	if p.spec.PUK != 0 {
		unblock = conditionUser | a.environmentOfPUK(p)
	}
	change := byte(conditionAlways)
	switch p.spec.Change {
	case ChangeVerified:
		change = conditionUser | a.environmentOf(p)
	case ChangeSecured:
		change = conditionSecured
	case ChangeNever:
		change = conditionNever
	}
	return tlv(tagControl, slices.Concat(tlv(0x9A, byte(p.max)), tlv(0x9B, byte(p.tries)),
		rules(0xF3, change, conditionAlways, unblock, conditionNever, conditionAlways))...)
}

// template is the longest and the shortest value: equal for a PIN that is
// filled (D).
func (p *iasPIN) template() []byte {
	shortest := minPINLength
	if p.spec.Form != PINDigits {
		shortest = p.spec.Length
	}
	return tlv(tagPINTemplate, slices.Concat(tlv(0x80, byte(p.spec.Length)), tlv(0x81, byte(shortest)))...)
}

// control: the rules for signature, INTERNAL AUTHENTICATE, decipherment and
// reading, and the size in bytes (shape P).
func (k *iasKey) control() []byte {
	condition := conditionUser | k.spec.Environment
	conditions := []byte{0x81}
	for i, may := range []bool{k.spec.Sign, k.spec.Authenticate, k.spec.Decipher != DecipherNever} {
		if may {
			conditions[0] |= 0x40 >> i
			conditions = append(conditions, condition)
		}
	}
	size := binary.BigEndian.AppendUint16(nil, uint16(k.key.size()))
	nonRepudiation := byte(0)
	if k.spec.Signature {
		nonRepudiation = 1
	}
	return tlv(tagControl, slices.Concat(rules(append(conditions, conditionAlways)...),
		tlv(0x80, size...), tlv(0x9E, nonRepudiation))...)
}

// template is the algorithm that the key is bound to (P on another card).
func (k *iasKey) template() []byte {
	algorithm := byte(algorithmPKCS1)
	if k.spec.Sign {
		algorithm |= algorithmSHA256
	}
	return tlv(tagKeyTemplate, tlv(0x80, algorithm)...)
}

// firstPUKEnvironment numbers the environments that name a PUK.
const firstPUKEnvironment = 9

// environmentOf is the environment of the key that a PIN protects.
func (a *ias) environmentOf(p *iasPIN) byte {
	for _, k := range a.keys {
		if k.spec.PIN == p.spec.Reference {
			return k.spec.Environment
		}
	}
	return 1
}

func (a *ias) environmentOfPUK(p *iasPIN) byte {
	return byte(firstPUKEnvironment + slices.Index(a.pins, p))
}

// environment encodes a security environment: control reference templates for
// user authentication (usage 08, reference of the PIN) and for each operation
// that a key may do in it (usage 40, algorithm). nil where there is none.
func (a *ias) environment(number byte) []byte {
	var content []byte
	add := func(tag int, objects ...[]byte) { content = append(content, tlv(tag, slices.Concat(objects...)...)...) }
	user := func(reference byte) { add(0xA4, tlv(0x95, 0x08), tlv(0x83, reference)) }
	for _, p := range a.pins {
		if p.spec.PUK != 0 && a.environmentOfPUK(p) == number {
			user(p.spec.PUK)
		}
	}
	for _, k := range a.keys {
		if k.spec.Environment != number {
			continue
		}
		user(k.spec.PIN)
		if k.spec.Authenticate {
			add(0xA4, tlv(0x80, algorithmPKCS1), tlv(0x95, 0x40))
		}
		if k.spec.Sign {
			add(0xAA, tlv(0x80, algorithmSHA256))
			add(0xB6, tlv(0x80, algorithmPKCS1|algorithmSHA256), tlv(0x95, 0x40))
		}
		if k.spec.Decipher != DecipherNever {
			add(0xB8, tlv(0x80, algorithmDecipher), tlv(0x95, 0x40))
		}
	}
	if content == nil {
		return nil
	}
	return tlv(tagEnvironment, content...)
}
