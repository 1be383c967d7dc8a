// SPDX-License-Identifier: Apache-2.0

package hostproc

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// Other is another program that uses the PC/SC service.
type Other struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	mu      sync.Mutex
}

// Success is the answer of a command that worked (SCARD_S_SUCCESS).
const Success = "00000000"

// Other starts a program for a reader; env names the service, as package
// pcscd's Env does.
func (t *Tools) Other(reader string, env ...string) (*Other, error) {
	o := &Other{command: exec.Command(t.other, reader)}
	o.command.Env = append(os.Environ(), env...)
	o.command.Stderr = os.Stderr
	var err error
	if o.in, err = o.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := o.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	o.out = bufio.NewReader(out)
	return o, o.command.Start()
}

// Do runs a command (c/other.c lists them) and returns its PC/SC code in
// hexadecimal. It waits as long as the service makes it wait.
func (o *Other) Do(command string) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := fmt.Fprintln(o.in, command); err != nil {
		return "", err
	}
	line, err := o.out.ReadString('\n')
	return strings.TrimSpace(line), err
}

// Stop ends the program, whatever it does.
func (o *Other) Stop() {
	_ = o.command.Process.Kill()
	_ = o.command.Wait()
}
