// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"maps"

	"tscns/module"
	"tscns/module/ck"
)

func init() {
	maps.Copy(inProcess, objectCalls)
	maps.Copy(inProcess, operationCalls)
}

// objectCalls are the functions of section 5.7 and of random numbers.
var objectCalls = map[string]func(*call) error{
	"C_CreateObject": func(c *call) error {
		t, ok := c.template(1)
		if !ok || c.null(3) {
			return c.badIn()
		}
		_, err := c.CreateObject(c.session(), t)
		return err
	},
	"C_CopyObject": func(c *call) error {
		t, ok := c.template(2)
		if !ok || c.null(4) {
			return c.badIn()
		}
		_, err := c.CopyObject(c.session(), c.object(1), t)
		return err
	},
	"C_DestroyObject": func(c *call) error { return c.DestroyObject(c.session(), c.object(1)) },
	"C_GetObjectSize": func(c *call) error {
		if c.null(2) {
			return c.badIn()
		}
		n, err := c.GetObjectSize(c.session(), c.object(1))
		if err == nil {
			c.set(2, n)
		}
		return err
	},
	"C_GetAttributeValue": getAttributeValue,
	"C_SetAttributeValue": func(c *call) error {
		t, ok := c.template(2)
		if !ok {
			return c.badIn()
		}
		return c.SetAttributeValue(c.session(), c.object(1), t)
	},
	"C_FindObjectsInit": func(c *call) error {
		t, ok := c.template(1)
		if !ok {
			return c.badIn()
		}
		return c.FindObjectsInit(c.session(), t)
	},
	"C_FindObjects": func(c *call) error {
		if c.null(3) || c.null(1) && c.word(2) > 0 {
			return c.badIn()
		}
		found, err := c.FindObjects(c.session(), c.word(2))
		if err != nil {
			return err
		}
		if !c.null(1) {
			copy(c.args[1].([]ck.ObjectHandle), found)
		}
		c.set(3, uint(len(found)))
		return nil
	},
	"C_FindObjectsFinal": func(c *call) error { return c.FindObjectsFinal(c.session()) },
	"C_SeedRandom": func(c *call) error {
		if c.null(1) && c.word(2) > 0 {
			return c.badIn()
		}
		return c.SeedRandom(c.session())
	},
	"C_GenerateRandom": func(c *call) error {
		if c.null(1) && c.word(2) > 0 {
			return c.badIn()
		}
		data, err := c.GenerateRandom(c.session(), c.word(2))
		if err == nil && !c.null(1) {
			copy(c.args[1].([]byte), data)
		}
		return err
	},
}

func getAttributeValue(c *call) error {
	n := c.word(3)
	if c.null(2) && n > 0 {
		return c.badIn()
	}
	var t Template
	if !c.null(2) {
		t = c.args[2].(Template)[:n]
	}
	q := make([]module.AttributeQuery, n)
	for i, a := range t {
		q[i] = module.AttributeQuery{Type: a.Type, Buffer: module.BufferSize(a.Len)}
		if a.Value == nil {
			q[i].Buffer = module.SizeQuery
		}
	}
	err := c.GetAttributeValue(c.session(), c.object(1), q)
	switch module.RVOf(err) {
	case ck.CKR_OK, ck.CKR_ATTRIBUTE_SENSITIVE, ck.CKR_ATTRIBUTE_TYPE_INVALID, ck.CKR_BUFFER_TOO_SMALL:
		for i := range q {
			t[i].Len = q[i].Len
			copy(t[i].Value, q[i].Value)
		}
	}
	return err
}

// operationCalls are the cryptographic functions.
var operationCalls = map[string]func(*call) error{
	"C_EncryptInit": begin(module.API.EncryptInit),
	"C_DecryptInit": begin(module.API.DecryptInit),
	"C_SignInit":    begin(module.API.SignInit),
	"C_VerifyInit":  begin(module.API.VerifyInit),
	"C_DigestInit":  func(c *call) error { return c.DigestInit(c.session(), c.mechanism(1)) },

	"C_Encrypt":       transform(module.OpEncrypt, module.API.Encrypt),
	"C_EncryptUpdate": transform(module.OpEncrypt, module.API.EncryptUpdate),
	"C_EncryptFinal":  final(module.OpEncrypt, module.API.EncryptFinal),
	"C_Decrypt":       transform(module.OpDecrypt, module.API.Decrypt),
	"C_DecryptUpdate": transform(module.OpDecrypt, module.API.DecryptUpdate),
	"C_DecryptFinal":  final(module.OpDecrypt, module.API.DecryptFinal),
	"C_Digest":        transform(module.OpDigest, module.API.Digest),
	"C_DigestUpdate":  update(module.OpDigest, module.API.DigestUpdate),
	"C_DigestFinal":   final(module.OpDigest, module.API.DigestFinal),
	"C_Sign":          transform(module.OpSign, module.API.Sign),
	"C_SignUpdate":    update(module.OpSign, module.API.SignUpdate),
	"C_SignFinal":     final(module.OpSign, module.API.SignFinal),
	"C_VerifyUpdate":  update(module.OpVerify, module.API.VerifyUpdate),
	"C_VerifyFinal":   update(module.OpVerify, module.API.VerifyFinal),
	"C_Verify": func(c *call) error {
		data, ok := c.in(1)
		signature, ok2 := c.in(3)
		if !ok || !ok2 {
			return c.badIn(module.OpVerify)
		}
		return c.Verify(c.session(), data, signature)
	},
}

func begin(f func(module.API, ck.SessionHandle, *module.Mechanism, ck.ObjectHandle) error) func(*call) error {
	return func(c *call) error { return f(c.Module, c.session(), c.mechanism(1), c.object(2)) }
}

func transform(op module.Operation, f func(module.API, ck.SessionHandle, []byte, module.BufferSize) (module.Output, error)) func(*call) error {
	return func(c *call) error {
		data, ok := c.in(1)
		if !ok || c.null(4) {
			return c.badIn(op)
		}
		out, err := f(c.Module, c.session(), data, c.room(3))
		return c.deliver(3, out, err)
	}
}

func update(op module.Operation, f func(module.API, ck.SessionHandle, []byte) error) func(*call) error {
	return func(c *call) error {
		data, ok := c.in(1)
		if !ok {
			return c.badIn(op)
		}
		return f(c.Module, c.session(), data)
	}
}

func final(op module.Operation, f func(module.API, ck.SessionHandle, module.BufferSize) (module.Output, error)) func(*call) error {
	return func(c *call) error {
		if c.null(2) {
			return c.badIn(op)
		}
		out, err := f(c.Module, c.session(), c.room(1))
		return c.deliver(1, out, err)
	}
}
