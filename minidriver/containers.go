// SPDX-License-Identifier: Apache-2.0

package minidriver

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"tscns/cardos"
)

// The key specifications of wincrypt.h.
const (
	KeyExchange uint32 = 1 // AT_KEYEXCHANGE
	Signature   uint32 = 2 // AT_SIGNATURE
)

// Identifiers of algorithms in a PUBLICKEYBLOB (wincrypt.h).
const (
	algorithmExchange  = 0xA400 // CALG_RSA_KEYX
	algorithmSignature = 0x2400 // CALG_RSA_SIGN
)

// container is a key with its certificate. The number of a container is its
// index in Context.containers.
type container struct {
	key      cardos.Key
	identity int    // whose PIN protects the key
	role     uint32 // of that PIN
	// spec is KeyExchange for every key behind the PIN of the CNS, whatever the
	// certificate says of its usage: such a container both signs and decrypts,
	// and a certificate with an unusual usage stays usable.
	spec uint32
	name string // wszGuid, the same in whatever reader
	blob []byte // PUBLICKEYBLOB
}

// maxContainers is how many two digits of a file name tell apart.
const maxContainers = 100

// containersOf lists the keys that can be used, the authentication key first.
func containersOf(identities []cardos.Identity) []container {
	var list []container
	for i, id := range identities {
		role, spec := RoleUser, KeyExchange
		if i > 0 {
			role, spec = RoleSign, Signature
		}
		if i > 1 {
			break // no card has a third PIN, and no role is left for it
		}
		for _, k := range id.Keys {
			if !k.Usable || len(list) == maxContainers {
				continue
			}
			c := newContainer(k, i, role, spec)
			if slices.ContainsFunc(list, func(other container) bool { return other.name == c.name }) {
				c.name = containerName(k.Certificate.SPKI, k.Certificate.Raw) // a second certificate of one key
			}
			list = append(list, c)
		}
	}
	return list
}

func newContainer(k cardos.Key, identity int, role, spec uint32) container {
	algorithm := uint32(algorithmExchange)
	if spec == Signature {
		algorithm = algorithmSignature
	}
	public := k.Certificate.RSA()
	// BLOBHEADER and RSAPUBKEY: PUBLICKEYBLOB, version 2, "RSA1".
	blob := []byte{0x06, 0x02, 0x00, 0x00}
	blob = binary.LittleEndian.AppendUint32(blob, algorithm)
	blob = append(blob, "RSA1"...)
	blob = binary.LittleEndian.AppendUint32(blob, uint32(k.Bits))
	exponent := reversed(public.Exponent)
	blob = append(blob, append(exponent, 0, 0, 0, 0)[:4]...)
	blob = append(blob, reversed(public.Modulus)...)
	return container{key: k, identity: identity, role: role, spec: spec, blob: blob,
		name: containerName(k.Certificate.SPKI)}
}

// containerName returns the name of a container as a UUID in text: by the key, so
// that it is the same in every reader.
func containerName(of ...[]byte) string {
	sum := sha256.Sum256(bytes.Join(of, nil))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// reversed returns a copy in the other byte order.
func reversed(b []byte) []byte {
	r := bytes.Clone(b)
	slices.Reverse(r)
	return r
}

// Container holds the public keys of one container as PUBLICKEYBLOB; exactly
// one of them is not nil.
type Container struct{ KeyExchange, Signature []byte }

// ContainerInfo returns the public key of a container, or [NoKeyContainer].
func (c *Context) ContainerInfo(index uint8) (Container, error) {
	k, err := c.container(index)
	if err != nil {
		return Container{}, err
	}
	if k.spec == Signature {
		return Container{Signature: bytes.Clone(k.blob)}, nil
	}
	return Container{KeyExchange: bytes.Clone(k.blob)}, nil
}

// container returns a container, or [NoKeyContainer]. The list never changes.
func (c *Context) container(index uint8) (*container, error) {
	if int(index) >= len(c.containers) {
		return nil, NoKeyContainer
	}
	return &c.containers[index], nil
}

// ContainerProperty is CardGetContainerProperty but for "Container Info", whose
// structure has pointers: see ContainerInfo.
func (c *Context) ContainerProperty(index uint8, name string, flags uint32) ([]byte, error) {
	k, err := c.container(index)
	switch {
	case err != nil:
		return nil, err
	case flags != 0 || name != "PIN Identifier":
		return nil, InvalidParameter
	}
	return numbers(k.role), nil
}
