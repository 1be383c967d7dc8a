// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tscns/module/ck"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// host is a program in C with the library loaded, initialised, and a session.
type host struct {
	*hostproc.Host
	t       *testing.T
	d       *hostproc.Line
	slot    ck.SlotID
	session ck.SessionHandle
	dir     string // where it leaves a core
}

// host starts one. kept is something that lies in its memory by itself.
func (d *desk) host(kept ...string) *host {
	d.t.Helper()
	h := &host{t: d.t, dir: d.t.TempDir()}
	env := append(slices.Clone(d.env), "XDG_RUNTIME_DIR=")
	for _, text := range kept {
		env = append(env, "KEPT="+text)
	}
	var err error
	h.Host, err = hostproc.Client(d.t).Start(hostproc.Options{Library: d.module, Threads: 2, Env: env, Dir: h.dir, Limit: kit.Patience})
	require.NoError(d.t, err)
	d.t.Cleanup(func() { _ = h.Stop() })
	unlimited := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	require.NoError(d.t, unix.Prlimit(h.PID(), unix.RLIMIT_CORE, &unlimited, nil))
	h.d = h.Line()
	h.must(h.d.Call("C_Initialize", nil))
	h.open()
	return h
}

// must wants a call to succeed.
func (h *host) must(rv ck.RV) {
	h.t.Helper()
	require.Equal(h.t, ck.CKR_OK, rv)
}

func (h *host) open() {
	h.t.Helper()
	slots, rv := hostproc.Slots(h.d, true)
	h.must(rv)
	require.NotEmpty(h.t, slots)
	h.slot = slots[0]
	h.session, rv = hostproc.Open(h.d, h.slot)
	h.must(rv)
}

// keypad stands for a PIN that a person types at the reader: a NULL pointer.
const keypad = ""

// secret is a PIN as two arguments of a call.
func secret(pin string) (bytes []byte, length int) {
	if pin != keypad {
		bytes = []byte(pin)
	}
	return bytes, len(pin)
}

func (h *host) loginAs(who ck.UserType, pin string) ck.RV {
	bytes, n := secret(pin)
	return h.d.Call("C_Login", h.session, who, bytes, n)
}

func (h *host) login(pin string) ck.RV { return h.loginAs(ck.CKU_USER, pin) }

func (h *host) setPIN(old, new string) ck.RV {
	a, n := secret(old)
	b, m := secret(new)
	return h.d.Call("C_SetPIN", h.session, a, n, b, m)
}

func (h *host) initPIN(pin string) ck.RV {
	bytes, n := secret(pin)
	return h.d.Call("C_InitPIN", h.session, bytes, n)
}

func (h *host) logout() ck.RV   { return h.d.Call("C_Logout", h.session) }
func (h *host) finalize() ck.RV { return hostproc.Finalize(h.d) }

// sign signs with the card's key, which only its user sees.
func (h *host) sign() ck.RV {
	signature, rv := hostproc.Sign(h.d, h.session, []byte("dati"))
	if rv == ck.CKR_OK && signature == nil {
		return ck.CKR_USER_NOT_LOGGED_IN
	}
	return rv
}

// flags are those of the token.
func (h *host) flags() ck.Flags {
	h.t.Helper()
	var info conformance.TokenInfo
	h.must(h.d.Call("C_GetTokenInfo", h.slot, &info))
	return ck.Flags(info.Flags)
}
