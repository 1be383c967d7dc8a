// SPDX-License-Identifier: Apache-2.0

// Package windows is what Windows knows of smart cards: the drivers of cards in
// its registry, its services, the certificate store of the person, the readers
// that are plugged in. It asks and writes; what it means is for its callers,
// which are tested elsewhere too, over another [System] and [Registry].
package windows

import "bytes"

// System is a computer with Windows, as the process sees it.
type System interface {
	Registry() Registry
	// Service returns the state of a service, by its short name.
	Service(name string) (Service, error)
	// Certificates lists the store MY of the person.
	Certificates() ([]Certificate, error)
	// UndrivenReaders lists smart card readers on USB that no driver serves, by
	// the names that Windows gives the devices.
	UndrivenReaders() ([]string, error)
	// Vendor returns the company that a program or library names in its version
	// resource, "" where it names none.
	Vendor(path string) string
	// Elevated reports whether the process has the rights of an administrator.
	Elevated() bool
	// Remote reports whether the session is one of Remote Desktop.
	Remote() bool
	// Writer returns an account that is neither the system nor an administrator
	// and can change a file, a folder that leads to it or who may write there;
	// "" where there is none.
	Writer(path string) (account string, err error)
}

// Names of services.
const (
	SmartCardService       = "SCardSvr"    // the PC/SC service of Windows
	CertificatePropagation = "CertPropSvc" // copies the certificates of a card into the store MY
)

// Service is a service of Windows.
type Service struct {
	Installed bool
	Running   bool
	Disabled  bool
	Automatic bool // starts with Windows; otherwise when it is needed, or by hand
}

// Certificate is one of the store MY.
type Certificate struct {
	DER []byte
	// Provider and Container name the private key, "" without one.
	Provider, Container string
}

// Driver is an entry of the registry that gives cards to a minidriver.
type Driver struct {
	Name        string // of its key
	Library     string // path or name of the minidriver, "" where the entry has none
	CSP, KSP    string // the providers through which programs reach the card
	InstalledBy string // who wrote the entry, "" where it does not say
	ATR, Mask   []byte
}

// Takes reports whether Windows gives a card with this answer to reset to the
// driver: it is as long as the one of the entry, and the same where the mask has
// bits. An entry without a mask has the whole answer.
func (d Driver) Takes(atr []byte) bool {
	if len(atr) == 0 || len(d.ATR) != len(atr) {
		return false
	}
	if len(d.Mask) == 0 {
		return bytes.Equal(d.ATR, atr)
	}
	if len(d.Mask) != len(atr) {
		return false
	}
	for i := range atr {
		if atr[i]&d.Mask[i] != d.ATR[i] {
			return false
		}
	}
	return true
}

// Overlaps reports whether some answer to reset is taken by d and by other.
func (d Driver) Overlaps(other Driver) bool {
	if len(d.ATR) == 0 || len(d.ATR) != len(other.ATR) {
		return false
	}
	mask := func(d Driver, i int) byte {
		if i < len(d.Mask) {
			return d.Mask[i]
		}
		return 0xFF
	}
	for i := range d.ATR {
		if (d.ATR[i]^other.ATR[i])&mask(d, i)&mask(other, i) != 0 {
			return false
		}
	}
	return true
}
