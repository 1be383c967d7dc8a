// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"fmt"
	"math/big"

	"tscns/cardos/certificate"
)

// publicKey is the public half of a key, from its certificate.
type publicKey struct {
	n, e *big.Int
	size int // of the modulus, in bytes
}

func newPublicKey(k *certificate.RSAPublicKey) publicKey {
	return publicKey{size: len(k.Modulus), n: new(big.Int).SetBytes(k.Modulus), e: new(big.Int).SetBytes(k.Exponent)}
}

// RSAOperation is one use of a private RSA key. A key takes Block or Message,
// whichever its card wants: nothing is padded or stripped after this.
type RSAOperation struct {
	// Block is what is raised to the private exponent, as long as the modulus.
	Block []byte
	// Message is what the card has to pad for a PKCS #1 v1.5 signature,
	// usually a DigestInfo: the padding in Block surrounds it. It is nil for
	// any other operation.
	Message []byte

	public *publicKey
	input  *big.Int // the number in Block
	result []byte
}

func newOperation(public *publicKey, message, block []byte) (*RSAOperation, error) {
	op := &RSAOperation{Block: block, Message: message, public: public, input: new(big.Int).SetBytes(block)}
	if len(block) != public.size || op.input.Cmp(public.n) >= 0 {
		return nil, fmt.Errorf("%w: block of %d bytes for a modulus of %d", ErrUnsupported, len(block), public.size)
	}
	return op, nil
}

// Size returns the length of modulus, block and result in bytes.
func (op *RSAOperation) Size() int { return op.public.size }

// MessageFor returns the message for a card that pads it, or ErrUnsupported:
// if the operation is no signature of PKCS #1 v1.5, or if the message is longer
// than 40 % of the modulus, the limit of such cards.
func (op *RSAOperation) MessageFor() ([]byte, error) {
	if len(op.Message) == 0 || len(op.Message) > longestMessage(op.public.size) {
		return nil, fmt.Errorf("%w: this key signs PKCS #1 v1.5 only", ErrUnsupported)
	}
	return op.Message, nil
}

// longestMessage is the most that a card pads, by the size of the modulus, in
// bytes.
func longestMessage(size int) int { return 2 * size / 5 }

// Accept makes the answer of a card the result of the operation if it fits the
// public key; else it returns [ErrWrongResult]. Leading zeros may be missing.
// No other result leaves the card layer.
func (op *RSAOperation) Accept(answer []byte) error {
	if len(answer) == 0 || len(answer) > op.public.size {
		return ErrWrongResult
	}
	back := new(big.Int).Exp(new(big.Int).SetBytes(answer), op.public.e, op.public.n)
	if back.Cmp(op.input) != 0 {
		return ErrWrongResult
	}
	op.result = make([]byte, op.public.size)
	copy(op.result[op.public.size-len(answer):], answer)
	return nil
}
