// SPDX-License-Identifier: Apache-2.0

package pkcs11export

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"tscns/cardos/localfiles"
	"tscns/module/ck"
)

func tracing() bool { return settings().tracePath != "" }

// traceCall reports one call: name, return value, time and the chain of
// errors. It has no arguments of the call, so no PIN, data or attribute value.
func traceCall(name string, rv ck.RV, err error, took time.Duration) {
	text := fmt.Sprintf("%s = %s in %s", name, rv.Error(), took.Round(time.Microsecond))
	if err != nil && err.Error() != rv.Error() {
		text += ": " + err.Error()
	}
	traceEvent(text)
}

// traceEvent writes one line. The file is opened for each line with plain
// system calls: the library keeps no descriptor that the host could close or
// reuse, and the Go runtime's poller is not woken.
func traceEvent(text string) {
	line := fmt.Sprintf("%s tscns[%d] %s\n", time.Now().UTC().Format("15:04:05.000"),
		os.Getpid(), strings.ReplaceAll(text, "\n", " "))
	path := settings().tracePath
	if path == "stderr" {
		_, _ = syscall.Write(syscall.Stderr, []byte(line))
		return
	}
	_ = localfiles.AppendPrivate(path, []byte(line)) // the trace is not worth an error of the call
}
