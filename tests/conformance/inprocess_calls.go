// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"errors"

	"tscns/module"
	"tscns/module/ck"
)

// byHand are the functions with parameters that the method of their name has not.
var byHand = map[string]func(*call) error{
	"C_Initialize": func(c *call) error {
		if c.null(0) {
			return c.Initialize(module.InitArgs{})
		}
		a := c.args[0].(*InitArgs)
		n := 0
		for _, p := range a.Callbacks {
			if p != 0 {
				n++
			}
		}
		if a.Reserved != 0 || n != 0 && n != 4 {
			return ck.CKR_ARGUMENTS_BAD
		}
		return c.Initialize(module.InitArgs{Flags: a.Flags, HasCallbacks: n == 4})
	},
	"C_Finalize": func(c *call) error {
		if !c.null(0) {
			return c.BadArguments()
		}
		return c.Finalize()
	},
	"C_GetFunctionStatus": func(c *call) error { return c.NotParallel() },
	"C_CancelFunction":    func(c *call) error { return c.NotParallel() },
	"C_GetSlotList": func(c *call) error {
		if c.null(2) {
			return c.BadArguments()
		}
		ids, err := c.GetSlotList(c.word(0) != 0, c.null(1))
		if err != nil {
			return err
		}
		return list(c, 1, ids)
	},
	"C_WaitForSlotEvent": waitForSlotEvent,
	"C_InitToken": func(c *call) error {
		if c.null(3) || c.null(1) && c.word(2) > 0 {
			return c.BadArguments()
		}
		return c.InitToken(c.slot(), !c.null(1))
	},
	"C_GetAttributeValue": getAttributeValue,
	"C_FindObjects": func(c *call) error {
		if c.null(3) || c.null(1) && c.word(2) > 0 {
			return c.bad()
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
	"C_SeedRandom": func(c *call) error {
		if c.null(1) && c.word(2) > 0 {
			return c.bad()
		}
		return c.SeedRandom(c.session())
	},
	"C_GenerateRandom": func(c *call) error {
		if c.null(1) && c.word(2) > 0 {
			return c.bad()
		}
		// A token without a random generator: there are never any bytes.
		_, err := c.GenerateRandom(c.session(), c.word(2))
		return err
	},
}

// waitSlice is how long one look of the blocking form lasts, in milliseconds.
const waitSlice = 250

func waitForSlotEvent(c *call) error {
	flags := ck.Flags(c.word(0))
	if flags&^ck.CKF_DONT_BLOCK != 0 || c.null(1) || !c.null(2) {
		return c.BadArguments()
	}
	for {
		slice := waitSlice
		if flags != 0 {
			slice = 0
		}
		id, err := c.WaitForSlotEvent(slice)
		if slice == 0 || !errors.Is(err, ck.CKR_NO_EVENT) {
			c.set(1, uint(id))
			return err
		}
	}
}

func getAttributeValue(c *call) error {
	n := c.word(3)
	if c.null(2) && n > 0 {
		return c.bad()
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
	err := c.GetAttributeValue(c.session(), ck.ObjectHandle(c.word(1)), q)
	switch module.RVOf(err) {
	case ck.CKR_OK, ck.CKR_ATTRIBUTE_SENSITIVE, ck.CKR_ATTRIBUTE_TYPE_INVALID, ck.CKR_BUFFER_TOO_SMALL:
		for i := range q {
			t[i].Len = q[i].Len
			copy(t[i].Value, q[i].Value)
		}
	}
	return err
}
