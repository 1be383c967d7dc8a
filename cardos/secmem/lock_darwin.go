// SPDX-License-Identifier: Apache-2.0

package secmem

import "syscall"

func lock(b []byte) { _ = syscall.Mlock(b) }
