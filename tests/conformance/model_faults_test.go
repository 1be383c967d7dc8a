// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

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
				d.Call("C_SessionCancel", args[0], ck.CKF_DIGEST)
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
			wrap := func(d Driver) Driver { return faulty{d, c.answer} }
			for n := range 200 {
				steps := sequence(rand.New(rand.NewPCG(seed, uint64(n))), 200)
				at, problem, _ := play(simcard.FamilyC, wrap, steps)
				if problem == "" {
					continue
				}
				least := shrink(simcard.FamilyC, wrap, steps[:at+1])
				_, problem, _ = play(simcard.FamilyC, wrap, least)
				t.Logf("sequence %d, %d steps, then %v: %s", n, at+1, least, problem)
				require.LessOrEqual(t, len(least), c.most)
				return
			}
			t.Fatal("not found")
		})
	}
}

// The same seed gives the same sequences, and they end the same way.
func TestModelIsReproducible(t *testing.T) {
	again := func() []step { return sequence(rand.New(rand.NewPCG(seed, 7)), 300) }
	require.Equal(t, again(), again())
	first, _, a := play(simcard.FamilyC, asItIs, again())
	second, _, b := play(simcard.FamilyC, asItIs, again())
	require.Equal(t, first, second)
	require.Equal(t, a.signature, b.signature)
}
