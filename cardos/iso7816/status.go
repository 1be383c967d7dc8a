// SPDX-License-Identifier: Apache-2.0

package iso7816

import "fmt"

// Status is a status word SW1 SW2 (ISO 7816-4, 5.1.3). It is an error that
// [errors.Is] compares by value.
type Status uint16

// Status words by name (ISO 7816-4, tables 5 to 7).
const (
	OK                     Status = 0x9000
	EndOfFile              Status = 0x6282 // fewer than Ne bytes before the end; the data are valid
	NoInformation          Status = 0x6300 // verification failed, tries not told
	WrongLength            Status = 0x6700
	LogicalChannel         Status = 0x6881
	SecureMessaging        Status = 0x6882
	LastCommandExpected    Status = 0x6883
	ChainingNotSupported   Status = 0x6884
	IncompatibleFile       Status = 0x6981 // command incompatible with the structure of the file
	SecurityNotSatisfied   Status = 0x6982
	MethodBlocked          Status = 0x6983
	ReferenceNotUsable     Status = 0x6984
	ConditionsNotSatisfied Status = 0x6985
	NoCurrentEF            Status = 0x6986
	IncorrectData          Status = 0x6A80
	FunctionNotSupported   Status = 0x6A81
	FileNotFound           Status = 0x6A82
	RecordNotFound         Status = 0x6A83
	IncorrectP1P2          Status = 0x6A86
	NcInconsistent         Status = 0x6A87
	ReferenceNotFound      Status = 0x6A88
	WrongOffset            Status = 0x6B00
	InsNotSupported        Status = 0x6D00
	ClaNotSupported        Status = 0x6E00
)

// Error returns the status word in hexadecimal. It contains no card data.
func (s Status) Error() string { return fmt.Sprintf("status word %04X", uint16(s)) }

// SW1 returns the first byte.
func (s Status) SW1() byte { return byte(s >> 8) }

// SW2 returns the second byte.
func (s Status) SW2() byte { return byte(s) }

// Err returns nil for 9000, and s otherwise.
func (s Status) Err() error {
	if s == OK {
		return nil
	}
	return s
}

// Tries returns the retry counter of 63Cx, and whether s is one: 6300 has none.
func (s Status) Tries() (left int, ok bool) {
	if s&0xFFF0 == 0x63C0 {
		return int(s & 0xF), true
	}
	return 0, false
}

// FormRefused reports whether the card refused the form of a command (length,
// class, chaining, parameters) and not what it asks for, so that another form
// may succeed.
func (s Status) FormRefused() bool {
	switch s {
	case WrongLength, LastCommandExpected, ChainingNotSupported, ClaNotSupported, InsNotSupported,
		FunctionNotSupported, IncorrectP1P2, NcInconsistent:
		return true
	}
	return false
}

// Failed reports whether the card failed to execute a command (ISO 7816-4, table
// 6: 64xx and 65xx execution or memory, 6Fxx no diagnosis), as opposed to
// refusing it.
func (s Status) Failed() bool {
	return s.SW1() == 0x64 || s.SW1() == 0x65 || s.SW1() == 0x6F
}
