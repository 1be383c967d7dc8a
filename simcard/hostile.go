// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"math/rand"
	"sync"
)

// Hostile is a card that spoils its answers, now and then or always: cut,
// random, oversized, with lengths that lie, or an endless 61xx. The same seed
// gives the same card.
type Hostile struct {
	*Card
	mu    sync.Mutex
	r     *rand.Rand
	often int // one answer of so many
	kind  int // always this kind of spoiling, or any for -1
}

// spoilings is how many kinds there are.
const spoilings = 9

// NewHostile makes a card hostile. A third of the seeds stay with one kind of
// spoiling.
func NewHostile(c *Card, seed int64) *Hostile {
	h := &Hostile{Card: c, r: rand.New(rand.NewSource(seed)), kind: -1}
	h.often = 1 + h.r.Intn(6)
	if h.r.Intn(3) == 0 {
		h.kind = h.r.Intn(spoilings)
	}
	return h
}

// Transmit implements the card of the readers.
func (h *Hostile) Transmit(command []byte) []byte {
	answer := h.Card.Transmit(command)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.r.Intn(h.often) != 0 {
		return answer
	}
	kind := h.kind
	if kind < 0 {
		kind = h.r.Intn(spoilings)
	}
	return h.spoil(answer, kind)
}

func (h *Hostile) spoil(answer []byte, kind int) []byte {
	n, x := h.r.Intn(1<<h.r.Intn(17)), byte(h.r.Intn(256))
	switch kind {
	case 0: // cut; at least a byte, since no answer at all is a removal
		return answer[:1+h.r.Intn(len(answer))]
	case 1: // anything
		b := make([]byte, 1+n)
		_, _ = h.r.Read(b)
		return b
	case 2: // more to come, for ever
		return []byte{0x61, x}
	case 3:
		return []byte{0x6C, x}
	case 4: // far too much
		return append(make([]byte, n), 0x90, 0x00)
	case 5: // nothing
		return []byte{0x90, 0x00}
	case 6: // lengths that lie
		if len(answer) > 3 {
			answer[1+h.r.Intn(3)] = x
		}
		return answer
	case 7: // one bit
		answer[h.r.Intn(len(answer))] ^= 1 << h.r.Intn(8)
		return answer
	}
	return []byte{0x60 | x&0x3F, x}
}
