// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"flag"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tscns/module/ck"
	"tscns/simcard"
)

// faulty is a driver with a fault.
type faulty struct {
	Driver
	answer func(d Driver, rv ck.RV, name string, args []any) ck.RV
}

func (f faulty) Call(name string, args ...any) ck.RV {
	var pin []byte
	if name == "C_Login" || name == "C_SetPIN" {
		pin, _ = args[len(args)-2].([]byte)
		pin = append([]byte(nil), pin...)
	}
	rv := f.Driver.Call(name, args...)
	if pin != nil {
		args[len(args)-2] = pin
	}
	return f.answer(f.Driver, rv, name, args)
}

// expected is a test that is to fail.
type expected struct {
	*testing.T
	failed bool
}

func (e *expected) Failed() bool                   { return e.failed }
func (e *expected) Fail()                          { e.failed = true }
func (e *expected) Error(args ...any)              { e.failed = true }
func (e *expected) Errorf(format string, a ...any) { e.failed = true }
func (e *expected) FailNow()                       { e.failed = true; runtime.Goexit() }
func (e *expected) Fatal(args ...any)              { e.FailNow() }
func (e *expected) Fatalf(format string, a ...any) { e.FailNow() }

// failing reports whether rapid finds a sequence in which a property does not
// hold. It plays the shortest that it finds last.
func failing(t *testing.T, property func(*rapid.T)) bool {
	// Many short sequences: what they find is soon shrunk.
	for _, f := range [][3]string{{"rapid.steps", "50", "200"}, {"rapid.checks", "5000", "500"}} {
		require.NoError(t, flag.Set(f[0], f[1]))
		defer func() { require.NoError(t, flag.Set(f[0], f[2])) }()
	}
	e := &expected{T: t}
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		rapid.Check(e, property)
	}()
	wait.Wait()
	return e.failed
}

// The model finds faults that are planted, and tells the shortest way to
// them. Without this, a model that agrees with everything would look the same.
func TestModelFindsPlantedFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		most   int // steps of the shortest sequence
		answer func(d Driver, rv ck.RV, name string, args []any) ck.RV
	}{
		{"presents a wrong PIN again", 3, func(d Driver, rv ck.RV, name string, args []any) ck.RV {
			if name == "C_Login" && rv == ck.CKR_PIN_INCORRECT {
				return d.Call(name, args...)
			}
			return rv
		}},
		{"logs out nobody", 3, func(_ Driver, rv ck.RV, name string, _ []any) ck.RV {
			if name == "C_Logout" && rv == ck.CKR_USER_NOT_LOGGED_IN {
				return ck.CKR_OK
			}
			return rv
		}},
		{"blocks the PUK by itself", 5, func(d Driver, rv ck.RV, name string, args []any) ck.RV {
			if name == "C_InitPIN" && rv == ck.CKR_OK {
				return ck.CKR_PIN_INCORRECT
			}
			return rv
		}},
		{"ends an operation with its size", 6, func(d Driver, rv ck.RV, name string, args []any) ck.RV {
			if name == "C_Digest" && rv == ck.CKR_BUFFER_TOO_SMALL {
				_ = d.Call("C_SessionCancel", args[0], ck.CKF_DIGEST)
			}
			return rv
		}},
		{"is silent about a card that left", 4, func(_ Driver, rv ck.RV, name string, _ []any) ck.RV {
			if name == "C_GetTokenInfo" && rv == ck.CKR_TOKEN_NOT_PRESENT {
				return ck.CKR_OK
			}
			return rv
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var least []step
			found := failing(t, sequences(simcard.FamilyC, func(d Driver) Driver { return faulty{d, c.answer} },
				func(m *model, steps []step) {
					if m.problem != "" {
						least = steps
					}
				}))
			require.True(t, found, "not found")
			t.Logf("%v", least)
			require.LessOrEqual(t, len(least), c.most)
		})
	}
}
