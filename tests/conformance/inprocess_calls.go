// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"tscns/module"
	"tscns/module/ck"
)

// inProcess are the functions that module has, with the checks of pointers
// that the C layer makes before.
var inProcess = map[string]func(*call) error{
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
	"C_GetInfo": func(c *call) error {
		return fill(c, 0, func(p *Info) error {
			info, err := c.GetInfo()
			p.Cryptoki, p.Library = version(info.CryptokiVersion), version(info.LibraryVersion)
			pad(p.Manufacturer[:], info.ManufacturerID)
			pad(p.Description[:], info.LibraryDescription)
			return err
		})
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
	"C_GetSlotInfo": func(c *call) error {
		return fill(c, 1, func(p *SlotInfo) error {
			info, err := c.GetSlotInfo(c.slot())
			p.Flags = uint64(info.Flags)
			pad(p.Description[:], info.Description)
			pad(p.Manufacturer[:], info.ManufacturerID)
			return err
		})
	},
	"C_GetTokenInfo": func(c *call) error {
		return fill(c, 1, func(p *TokenInfo) error { return tokenInfo(c, p) })
	},
	"C_GetMechanismList": func(c *call) error {
		if c.null(2) {
			return c.BadArguments()
		}
		types, err := c.GetMechanismList(c.slot())
		if err != nil {
			return err
		}
		return list(c, 1, types)
	},
	"C_GetMechanismInfo": func(c *call) error {
		return fill(c, 2, func(p *MechanismInfo) error {
			info, err := c.GetMechanismInfo(c.slot(), ck.MechanismType(c.word(1)))
			*p = MechanismInfo{uint64(info.MinKeySize), uint64(info.MaxKeySize), uint64(info.Flags)}
			return err
		})
	},
	"C_WaitForSlotEvent": waitForSlotEvent,
	"C_InitToken": func(c *call) error {
		if c.null(3) || c.null(1) && c.word(2) > 0 {
			return c.BadArguments()
		}
		return c.InitToken(c.slot(), !c.null(1))
	},
	"C_InitPIN": func(c *call) error {
		pin, ok := c.pin(1)
		if !ok {
			return c.badIn()
		}
		return c.InitPIN(c.session(), pin)
	},
	"C_SetPIN": func(c *call) error {
		before, ok := c.pin(1)
		after, ok2 := c.pin(3)
		if !ok || !ok2 {
			return c.badIn()
		}
		return c.SetPIN(c.session(), before, after)
	},
	"C_OpenSession": func(c *call) error {
		if c.null(4) {
			return c.BadArguments()
		}
		h, err := c.OpenSession(c.slot(), ck.Flags(c.word(1)))
		c.set(4, uint(h))
		return err
	},
	"C_CloseSession":     func(c *call) error { return c.CloseSession(c.session()) },
	"C_CloseAllSessions": func(c *call) error { return c.CloseAllSessions(c.slot()) },
	"C_GetSessionInfo": func(c *call) error {
		if c.null(1) {
			return c.badIn()
		}
		info, err := c.GetSessionInfo(c.session())
		*c.args[1].(*SessionInfo) = SessionInfo{uint64(info.SlotID), uint64(info.State), uint64(info.Flags), uint64(info.DeviceError)}
		return err
	},
	"C_SessionCancel": func(c *call) error { return c.SessionCancel(c.session(), ck.Flags(c.word(1))) },
	"C_Login": func(c *call) error {
		pin, ok := c.pin(2)
		if !ok {
			return c.badIn()
		}
		return c.Login(c.session(), ck.UserType(c.word(1)), pin)
	},
	"C_LoginUser": func(c *call) error {
		pin, ok := c.pin(2)
		name, ok2 := c.in(4)
		if !ok || !ok2 {
			return c.badIn()
		}
		return c.LoginUser(c.session(), ck.UserType(c.word(1)), pin, name)
	},
	"C_Logout": func(c *call) error { return c.Logout(c.session()) },
}

// fill is a function that fills the structure in argument i.
func fill[T any](c *call, i int, f func(*T) error) error {
	if c.null(i) {
		return c.BadArguments()
	}
	p := c.args[i].(*T)
	zero(p)
	return f(p)
}

func tokenInfo(c *call, p *TokenInfo) error {
	info, err := c.GetTokenInfo(c.slot())
	if err != nil {
		return err
	}
	pad(p.Label[:], info.Label)
	pad(p.Manufacturer[:], info.ManufacturerID)
	pad(p.Model[:], info.Model)
	pad(p.Serial[:], info.SerialNumber)
	pad(p.Time[:], "")
	p.Flags = uint64(info.Flags)
	p.MaxSessions, p.Sessions = uint64(info.MaxSessionCount), uint64(info.SessionCount)
	p.MaxRWSessions, p.RWSessions = uint64(info.MaxRWSessionCount), uint64(info.RWSessionCount)
	p.MaxPIN, p.MinPIN = uint64(info.MaxPINLen), uint64(info.MinPINLen)
	p.TotalPublic, p.FreePublic = uint64(info.TotalPublicMemory), uint64(info.FreePublicMemory)
	p.TotalPrivate, p.FreePrivateMemory = uint64(info.TotalPrivateMemory), uint64(info.FreePrivateMemory)
	return nil
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
		if slice == 0 || err != ck.CKR_NO_EVENT {
			c.set(1, uint(id))
			return err
		}
	}
}
