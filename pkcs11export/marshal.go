// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "bridge.h"
*/
import "C"

import (
	"tscns/cardos/secmem"
	"tscns/module"
	"tscns/module/ck"
)

// Limits on what a host can mean. A larger number is a bug of the host, such
// as a length that was never set, and is answered CKR_ARGUMENTS_BAD instead of
// an allocation that would end the process.
const (
	maxBytes      = 1 << 30 // one input, or all values of a template
	maxAttributes = 1 << 12 // entries of a template
	maxHandles    = 1 << 16 // handles of one C_FindObjects
)

// input is a pointer and a length in bytes that the host passed in.
type input struct {
	p address
	n C.CK_ULONG
}

// bytes copies the input, so that the module works on memory that no host
// changes or frees. It is false for NULL with a length and for a length above
// maxBytes. NULL without a length is empty.
func (in input) bytes() ([]byte, bool) {
	if in.n == 0 {
		return []byte{}, true
	}
	if in.p == 0 || in.n > maxBytes {
		return nil, false
	}
	touch(in.p, uintptr(in.n))
	b := make([]byte, int(in.n))
	readHost(b, in.p)
	return b, true
}

// pin copies a PIN into memory that is not dumped, swapped or inherited; the
// caller frees it. nil stands for NULL without a length, which asks for the
// reader's own keypad. It is false where bytes is.
func (in input) pin() (b *secmem.Buffer, ok bool) {
	switch {
	case in.p == 0 && in.n == 0:
		return nil, true
	case in.n == 0:
		return secmem.New(0), true
	case in.p == 0 || in.n > maxBytes:
		return nil, false
	}
	touch(in.p, uintptr(in.n))
	b = secmem.New(int(min(in.n, secmem.Size))) // more than any PIN has
	defer func() {
		if !ok {
			b.Free() // there is no memory at that address
		}
	}()
	readHost(b.Bytes(), in.p)
	return b, true
}

// output is a buffer, and where its length is, in bytes.
type output struct {
	p, n address
}

// size is the size of the buffer; n must not be NULL.
func (out output) size() module.BufferSize {
	return bufferSize(out.p, load[C.CK_ULONG](out.n))
}

func bufferSize(p address, n C.CK_ULONG) module.BufferSize {
	if p == 0 {
		return module.SizeQuery
	}
	return module.BufferSize(min(n, maxBytes))
}

// deliver writes a result as section 5.2 asks: the length on success and on
// CKR_BUFFER_TOO_SMALL, the data on success where there is a buffer.
func (out output) deliver(space module.BufferSize, r module.Output, err error) error {
	if err == nil || module.RVOf(err) == ck.CKR_BUFFER_TOO_SMALL {
		store(out.n, C.CK_ULONG(r.Len))
	}
	if err != nil || space == module.SizeQuery {
		return err
	}
	if len(r.Data) > int(space) {
		return ck.CKR_GENERAL_ERROR
	}
	writeHost(out.p, r.Data)
	return nil
}

// list writes a list of numbers as C_GetSlotList and C_GetMechanismList do:
// with a count in entries, which is always set.
func list[T ~uint](p, pulCount address, values []T) error {
	space := load[C.CK_ULONG](pulCount)
	store(pulCount, C.CK_ULONG(len(values)))
	if p == 0 {
		return nil
	}
	if space < C.CK_ULONG(len(values)) {
		return ck.CKR_BUFFER_TOO_SMALL
	}
	writeNumbers(p, values)
	return nil
}

// writeNumbers writes an array of CK_ULONG.
func writeNumbers[T ~uint](p address, values []T) {
	for i, v := range values {
		store(p.member(uintptr(i)*C.sizeof_CK_ULONG), C.CK_ULONG(v))
	}
}

// ulong and pointer read a member of a structure by its place.
func ulong(p address, place uintptr) C.CK_ULONG { return load[C.CK_ULONG](p.member(place)) }
func pointer(p address, place uintptr) address  { return load[address](p.member(place)) }

// attribute is the i-th entry of a template.
func attribute(template address, i int) address {
	return template.member(uintptr(i) * C.attribute_size)
}

// badTemplate reports whether a template is NULL with entries, or too long.
func badTemplate(p address, n C.CK_ULONG) bool {
	return p == 0 && n > 0 || n > maxAttributes
}

// template copies a template with its values. It is false for a NULL template
// with entries, a NULL value with a length, and too much of either.
func template(p address, n C.CK_ULONG) ([]module.Attribute, bool) {
	if badTemplate(p, n) {
		return nil, false
	}
	all := make([]module.Attribute, n)
	total := C.CK_ULONG(0)
	for i := range all {
		a := attribute(p, i)
		in := input{pointer(a, C.attribute_pValue), ulong(a, C.attribute_ulValueLen)}
		value, ok := in.bytes()
		if total += in.n; !ok || total > maxBytes {
			return nil, false
		}
		all[i] = module.Attribute{Type: ck.AttributeType(ulong(a, C.attribute_type)), Value: value}
	}
	return all, true
}

// queries reads the entries of a C_GetAttributeValue template.
func queries(p address, n C.CK_ULONG) []module.AttributeQuery {
	q := make([]module.AttributeQuery, n)
	for i := range q {
		a := attribute(p, i)
		q[i].Type = ck.AttributeType(ulong(a, C.attribute_type))
		q[i].Buffer = bufferSize(pointer(a, C.attribute_pValue), ulong(a, C.attribute_ulValueLen))
	}
	return q
}

// answers writes lengths and values back, once the module has answered every
// entry: on success, and on the three errors of single entries (5.7.5).
func answers(p address, q []module.AttributeQuery, err error) error {
	switch module.RVOf(err) {
	case ck.CKR_OK, ck.CKR_ATTRIBUTE_SENSITIVE, ck.CKR_ATTRIBUTE_TYPE_INVALID, ck.CKR_BUFFER_TOO_SMALL:
	default:
		return err
	}
	for i := range q {
		a := attribute(p, i)
		if q[i].Buffer != module.SizeQuery && q[i].Value != nil {
			if len(q[i].Value) > int(q[i].Buffer) {
				return ck.CKR_GENERAL_ERROR
			}
			writeHost(pointer(a, C.attribute_pValue), q[i].Value)
		}
		store(a.member(C.attribute_ulValueLen), C.CK_ULONG(q[i].Len))
	}
	return err
}

// mechanism decodes a CK_MECHANISM; NULL is nil, which cancels an operation.
func mechanism(p address) *module.Mechanism {
	if p == 0 {
		return nil
	}
	m := &module.Mechanism{Type: ck.MechanismType(ulong(p, C.mechanism_mechanism))}
	m.Param = parameter(module.ParamKindOf(m.Type), pointer(p, C.mechanism_pParameter),
		ulong(p, C.mechanism_ulParameterLen))
	return m
}
