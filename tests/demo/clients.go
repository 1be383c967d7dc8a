// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tscns/tests/tlsserver"
)

// uri names an object of the token for the engine (RFC 7512).
func (d *demo) uri(kind string) string {
	return "pkcs11:token=" + strings.ReplaceAll(d.place.token, " ", "%20") + ";type=" + kind
}

// keyURI has the engine read the PIN from descriptor 3, so that it is in no
// file and in no list of processes.
func (d *demo) keyURI() string { return d.uri("private") + ";pin-source=file:/dev/fd/3" }

// curl fetches the page with certificate and key of the card.
func (d *demo) curl(ctx context.Context, server *tlsserver.Server) error {
	d.say("  $ PKCS11_MODULE_PATH=%s curl --engine pkcs11 --cert-type ENG --cert '%s' --key-type ENG --key '%s' ...",
		"  $ PKCS11_MODULE_PATH=%s curl --engine pkcs11 --cert-type ENG --cert '%s' --key-type ENG --key '%s' ...",
		shortPath(d.place.module), d.uri("cert"), d.uri("private"))
	_, err := d.program(ctx, "", "curl", "-sS", "--fail", "--max-time", "60", "--noproxy", "*", "--cacert", d.caFile(),
		"--engine", "pkcs11", "--cert-type", "ENG", "--cert", d.uri("cert"), "--key-type", "ENG", "--key", d.keyURI(),
		server.URL("localhost"))
	return err
}

// openssl does so with OpenSSL's own client, which takes the certificate from
// a file: curl just sent it.
func (d *demo) openssl(ctx context.Context, server *tlsserver.Server) error {
	certificate, err := d.certificateFile(d.seen)
	if err != nil {
		return err
	}
	d.say("  $ PKCS11_MODULE_PATH=%s openssl s_client -engine pkcs11 -cert card.pem -keyform engine -key '%s' ...",
		"  $ PKCS11_MODULE_PATH=%s openssl s_client -engine pkcs11 -cert tessera.pem -keyform engine -key '%s' ...",
		shortPath(d.place.module), d.uri("private"))
	out, err := d.program(ctx, "GET / HTTP/1.0\r\n\r\n", "openssl", "s_client", "-quiet", "-ign_eof", "-connect", fmt.Sprintf("127.0.0.1:%d", server.Port()),
		"-servername", "localhost", "-verify_return_error", "-CAfile", d.caFile(), "-cert", certificate,
		"-engine", "pkcs11", "-keyform", "engine", "-key", d.keyURI())
	if err == nil && !strings.Contains(out, "200 OK") {
		err = fmt.Errorf("openssl: %s", out)
	}
	return err
}

// program runs a client with the PIN on descriptor 3, and returns what it
// printed.
func (d *demo) program(ctx context.Context, input, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	read, write, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer read.Close()
	_, err = write.Write(d.place.pin) // without a line end, which the engine would take for a part of it
	if err = errors.Join(err, write.Close()); err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, name, args...)
	command.ExtraFiles = []*os.File{read}
	command.Env = append(os.Environ(), append(d.place.env, "PKCS11_MODULE_PATH="+d.place.module)...)
	command.Dir = d.dir
	command.Stdin = strings.NewReader(input)
	ownGroup(command)
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return string(out), nil
}

// ownGroup puts a program and its children in a process group: at Ctrl-C the
// demo ends it, after the card is done.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
}

// shortPath prints a path from where the person stands.
func shortPath(path string) string {
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, path); err == nil && !strings.HasPrefix(rel, "..") {
			return rel
		}
	}
	return path
}
