// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// How deep a signature may reach from module.Sign to the transport: functions
// on the stack there, and returns to a file that the way down had left. With the
// nine of the C side and of package pcsc the whole way is 25 functions.
const (
	maxFunctions = 16
	maxReturns   = 2
)

// walk is a transport that keeps the stack of the first command that uses a
// private key.
type walk struct {
	cardos.Transport
	frames []runtime.Frame // innermost first
}

func (w *walk) Connect(reader string) (cardos.Conn, error) {
	c, err := w.Transport.Connect(reader)
	return &walkConn{c, w}, err
}

type walkConn struct {
	cardos.Conn
	w *walk
}

func (c *walkConn) Transmit(command []byte) ([]byte, error) {
	const performSecurityOperation = 0x2A
	if command[1] == performSecurityOperation && c.w.frames == nil {
		pc := make([]uintptr, 100)
		frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
		for {
			f, more := frames.Next()
			if !strings.HasPrefix(f.Function, "tscns/") || strings.HasPrefix(f.Function, "tscns/tests/") {
				break
			}
			c.w.frames = append(c.w.frames, f)
			if !more {
				break
			}
		}
	}
	return c.Conn.Transmit(command)
}

// The way of a signature from module.Sign to the reader is short, and goes
// back and forth little.
func TestSignatureGoesAShortWay(t *testing.T) {
	for name, m := range map[string]*module.Mechanism{
		"PKCS1": {Type: ck.CKM_SHA256_RSA_PKCS},
		"PSS": {Type: ck.CKM_SHA256_RSA_PKCS_PSS,
			Param: module.PSSParams{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA256, SaltLen: 32}},
	} {
		t.Run(name, func(t *testing.T) {
			w := signOnce(t, m)
			require.NotEmpty(t, w.frames)
			left, at, returns := map[string]bool{}, "", 0
			for i, f := range slices.Backward(w.frames) {
				file := filepath.Base(filepath.Dir(f.File)) + "/" + filepath.Base(f.File)
				mark := ""
				if file != at {
					if left[file] {
						returns++
						mark = " (return)"
					}
					left[at], at = true, file
				}
				t.Logf("%2d %-28s %s%s", len(w.frames)-i, file, f.Function[strings.LastIndex(f.Function, "/")+1:], mark)
			}
			t.Logf("%d functions, %d returns", len(w.frames), returns)
			require.LessOrEqual(t, len(w.frames), maxFunctions)
			require.LessOrEqual(t, returns, maxReturns)
		})
	}
}

func signOnce(t *testing.T, m *module.Mechanism) *walk {
	set, err := simcard.NewSet(simcard.FamilyB2)
	require.NoError(t, err)
	o := simcard.ForIdentity(simcard.FamilyB2, set.Identity)
	o.PIN = "12345678"
	card, err := simcard.New(o)
	require.NoError(t, err)
	service := simreader.NewService("Reader A")
	w := &walk{Transport: service.Transport()}
	lib := module.New(module.Config{Cards: profile.Options(cardos.Options{}), Open: func() (cardos.Transport, error) { return w, nil }})
	require.NoError(t, lib.Initialize(module.InitArgs{}))
	t.Cleanup(func() { _ = lib.Finalize() })
	service.Insert("Reader A", card)
	h, err := lib.OpenSession(0, ck.CKF_SERIAL_SESSION)
	require.NoError(t, err)
	require.NoError(t, lib.Login(h, ck.CKU_USER, []byte(o.PIN)))
	class := []module.Attribute{{Type: ck.CKA_CLASS, Value: []byte{byte(ck.CKO_PRIVATE_KEY), 0, 0, 0, 0, 0, 0, 0}}}
	require.NoError(t, lib.FindObjectsInit(h, class))
	keys, err := lib.FindObjects(h, 1)
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.NoError(t, lib.SignInit(h, m, keys[0]))
	_, err = lib.Sign(h, []byte("messaggio"), 512)
	require.NoError(t, err)
	return w
}
