// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Set is a demo world: an authority, a card's identity and a server. Server
// and Signature may be nil.
type Set struct {
	Authority *Authority
	Identity  *Identity
	Signature *Identity
	Server    *Server
}

// NewSet makes an authority, an identity and a server certificate.
func NewSet(o IdentityOptions) (*Set, error) {
	authority, err := NewAuthority(false)
	if err != nil {
		return nil, err
	}
	identity, err := authority.IssueIdentity(o)
	if err != nil {
		return nil, err
	}
	server, err := authority.IssueServer()
	if err != nil {
		return nil, err
	}
	return &Set{Authority: authority, Identity: identity, Server: server}, nil
}

// The files of an identity directory.
const (
	FileCA           = "ca.pem"
	FileCAKey        = "ca.key"
	FileCard         = "card.der"
	FileCardPEM      = "card.pem"
	FileCardKey      = "card.key"
	FileSignature    = "signature.der"
	FileSignatureKey = "signature.key"
	FileServer       = "server.pem"
	FileServerKey    = "server.key"
	FileHolder       = "holder.json"
)

type holderFile struct {
	Serial string
	Holder Holder
}

// Save writes the set into a directory, which is made if need be. All files
// are for the owner alone (mode 0600).
func (s *Set) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	holder, err := json.MarshalIndent(holderFile{s.Identity.Serial, s.Identity.Holder}, "", "  ")
	if err != nil {
		return err
	}
	files := map[string][]byte{
		FileHolder:  append(holder, '\n'),
		FileCA:      pemBlock("CERTIFICATE", s.Authority.Certificate.Raw),
		FileCard:    s.Identity.Certificate,
		FileCardPEM: pemBlock("CERTIFICATE", s.Identity.Certificate),
	}
	keys := map[string]crypto.Signer{FileCAKey: s.Authority.Key, FileCardKey: s.Identity.Key}
	if s.Signature != nil {
		files[FileSignature] = s.Signature.Certificate
		keys[FileSignatureKey] = s.Signature.Key
	}
	if s.Server != nil {
		files[FileServer] = pemBlock("CERTIFICATE", s.Server.Certificate)
		keys[FileServerKey] = s.Server.Key
	}
	for name, key := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return err
		}
		files[name] = pemBlock("PRIVATE KEY", der)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Load reads a set that Save wrote.
func Load(dir string) (*Set, error) {
	l := loader{dir: dir}
	var holder holderFile
	if err := json.Unmarshal(l.read(FileHolder), &holder); err != nil && l.err == nil {
		l.err = fmt.Errorf("%s: %w", FileHolder, err)
	}
	s := &Set{Authority: &Authority{Key: l.key(FileCAKey)}}
	s.Identity = &Identity{Certificate: l.read(FileCard), Holder: holder.Holder,
		Personal: holder.Holder.EF(), Serial: holder.Serial, Key: l.rsaKey(FileCardKey)}
	if der := l.decode(FileCA); l.err == nil {
		s.Authority.Certificate, l.err = x509.ParseCertificate(der)
	}
	if l.has(FileServer) {
		s.Server = &Server{Key: l.key(FileServerKey), Certificate: l.decode(FileServer)}
	}
	if l.has(FileSignature) {
		s.Signature = &Identity{Certificate: l.read(FileSignature), Holder: holder.Holder,
			Personal: holder.Holder.EF(), Serial: holder.Serial, Key: l.rsaKey(FileSignatureKey)}
	}
	if l.err != nil {
		return nil, l.err
	}
	return s, nil
}

// loader reads files and keeps the first error.
type loader struct {
	dir string
	err error
}

func (l *loader) has(name string) bool {
	_, err := os.Stat(filepath.Join(l.dir, name))
	return err == nil
}

func (l *loader) read(name string) []byte {
	if l.err != nil {
		return nil
	}
	var content []byte
	content, l.err = os.ReadFile(filepath.Join(l.dir, name))
	return content
}

func (l *loader) decode(name string) []byte {
	content := l.read(name)
	if l.err != nil {
		return nil
	}
	block, _ := pem.Decode(content)
	if block == nil {
		l.err = fmt.Errorf("%s: no PEM block", name)
		return nil
	}
	return block.Bytes
}

func (l *loader) key(name string) crypto.Signer {
	der := l.decode(name)
	if l.err != nil {
		return nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		l.err = fmt.Errorf("%s: %w", name, err)
		return nil
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		l.err = errors.New(name + ": not a signing key")
	}
	return signer
}

func (l *loader) rsaKey(name string) *rsa.PrivateKey {
	key, ok := l.key(name).(*rsa.PrivateKey)
	if !ok && l.err == nil {
		l.err = errors.New(name + ": not an RSA key")
	}
	return key
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
