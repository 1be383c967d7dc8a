// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/ebfe/scard"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// PIN pads of readers: PC/SC part 10 (2.02.09).

// getFeatureRequest is CM_IOCTL_GET_FEATURE_REQUEST before SCARD_CTL_CODE.
const getFeatureRequest = 3400

// feature is a tag in the response to getFeatureRequest.
type feature byte

const (
	featureVerifyPINDirect  feature = 0x06
	featureModifyPINDirect  feature = 0x07
	featureGetTLVProperties feature = 0x12
)

// Tags of the properties.
const (
	propertyMaxAPDU = 0x0A // dwMaxAPDUDataSize: 0 for short commands alone
	propertyVendor  = 0x0B // wIdVendor
	propertyProduct = 0x0C // wIdProduct
)

// pads records which PIN pads have worked and which have failed, by reader name
// and for the life of a transport. A PIN pad that failed at its first use does
// not exist, and is not offered for the next card in that reader.
type pads struct {
	mu             sync.Mutex
	worked, failed map[string]bool
}

func (p *pads) note(reader string, worked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.worked == nil {
		p.worked, p.failed = map[string]bool{}, map[string]bool{}
	}
	if worked {
		p.worked[reader] = true
	} else if !p.worked[reader] {
		p.failed[reader] = true
	}
}

func (p *pads) failedBefore(reader string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed[reader]
}

// Pad implements [cardos.PINPad].
func (c *conn) Pad() cardos.Pad {
	if c.card == nil || c.pads.failedBefore(c.reader) || QuirkOf(c.reader, 0, 0).NoPINPad {
		return cardos.Pad{}
	}
	c.askFeatures()
	pad := cardos.Pad{Verify: c.features[featureVerifyPINDirect] != 0, Modify: c.features[featureModifyPINDirect] != 0}
	if pad == (cardos.Pad{}) {
		return pad
	}
	if vendor, product := c.usb(); QuirkOf(c.reader, vendor, product).NoPINPad {
		return cardos.Pad{}
	}
	return pad
}

// askFeatures reads the features of the reader, none if it does not answer.
func (c *conn) askFeatures() {
	c.features = map[feature]uint32{}
	if answer, err := c.card.Control(scard.CtlCode(getFeatureRequest), nil, false); err == nil {
		c.features = parseFeatures(answer)
	}
}

// properties returns the TLV properties of the reader, nil if it has none.
func (c *conn) properties() []byte {
	code := c.features[featureGetTLVProperties]
	if code == 0 {
		return nil
	}
	answer, err := c.card.Control(code, nil, false)
	if err != nil {
		return nil
	}
	return answer
}

// usb returns the USB vendor and product of the reader, 0 if it does not report
// them.
func (c *conn) usb() (vendor, product uint16) {
	for tag, value := range simpleTLV(c.properties()) {
		if len(value) != 2 {
			continue
		}
		switch tag {
		case propertyVendor:
			vendor = binary.LittleEndian.Uint16(value)
		case propertyProduct:
			product = binary.LittleEndian.Uint16(value)
		}
	}
	return vendor, product
}

// MaxData implements [cardos.ReaderLimit].
func (c *conn) MaxData() (n int, ok bool) {
	if c.card == nil {
		return 0, false
	}
	if c.features == nil {
		c.askFeatures()
	}
	for tag, value := range simpleTLV(c.properties()) {
		if tag == propertyMaxAPDU && len(value) == 4 {
			n := binary.LittleEndian.Uint32(value)
			return int(min(max(n, iso7816.MaxShortNe), iso7816.MaxExtendedNe)), true
		}
	}
	return 0, false
}

// parseFeatures parses the list of features: for each a tag, the length 4 and
// the control code, big-endian (PC/SC part 10, 2.2).
func parseFeatures(answer []byte) map[feature]uint32 {
	codes := map[feature]uint32{}
	for tag, value := range simpleTLV(answer) {
		if len(value) == 4 {
			codes[feature(tag)] = binary.BigEndian.Uint32(value)
		}
	}
	return codes
}

// simpleTLV yields the tags and values of objects with one byte of tag and one
// of length. It stops at the first object that is longer than what is left.
func simpleTLV(b []byte) func(yield func(byte, []byte) bool) {
	return func(yield func(byte, []byte) bool) {
		for len(b) >= 2 && len(b) >= 2+int(b[1]) {
			end := 2 + int(b[1])
			if !yield(b[0], b[2:end]) {
				return
			}
			b = b[end:]
		}
	}
}

// VerifyOnPad implements [cardos.PINPad].
func (c *conn) VerifyOnPad(structure []byte) ([]byte, error) {
	return c.enter(featureVerifyPINDirect, structure)
}

// ModifyOnPad implements [cardos.PINPad].
func (c *conn) ModifyOnPad(structure []byte) ([]byte, error) {
	return c.enter(featureModifyPINDirect, structure)
}

func (c *conn) enter(f feature, structure []byte) ([]byte, error) {
	if c.card == nil {
		return nil, cardos.ErrClosed
	}
	code := c.features[f]
	if code == 0 {
		return nil, fmt.Errorf("%w: keypad", cardos.ErrUnsupported)
	}
	answer, err := c.card.Control(code, structure, true)
	if err == nil && len(answer) >= 2 && !(len(answer) == 2 && answer[0] == 0x6B && answer[1] == 0x80) {
		c.pads.note(c.reader, true)
		return append([]byte(nil), answer...), nil
	}
	if err != nil {
		// A removed card or a stopped service is no failure of the PIN pad.
		err = c.diagnose(err)
		if !errors.Is(err, cardos.ErrCardMute) && !errors.Is(err, cardos.ErrCardFailure) && !errors.Is(err, cardos.ErrProtocol) {
			return nil, err
		}
	}
	c.pads.note(c.reader, false)
	if err == nil {
		return nil, fmt.Errorf("%w: it answers % X", cardos.ErrPadFailed, answer)
	}
	// The cause is hidden: it would make the error one of the card, too.
	return nil, fmt.Errorf("%w: %v", cardos.ErrPadFailed, err) //nolint:errorlint // see above
}
