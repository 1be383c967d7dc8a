// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"tscns/cmd/internal/revocation"
)

// askRevocation asks whether a DER certificate is revoked. It says first whom it
// asks and what they are told, on the error output: --json has the other one.
func (a *app) askRevocation(der []byte) revocation.Answer {
	for _, line := range revocation.Announce(der) {
		fmt.Fprintln(a.Err, a.Text(line))
	}
	client := a.online
	if client == nil {
		client = revocation.Client()
	}
	return revocation.Ask(context.Background(), der, client, time.Now())
}
