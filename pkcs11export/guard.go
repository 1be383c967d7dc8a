// SPDX-License-Identifier: Apache-2.0

package pkcs11export

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"tscns/module"
	"tscns/module/ck"
)

// guard is the one wrapper of every entry: it runs f with the module and makes
// a return value of its error. A panic, and an access to memory that the host
// named and does not have, become CKR_GENERAL_ERROR: they must not end the
// host.
func guard(name string, f func(lib module.API) error) (rv ck.RV) {
	debug.SetPanicOnFault(true) // holds for this goroutine, which is this call
	countCall()
	var err error
	start := time.Time{}
	if tracing() {
		start = time.Now()
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %s", ck.CKR_GENERAL_ERROR, describePanic(p))
			rv = ck.CKR_GENERAL_ERROR
		}
		if tracing() {
			traceCall(name, rv, err, time.Since(start))
		}
	}()
	if err = f(library()); err != nil {
		return module.RVOf(err)
	}
	return ck.CKR_OK
}

// describePanic returns what is safe to log: the text of a runtime error, and
// only the type of any other value, which might hold data.
func describePanic(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("panic of type %T", p)
}
