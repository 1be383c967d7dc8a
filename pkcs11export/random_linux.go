// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include <sys/random.h>
#pragma GCC diagnostic ignored "-Wunused-parameter" // in what cgo writes below
*/
import "C"

import (
	"crypto/rand"
	"io"
	"unsafe"
)

// kernelRandom is crypto/rand's source without its timer: at its first use that
// one would start a timer to warn of a kernel that has no random numbers yet,
// and with the first timer the Go runtime opens its poller, whose descriptors
// are not ours to have (see tameRuntime).
type kernelRandom struct {
	fallback io.Reader // where the kernel refuses, as some sandboxes make it
}

func (r kernelRandom) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if n := C.getrandom(unsafe.Pointer(&b[0]), C.size_t(len(b)), 0); n > 0 {
		return int(n), nil
	}
	return r.fallback.Read(b)
}

func init() { rand.Reader = kernelRandom{rand.Reader} }
