// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "bridge.h"
*/
import "C"

import (
	"unsafe"

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
	p *C.CK_BYTE
	n C.CK_ULONG
}

// bytes copies the input, so that the module works on memory that no host
// changes or frees. It is false for NULL with a length and for a length above
// maxBytes. NULL without a length is empty.
func (in input) bytes() ([]byte, bool) {
	if in.n == 0 {
		return []byte{}, true
	}
	if in.p == nil || in.n > maxBytes {
		return nil, false
	}
	touch(unsafe.Pointer(in.p), uintptr(in.n))
	return append([]byte(nil), unsafe.Slice((*byte)(in.p), int(in.n))...), true
}

// borrow is bytes without the copy, for data that the module takes in once,
// within the call: it hashes them, or copies at most a block. What a host that
// changes or frees its memory meanwhile gets is a wrong result or an error.
func (in input) borrow() ([]byte, bool) {
	if in.n == 0 {
		return []byte{}, true
	}
	if in.p == nil || in.n > maxBytes {
		return nil, false
	}
	touch(unsafe.Pointer(in.p), uintptr(in.n))
	return unsafe.Slice((*byte)(in.p), int(in.n)), true
}

// pin copies a PIN into memory that is not dumped, swapped or inherited; the
// caller frees it. nil stands for NULL without a length, which asks for the
// reader's own keypad. It is false where bytes is.
func (in input) pin() (*secmem.Buffer, bool) {
	switch {
	case in.p == nil && in.n == 0:
		return nil, true
	case in.n == 0:
		return secmem.New(0), true
	case in.p == nil || in.n > maxBytes:
		return nil, false
	}
	touch(unsafe.Pointer(in.p), uintptr(in.n))
	return secmem.Copy(unsafe.Slice((*byte)(in.p), int(in.n))), true
}

// touch reads a byte of each page, and faults where the host has no memory,
// before an allocation of that size is made.
//
//go:noinline
func touch(p unsafe.Pointer, n uintptr) (x byte) {
	for i := uintptr(0); i < n; i += 4096 {
		x ^= *(*byte)(unsafe.Add(p, i))
	}
	return x ^ *(*byte)(unsafe.Add(p, n-1))
}

// output is a buffer with a pointer to its length, in bytes.
type output struct {
	p *C.CK_BYTE
	n *C.CK_ULONG
}

// size is the size of the buffer; n must not be NULL.
func (out output) size() module.BufferSize {
	return bufferSize(unsafe.Pointer(out.p), *out.n)
}

func bufferSize(p unsafe.Pointer, n C.CK_ULONG) module.BufferSize {
	if p == nil {
		return module.SizeQuery
	}
	return module.BufferSize(min(n, maxBytes))
}

// deliver writes a result as section 5.2 asks: the length on success and on
// CKR_BUFFER_TOO_SMALL, the data on success where there is a buffer.
func (out output) deliver(space module.BufferSize, r module.Output, err error) error {
	if err == nil || module.RVOf(err) == ck.CKR_BUFFER_TOO_SMALL {
		*out.n = C.CK_ULONG(r.Len)
	}
	if err != nil || space == module.SizeQuery {
		return err
	}
	if len(r.Data) > int(space) {
		return ck.CKR_GENERAL_ERROR
	}
	copy(unsafe.Slice((*byte)(out.p), len(r.Data)), r.Data)
	return nil
}

// list writes a list of numbers as C_GetSlotList and C_GetMechanismList do:
// with a count in entries, which is always set.
func list[T ~uint](p, pulCount *C.CK_ULONG, values []T) error {
	space := *pulCount
	*pulCount = C.CK_ULONG(len(values))
	if p == nil {
		return nil
	}
	if space < C.CK_ULONG(len(values)) {
		return ck.CKR_BUFFER_TOO_SMALL
	}
	for i, v := range values {
		unsafe.Slice(p, len(values))[i] = C.CK_ULONG(v)
	}
	return nil
}

// ulong and pointer read a member of a structure by its place.
func ulong(p unsafe.Pointer, place uintptr) C.CK_ULONG {
	return *(*C.CK_ULONG)(unsafe.Add(p, place))
}

// pointer keeps pointers into the first page out of Go, as host_pointer in
// shim.c does.
func pointer(p unsafe.Pointer, place uintptr) unsafe.Pointer {
	u := *(*uintptr)(unsafe.Add(p, place))
	if u > 0 && u < C.NO_MEMORY {
		u += C.NO_MEMORY
	}
	return *(*unsafe.Pointer)(unsafe.Pointer(&u))
}

// attribute is the i-th entry of a template.
func attribute(template unsafe.Pointer, i int) unsafe.Pointer {
	return unsafe.Add(template, i*C.attribute_size)
}

// badTemplate reports whether a template is NULL with entries, or too long.
func badTemplate(p unsafe.Pointer, n C.CK_ULONG) bool {
	return p == nil && n > 0 || n > maxAttributes
}

// template copies a template with its values. It is false for a NULL template
// with entries, a NULL value with a length, and too much of either.
func template(p unsafe.Pointer, n C.CK_ULONG) ([]module.Attribute, bool) {
	if badTemplate(p, n) {
		return nil, false
	}
	all := make([]module.Attribute, n)
	total := C.CK_ULONG(0)
	for i := range all {
		a := attribute(p, i)
		in := input{(*C.CK_BYTE)(pointer(a, C.attribute_pValue)), ulong(a, C.attribute_ulValueLen)}
		value, ok := in.bytes()
		if total += in.n; !ok || total > maxBytes {
			return nil, false
		}
		all[i] = module.Attribute{Type: ck.AttributeType(ulong(a, C.attribute_type)), Value: value}
	}
	return all, true
}

// queries reads the entries of a C_GetAttributeValue template.
func queries(p unsafe.Pointer, n C.CK_ULONG) []module.AttributeQuery {
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
func answers(p unsafe.Pointer, q []module.AttributeQuery, err error) error {
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
			to := (*byte)(pointer(a, C.attribute_pValue))
			copy(unsafe.Slice(to, len(q[i].Value)), q[i].Value)
		}
		*(*C.CK_ULONG)(unsafe.Add(a, C.attribute_ulValueLen)) = C.CK_ULONG(q[i].Len)
	}
	return err
}

// mechanism decodes a CK_MECHANISM; NULL is nil, which cancels an operation.
func mechanism(p unsafe.Pointer) *module.Mechanism {
	if p == nil {
		return nil
	}
	m := &module.Mechanism{Type: ck.MechanismType(ulong(p, C.mechanism_mechanism))}
	m.Param = parameter(module.ParamKindOf(m.Type), pointer(p, C.mechanism_pParameter),
		ulong(p, C.mechanism_ulParameterLen))
	return m
}
