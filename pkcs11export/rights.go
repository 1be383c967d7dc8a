// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "rights.h"
#pragma GCC diagnostic ignored "-Wunused-parameter" // in what cgo writes below
*/
import "C"

import "os"

// privileged reports whether the program runs with more rights than its caller:
// it was started so, or its user ids differ now.
func privileged() bool {
	return C.started_with_more_rights() != 0 || os.Getuid() != os.Geteuid() || os.Getgid() != os.Getegid()
}
