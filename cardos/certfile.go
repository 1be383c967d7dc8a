// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"math/big"

	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
)

// Limits of the RSA keys that are offered, in bits.
const (
	minKeyBits = 1024
	maxKeyBits = 4096
)

// CertificateFile is a selected file of which the beginning was read, and
// which begins a certificate.
type CertificateFile struct {
	offset int    // where the certificate starts
	head   []byte // of the file; at least the offset and 4 bytes
	length int    // of the certificate
}

// OpenCertificate reads the beginning of the file that selectFile selects: its
// certificate starts at an offset. It returns nil if the file is not there or
// begins no certificate.
func (t *Tx) OpenCertificate(offset int, selectFile func() (iso7816.FCI, bool, error)) (*CertificateFile, error) {
	fci, ok, err := selectFile()
	if err != nil {
		return nil, UnlessRefused(err)
	}
	if !ok {
		return nil, nil
	}
	first := iso7816.MaxShortNe
	if fci.HasSize && fci.Size < first {
		first = fci.Size
	}
	if first < offset+4 {
		return nil, nil
	}
	b, err := t.ReadBinary(0, first)
	if err != nil {
		return nil, UnlessRefused(err)
	}
	if len(b) < offset+4 {
		return nil, nil
	}
	length, err := certificate.Length(b[offset:])
	if err != nil || fci.HasSize && fci.Size < offset+length {
		return nil, nil
	}
	return &CertificateFile{offset, b, length}, nil
}

// Read reads the rest of the certificate. It returns nil if it is none, or one
// of an RSA key that is not offered. It works on a nil file.
func (f *CertificateFile) Read(t *Tx) (*certificate.Certificate, error) {
	if f == nil {
		return nil, nil
	}
	b, err := t.ReadTo(f.head, f.offset+f.length)
	if err != nil {
		return nil, UnlessRefused(err)
	}
	cert, err := certificate.Parse(b[f.offset:])
	if err != nil || !listed(cert) {
		return nil, nil
	}
	return cert, nil
}

// begins reports whether what was read of the file begins a certificate.
func (f *CertificateFile) begins(cert *certificate.Certificate) bool {
	if f.length != len(cert.Raw) {
		return false
	}
	head := f.head[f.offset:]
	head = head[:min(len(head), f.length)]
	return bytes.HasPrefix(cert.Raw, head)
}

// listed reports whether a certificate is listed: those of keys that are not
// RSA are, without a private key; those of broken RSA keys are not.
func listed(cert *certificate.Certificate) bool {
	k := cert.RSA()
	if k == nil {
		return true
	}
	bits := new(big.Int).SetBytes(k.Modulus).BitLen()
	return bits >= minKeyBits && bits <= maxKeyBits && bits%8 == 0 &&
		k.Modulus[len(k.Modulus)-1]&1 == 1 && len(k.Exponent) <= 8
}

// Compare reads the beginnings of the card's certificates and returns the
// index of the cards seen before whose certificates they begin, or -1. open
// opens the file of a key, at the same place in all of seen for the first one.
// If none of the first certificates fits, rest is the file that was read.
func (p *Prober) Compare(seen [][]FoundKey, open func(k *FoundKey) (*CertificateFile, error)) (i int, rest *CertificateFile, err error) {
	first, err := open(&seen[0][0])
	if err != nil || first == nil {
		return -1, nil, err
	}
	p.Confirm()
	for i, keys := range seen {
		if !first.begins(keys[0].Certificate) {
			continue
		}
		for j := range keys[1:] {
			f, err := open(&keys[1+j])
			if err != nil || f == nil || !f.begins(keys[1+j].Certificate) {
				return -1, nil, err
			}
		}
		return i, nil, nil
	}
	return -1, first, nil
}
