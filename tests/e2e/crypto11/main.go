// SPDX-License-Identifier: Apache-2.0

// Command crypto11 logs in to TLS servers by the Go package crypto11. It is a
// module of its own, so that the project's does not depend on that package.
//
// Usage: crypto11 MODULE TOKEN PIN CA.pem URL...
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/ThalesGroup/crypto11"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "crypto11:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 5 {
		return errors.New("usage: crypto11 MODULE TOKEN PIN CA.pem URL...")
	}
	token, err := crypto11.Configure(&crypto11.Config{Path: args[0], TokenLabel: args[1], Pin: args[2]})
	if err != nil {
		return err
	}
	defer token.Close()
	pairs, err := token.FindAllPairedCertificates()
	if err != nil {
		return err
	}
	if len(pairs) != 1 {
		return fmt.Errorf("%d certificates with a key, not one", len(pairs))
	}
	fmt.Println("certificate:", pairs[0].Leaf.Subject)
	if err := sign(pairs[0]); err != nil {
		return err
	}
	authority, err := os.ReadFile(args[3])
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	for _, url := range args[4:] {
		if err := fetch(url, pool, &pairs[0]); err != nil {
			return err
		}
	}
	return nil
}

// sign has the card sign in both ways and checks it with the standard library.
func sign(pair tls.Certificate) error {
	signer, public := pair.PrivateKey.(crypto.Signer), pair.Leaf.PublicKey.(*rsa.PublicKey)
	digest := sha256.Sum256([]byte("messaggio"))
	signature, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return err
	}
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil {
		return err
	}
	pss := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	if signature, err = signer.Sign(rand.Reader, digest[:], pss); err != nil {
		return err
	}
	if err := rsa.VerifyPSS(public, crypto.SHA256, digest[:], signature, pss); err != nil {
		return err
	}
	fmt.Println("signatures verified: PKCS1, PSS")
	return nil
}

func fetch(url string, pool *x509.CertPool, pair *tls.Certificate) error {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs:              pool,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil },
	}}}
	r, err := client.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return err
	}
	fmt.Println(tls.VersionName(r.TLS.Version), r.Status)
	return nil
}
