// SPDX-License-Identifier: Apache-2.0

package iso7816

import (
	"errors"
	"fmt"
)

// ErrProtocol is wrapped by errors about bytes of a card that violate the
// standard.
var ErrProtocol = errors.New("iso7816: answer does not follow the standard")

// MaxResponse is the longest response APDU, in bytes.
const MaxResponse = MaxExtendedNe + 2

// Response is a response APDU.
type Response struct {
	Data   []byte
	Status Status
}

// ParseResponse parses a response APDU. Data points into b. A status word outside
// of 61xx to 6Fxx and 9xxx is an error (ISO 7816-4, 5.1.3).
func ParseResponse(b []byte) (Response, error) {
	if len(b) < 2 || len(b) > MaxResponse {
		return Response{}, fmt.Errorf("%w: response of %d bytes", ErrProtocol, len(b))
	}
	n := len(b) - 2
	sw := Status(b[n])<<8 | Status(b[n+1])
	if high := sw >> 12; (high != 6 && high != 9) || sw>>8 == 0x60 {
		return Response{}, fmt.Errorf("%w: status word %04X", ErrProtocol, uint16(sw))
	}
	return Response{Data: b[:n:n], Status: sw}, nil
}
