// SPDX-License-Identifier: Apache-2.0

package minidriver

// The key specifications of wincrypt.h.
const (
	KeyExchange uint32 = 1 // AT_KEYEXCHANGE
	Signature   uint32 = 2 // AT_SIGNATURE
)

// Container holds the public keys of one container as PUBLICKEYBLOB; exactly
// one of them is not nil.
type Container struct{ KeyExchange, Signature []byte }

// ContainerInfo returns the public key of a container, or [NoKeyContainer].
func (c *Context) ContainerInfo(index uint8) (Container, error) { return Container{}, UnsupportedFeature }

// ContainerProperty is CardGetContainerProperty but for "Container Info", whose
// structure has pointers: see ContainerInfo.
func (c *Context) ContainerProperty(index uint8, name string, flags uint32) ([]byte, error) {
	return nil, UnsupportedFeature
}
