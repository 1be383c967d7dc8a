// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"io"
	"slices"
)

// Contents of a certificate file (Options.CertificateForm). The wrapped and the
// compressed ones are those of other cards by these makers or with drivers in
// OpenSC (D); none was seen on a TS-CNS.
const (
	FormPlain       = ""             // the certificate, DER
	FormGzip        = "gzip"         // RFC 1952
	FormZlib        = "zlib"         // RFC 1950
	FormZlibLength  = "zlib-length"  // 01 00, the length uncompressed (2 bytes, little-endian), zlib
	FormLength      = "length"       // the length (2 bytes, big-endian), the certificate
	FormTemplate    = "template-70"  // in a data object with tag 70
	FormOctetString = "octet-string" // in a DER OCTET STRING
	FormZeros       = "zeros"        // a file of zeros: an unused place
	FormOnes        = "ones"         // a file of FF: the same on other cards
	FormEmpty       = "empty"        // a file of no length
	FormAbsent      = "absent"       // no such file
	FormNoise       = "noise"        // bytes that mean nothing (P on a Spanish card: "garbage")
	FormEC          = "ec"           // the holder's certificate for an elliptic-curve key, which the card has not (U)
)

// CertificateForms lists the contents that a certificate file can have.
func CertificateForms() []string {
	return []string{FormPlain, FormGzip, FormZlib, FormZlibLength, FormLength, FormTemplate, FormOctetString,
		FormZeros, FormOnes, FormEmpty, FormAbsent, FormNoise, FormEC}
}

// unusedSize is the size of a certificate file that holds none, in bytes, where
// the family does not say.
const unusedSize = 2048

// certificateFile is the content of the certificate's file: the certificate,
// or what replaces it, filled with zeros to the size. nil is no file.
func (c *Card) certificateFile(size int) []byte {
	if c.options.CertificateFileSize != 0 {
		size = c.options.CertificateFileSize
	}
	content := c.options.CertificateFile
	if content == nil {
		switch form := c.options.CertificateForm; form {
		case FormAbsent:
			return nil
		case FormEmpty:
			return []byte{}
		case FormZeros:
			return make([]byte, max(size, unusedSize))
		case FormOnes:
			return bytes.Repeat([]byte{0xFF}, max(size, unusedSize))
		default:
			content = stored(form, c.options.Authentication.Certificate)
		}
	}
	data := make([]byte, max(size, len(content)))
	copy(data, content)
	return data
}

// stored is a certificate in one of the forms.
func stored(form string, der []byte) []byte {
	var out bytes.Buffer
	length := uint16(len(der))
	switch form {
	case FormGzip:
		return compressed(&out, gzip.NewWriter(&out), der)
	case FormZlib:
		return compressed(&out, zlib.NewWriter(&out), der)
	case FormZlibLength:
		out.Write(binary.LittleEndian.AppendUint16([]byte{0x01, 0x00}, length))
		return compressed(&out, zlib.NewWriter(&out), der)
	case FormLength:
		return append(binary.BigEndian.AppendUint16(nil, length), der...)
	case FormTemplate:
		return tlv(0x70, der...)
	case FormOctetString:
		return tlv(0x04, der...)
	case FormNoise:
		return noise(max(len(der), unusedSize))
	case FormEC:
		return elliptic256(der)
	}
	return slices.Clone(der)
}

// compressed closes a compressor of der and returns what is in out.
func compressed(out *bytes.Buffer, w io.WriteCloser, der []byte) []byte {
	// A bytes.Buffer takes everything, so that neither can fail.
	_, _ = w.Write(der)
	_ = w.Close()
	return out.Bytes()
}

// elliptic256 is a certificate like another, for a new key on P-256 that signs
// it, too; nil for one that cannot be read.
func elliptic256(der []byte) []byte {
	like, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil
	}
	like.PublicKey = &key.PublicKey
	like.SignatureAlgorithm = x509.UnknownSignatureAlgorithm // what the key asks for
	made, err := x509.CreateCertificate(rand.Reader, like, like, &key.PublicKey, key)
	if err != nil {
		return nil
	}
	return made
}

// noise are bytes without a meaning, the same each time: a linear congruential
// generator's.
func noise(n int) []byte {
	out, x := make([]byte, n), uint32(1)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = byte(x >> 24)
	}
	return out
}
