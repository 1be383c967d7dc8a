// SPDX-License-Identifier: Apache-2.0

package minidriver

import "encoding/binary"

// numbers returns DWORDs as their bytes.
func numbers(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// Capabilities returns the CARD_CAPABILITIES, 12 bytes: certificates are
// compressed by the minidriver, if at all, and it makes no keys.
func (c *Context) Capabilities() []byte { return numbers(1, 1, 0) }

// FreeSpace returns the CARD_FREE_SPACE_INFO, 16 bytes: no room for anything.
func (c *Context) FreeSpace() []byte { return numbers(1, 0, 0, uint32(len(c.containers))) }

// lastKeySpec is AT_ECDHE_P521, the last one of cardmod.h.
const lastKeySpec = 8

// KeySizes returns the CARD_KEY_SIZES of a key specification, 20 bytes. Errors:
// [UnsupportedFeature] for one of another algorithm than RSA, [InvalidParameter]
// for one that is not defined.
func (c *Context) KeySizes(spec uint32) ([]byte, error) {
	switch {
	case spec == 0 || spec > lastKeySpec:
		return nil, InvalidParameter
	case spec > Signature:
		return nil, UnsupportedFeature
	}
	bits := uint32(c.containers[0].key.Bits)
	for i := range c.containers {
		if c.containers[i].spec == spec {
			bits = uint32(c.containers[i].key.Bits)
			break
		}
	}
	return numbers(1, bits, bits, bits, 0), nil
}

// property is how a property is answered.
type property struct {
	// get returns the value, by dwFlags where takesFlags, which are 0 elsewhere.
	get        func(c *Context, flags uint32) ([]byte, error)
	takesFlags bool
	// version is what dwVersion in the buffer of the caller has to be, 0 for
	// any.
	version uint32
	// set takes a value; nil where it cannot be set.
	set func(c *Context, data []byte) error
}

// Values of properties.
const (
	cacheSession   = 2 // CP_CACHE_MODE_SESSION_ONLY: per process, until the card is removed
	plaintextPIN   = 1 // CARD_PIN_STRENGTH_PLAINTEXT
	pinInfoVersion = 6
)

// properties are those that have an answer, by their names in cardmod.h.
var properties = map[string]property{
	"Free Space":                        {get: func(c *Context, _ uint32) ([]byte, error) { return c.FreeSpace(), nil }},
	"Capabilities":                      {get: func(c *Context, _ uint32) ([]byte, error) { return c.Capabilities(), nil }},
	"Key Sizes":                         {get: func(c *Context, spec uint32) ([]byte, error) { return c.KeySizes(spec) }, takesFlags: true},
	"Read Only Mode":                    {get: func(*Context, uint32) ([]byte, error) { return numbers(1), nil }},
	"Cache Mode":                        {get: func(*Context, uint32) ([]byte, error) { return numbers(cacheSession), nil }},
	"Supports Windows x.509 Enrollment": {get: func(*Context, uint32) ([]byte, error) { return numbers(0), nil }},
	"Card Identifier":                   {get: func(c *Context, _ uint32) ([]byte, error) { return c.ReadFile("", "cardid") }},
	"Card Serial Number":                {get: func(c *Context, _ uint32) ([]byte, error) { return []byte(c.serial), nil }},
	"PIN Information":                   {get: (*Context).pinInfo, takesFlags: true, version: pinInfoVersion},
	"PIN List":                          {get: func(c *Context, _ uint32) ([]byte, error) { return numbers(c.pinSet()), nil }},
	"PIN Strength Verify":               {get: (*Context).verifyStrength, takesFlags: true},
	"PIN Strength Change":               {get: (*Context).changeStrength, takesFlags: true},
	"PIN Strength Unblock":              {get: (*Context).unblockStrength, takesFlags: true},
	"Key Import Support":                {get: func(*Context, uint32) ([]byte, error) { return numbers(0), nil }},
	// Whether a PIN is in force is the card's affair, which any program may have
	// reset.
	"Authenticated State": {},
	// No padding of decryption is the card's.
	"Padding Schemes":    {},
	"Algorithms":         {},
	"Chaining Modes":     {},
	"Parent Window":      {set: (*Context).setParent},
	"PIN Context String": {set: (*Context).setPINContext},
}

// Property is CardGetProperty: the bytes to put into the caller's buffer, which
// the C layer compares with its size ([InsufficientBuffer]). in is the buffer as
// the caller filled it, as long as the caller said: a structure in it may
// have a version of its own. Errors: [InvalidParameter] for a property that has
// no answer and for flags that it does not take, [UnsupportedFeature] for a name
// that is not known, [RevisionMismatch].
func (c *Context) Property(name string, flags uint32, in []byte) ([]byte, error) {
	p, known := properties[name]
	switch {
	case !known:
		return nil, UnsupportedFeature
	case p.get == nil, !p.takesFlags && flags != 0:
		return nil, InvalidParameter
	}
	value, err := p.get(c, flags)
	if err != nil {
		return nil, err
	}
	if p.version != 0 && len(in) >= len(value) && binary.LittleEndian.Uint32(in) != p.version {
		return nil, RevisionMismatch
	}
	return value, nil
}

// handleSize is that of a HWND, in bytes.
const handleSize = 8

// SetProperty is CardSetProperty. Errors: [UnsupportedFeature]
// for every property but the two of the PIN dialog, [InvalidParameter].
func (c *Context) SetProperty(name string, data []byte, flags uint32) error {
	p := properties[name]
	switch {
	case p.set == nil:
		return UnsupportedFeature
	case flags != 0:
		return InvalidParameter
	}
	return p.set(c, data)
}

// setParent checks a window and forgets it: no dialog is shown here.
func (c *Context) setParent(data []byte) error {
	if len(data) != handleSize {
		return InvalidParameter
	}
	return nil
}

// setPINContext checks a text for a dialog, and forgets it for the same reason.
func (c *Context) setPINContext(data []byte) error {
	if len(data)%2 != 0 {
		return InvalidParameter
	}
	return nil
}
