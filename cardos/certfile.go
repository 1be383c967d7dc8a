// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"io"
	"math/big"

	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
)

// Limits of the RSA keys that are offered, in bits.
const (
	minKeyBits = 1024
	maxKeyBits = 4096
)

// CertificateFile is what a place for a certificate turned out to be: a file of
// which the beginning was read, or none.
type CertificateFile struct {
	offset int    // where the certificate is expected to start
	size   int    // of the file in bytes, at most certificate.MaxSize
	head   []byte // what was read of it; empty unless it holds something
	state  CertificateState
	key    string // kind of the key of the certificate

	read bool
	cert *certificate.Certificate // as it was read; nil if it is not listed
}

// OpenCertificate reads the beginning of the file that selectFile selects: its
// certificate starts at an offset, in bytes, or is wrapped near it. A file that
// is not there, is empty or is refused is no error: see [CertificateFile.Place].
func (t *Tx) OpenCertificate(offset int, selectFile func() (iso7816.FCI, bool, error)) (*CertificateFile, error) {
	f := &CertificateFile{offset: offset, size: certificate.MaxSize, state: CertificateNotFound}
	fci, ok, err := selectFile()
	if err != nil {
		f.state = CertificateNotUnderstood
		return f, UnlessRefused(err)
	}
	if !ok {
		return f, nil
	}
	if fci.HasSize {
		f.size = min(f.size, fci.Size)
	}
	if f.size == 0 {
		f.state = CertificateNone
		return f, nil
	}
	b, err := t.ReadBinary(0, min(f.size, iso7816.MaxShortNe))
	switch {
	case err != nil:
		f.state = CertificateNotUnderstood
	case unused(b[min(offset, len(b)):]):
		f.state = CertificateNone
	default:
		f.head, f.state = b, CertificateNotUnderstood
	}
	return f, UnlessRefused(err)
}

// unused reports whether the beginning of a file is that of one that was never
// written: nothing, zeros or FF.
func unused(b []byte) bool {
	return len(bytes.Trim(b, "\x00")) == 0 || len(bytes.Trim(b, "\xFF")) == 0
}

// Read reads the certificate, once. It returns nil if the file holds none that
// is understood, or one of an RSA key that is not offered.
func (f *CertificateFile) Read(t *Tx) (*certificate.Certificate, error) {
	if f.read {
		return f.cert, nil
	}
	rest := &fileReader{tx: t, file: f}
	for _, c := range certificate.Candidates(f.head, f.offset) {
		cert, err := rest.certificate(c)
		if rest.err != nil {
			return nil, UnlessRefused(rest.err)
		}
		if err == nil {
			f.state, f.key = keyState(cert), cert.KeyName()
			if listed(cert) {
				f.cert = cert
			}
			break
		}
	}
	f.read = true
	return f.cert, nil
}

// Place returns what the place turned out to hold, as far as it was read.
func (f *CertificateFile) Place(purpose Purpose) CertificatePlace {
	return CertificatePlace{Purpose: purpose, State: f.state, Key: f.key}
}

// fileReader reads a file on from what was read of it.
type fileReader struct {
	tx   *Tx
	file *CertificateFile
	next int   // offset of what Read returns next
	err  error // of the card
}

// certificate reads the certificate that may be at a place. What it parses is
// not overwritten later: the file is only read on.
func (r *fileReader) certificate(c certificate.Candidate) (*certificate.Certificate, error) {
	f := r.file
	if c.Compression == certificate.Uncompressed {
		b, err := r.tx.ReadTo(f.head, min(f.size, c.Offset+c.Length))
		if err != nil {
			r.err = err
			return nil, err
		}
		f.head = b
		return certificate.Parse(b[c.Offset:])
	}
	r.next = c.Offset
	b, err := c.Compression.Decompress(r)
	if err != nil {
		return nil, err
	}
	return certificate.Unwrap(b)
}

// Read implements [io.Reader].
func (r *fileReader) Read(p []byte) (int, error) {
	f := r.file
	if r.next >= len(f.head) {
		var b []byte
		if r.err == nil && len(f.head) < f.size {
			b, r.err = r.tx.ReadBinary(len(f.head), f.size-len(f.head))
		}
		if len(b) == 0 {
			return 0, io.EOF
		}
		f.head = append(f.head, b...)
	}
	n := copy(p, f.head[r.next:])
	r.next += n
	return n, nil
}

// keyState is the state of a place by the key of its certificate.
func keyState(cert *certificate.Certificate) CertificateState {
	if cert.RSA() != nil && listed(cert) {
		return CertificatePresent
	}
	return CertificateKeyUnsupported
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
	if err != nil || len(certificate.Candidates(first.head, first.offset)) == 0 {
		return -1, nil, err
	}
	p.Confirm()
	for i, keys := range seen {
		if !keys[0].Certificate.Begins(first.head, first.offset) {
			continue
		}
		for j := range keys[1:] {
			f, err := open(&keys[1+j])
			if err != nil || !keys[1+j].Certificate.Begins(f.head, f.offset) {
				return -1, nil, err
			}
		}
		return i, nil, nil
	}
	return -1, first, nil
}
