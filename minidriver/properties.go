// SPDX-License-Identifier: Apache-2.0

package minidriver

// Capabilities returns the CARD_CAPABILITIES, 12 bytes.
func (c *Context) Capabilities() []byte { return nil }

// FreeSpace returns the CARD_FREE_SPACE_INFO, 16 bytes.
func (c *Context) FreeSpace() []byte { return nil }

// KeySizes returns the CARD_KEY_SIZES of a key specification, 20 bytes. Errors:
// [UnsupportedFeature] for one that the card has no key of, [InvalidParameter]
// for one that is not defined.
func (c *Context) KeySizes(spec uint32) ([]byte, error) { return nil, UnsupportedFeature }

// Property is CardGetProperty: the bytes to put into the caller's buffer, which
// the C layer compares with its size ([InsufficientBuffer]). in is the buffer as
// the caller filled it, as long as the caller said: a structure in it may
// have a version of its own.
func (c *Context) Property(name string, flags uint32, in []byte) ([]byte, error) {
	return nil, UnsupportedFeature
}

// SetProperty is CardSetProperty. data are copied.
func (c *Context) SetProperty(name string, data []byte, flags uint32) error {
	return UnsupportedFeature
}
