// SPDX-License-Identifier: Apache-2.0

package window

import (
	"os/exec"
	"runtime"
	"time"
)

// openLimit is how long a browser may take to refuse. A program that opens one
// may run as long as the browser does.
const openLimit = 5 * time.Second

// Open opens an address in the person's browser.
func Open(address string) error {
	command := []string{"xdg-open", address}
	switch runtime.GOOS {
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	case "darwin":
		command = []string{"open", address}
	}
	c := exec.Command(command[0], command[1:]...)
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(openLimit):
		return nil
	}
}
