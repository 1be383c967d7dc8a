// SPDX-License-Identifier: Apache-2.0

package tlsserver

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net"
	"sync"

	"golang.org/x/crypto/chacha20"
)

// Package tls does not tell which signature algorithm a client used. A tap
// keeps the first bytes that the client sent and, from the key log, the secret
// of its handshake messages; the CertificateVerify message, which package tls
// has verified by then, names the algorithm.

// tapLimit bounds what is kept: two ClientHello and a chain of certificates.
const tapLimit = 128 << 10

type tap struct {
	net.Conn
	mu     sync.Mutex
	bytes  []byte
	secret []byte // client_handshake_traffic_secret, TLS 1.3 only
	closed bool   // the algorithm was asked for: nothing more is kept
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed && len(t.bytes) < tapLimit {
		t.bytes = append(t.bytes, p[:n]...)
	}
	return n, err
}

// keyLogClient is the label of the line wanted (NSS key log format).
const keyLogClient = "CLIENT_HANDSHAKE_TRAFFIC_SECRET "

// keyLog is a tap as package tls writes its key log to: a type of its own,
// since a tap's Write is that of the connection.
type keyLog struct{ t *tap }

func (k keyLog) Write(line []byte) (int, error) {
	fields := bytes.Fields(line)
	if bytes.HasPrefix(line, []byte(keyLogClient)) && len(fields) == 3 {
		secret, err := hex.DecodeString(string(fields[2]))
		if err != nil {
			return 0, err
		}
		k.t.mu.Lock()
		k.t.secret = secret
		k.t.mu.Unlock()
	}
	return len(line), nil
}

const (
	recordHandshake   = 22
	recordApplication = 23

	messageCertificateVerify = 15
	messageFinished          = 20
)

// peerSignature finds the algorithm in what the client sent. It is called
// once, after the handshake.
func (t *tap) peerSignature(version, suite uint16) (tls.SignatureScheme, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	var decrypt func(sequence uint64, body []byte) ([]byte, error)
	if version == tls.VersionTLS13 {
		var err error
		if decrypt, err = recordCipher(suite, t.secret); err != nil {
			return 0, err
		}
	}
	var messages []byte
	var sequence uint64
	for rest := t.bytes; len(rest) >= 5; {
		kind, size := rest[0], int(binary.BigEndian.Uint16(rest[3:]))
		if len(rest) < 5+size {
			break
		}
		body := rest[5 : 5+size]
		rest = rest[5+size:]
		switch {
		case kind == recordHandshake:
			messages = append(messages, body...)
		case kind == recordApplication && decrypt != nil:
			plain, err := decrypt(sequence, body)
			if err != nil {
				return 0, err
			}
			sequence++
			messages = append(messages, plain...)
		default:
			continue
		}
		if scheme, found := certificateVerify(messages); found {
			return scheme, nil
		}
	}
	return 0, errors.New("no CertificateVerify in the client's handshake")
}

// certificateVerify walks handshake messages: type, length (3 bytes), body
// (RFC 5246, section 7.4; RFC 8446, section 4).
func certificateVerify(messages []byte) (tls.SignatureScheme, bool) {
	for len(messages) >= 4 {
		kind := messages[0]
		size := int(messages[1])<<16 | int(messages[2])<<8 | int(messages[3])
		if len(messages) < 4+size || kind == messageFinished {
			return 0, false
		}
		if kind == messageCertificateVerify && size >= 2 {
			return tls.SignatureScheme(binary.BigEndian.Uint16(messages[4:])), true
		}
		messages = messages[4+size:]
	}
	return 0, false
}

const tagSize = 16 // of every AEAD of TLS 1.3

// recordCipher returns what decrypts the records of the client's handshake in
// TLS 1.3 (RFC 8446, sections 5.2, 5.3 and 7.3). The tags were checked by
// package tls; left are the stream ciphers inside.
func recordCipher(suite uint16, secret []byte) (func(uint64, []byte) ([]byte, error), error) {
	if secret == nil {
		return nil, errors.New("no secret of the client's handshake in the key log")
	}
	newHash, keySize := sha256.New, 32
	switch suite {
	case tls.TLS_AES_128_GCM_SHA256:
		keySize = 16
	case tls.TLS_AES_256_GCM_SHA384:
		newHash = sha512.New384
	case tls.TLS_CHACHA20_POLY1305_SHA256:
	default:
		return nil, fmt.Errorf("cipher suite 0x%04x", suite)
	}
	key, err := expandLabel(newHash, secret, "key", keySize)
	if err != nil {
		return nil, err
	}
	iv, err := expandLabel(newHash, secret, "iv", 12)
	if err != nil {
		return nil, err
	}
	return func(sequence uint64, body []byte) ([]byte, error) {
		if len(body) < tagSize {
			return nil, errors.New("record too short")
		}
		nonce := bytes.Clone(iv)
		for i := range 8 {
			nonce[4+i] ^= byte(sequence >> (56 - 8*i))
		}
		plain := make([]byte, len(body)-tagSize)
		if suite == tls.TLS_CHACHA20_POLY1305_SHA256 {
			stream, err := chacha20.NewUnauthenticatedCipher(key, nonce)
			if err != nil {
				return nil, err
			}
			stream.SetCounter(1) // 0 is the tag's (RFC 8439, section 2.8)
			stream.XORKeyStream(plain, body[:len(plain)])
		} else {
			block, err := aes.NewCipher(key)
			if err != nil {
				return nil, err
			}
			// GCM with a nonce of 96 bits: counter 1 is the tag's, data
			// starts at 2 (NIST SP 800-38D, section 7.1).
			cipher.NewCTR(block, append(nonce, 0, 0, 0, 2)).XORKeyStream(plain, body[:len(plain)])
		}
		plain = bytes.TrimRight(plain, "\x00") // padding
		if len(plain) == 0 || plain[len(plain)-1] != recordHandshake {
			return nil, errors.New("not a handshake record")
		}
		return plain[:len(plain)-1], nil
	}, nil
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446, 7.1).
func expandLabel(newHash func() hash.Hash, secret []byte, label string, size int) ([]byte, error) {
	label = "tls13 " + label
	info := binary.BigEndian.AppendUint16(nil, uint16(size))
	info = append(info, byte(len(label)))
	info = append(append(info, label...), 0)
	return hkdf.Expand(newHash, secret, string(info), size)
}
