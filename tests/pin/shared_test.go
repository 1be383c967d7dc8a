// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard/pcscd"
	"tscns/tests/internal/hostproc"
)

// other is another program at the same card, one that knows no PIN.
type other struct {
	*hostproc.Other
	t *testing.T
}

func (d *fixture) other() *other {
	d.t.Helper()
	o, err := hostproc.Build(d.t).Other(pcscd.ReaderName(0, 0), d.env...)
	require.NoError(d.t, err)
	d.t.Cleanup(o.Stop)
	answer, err := o.Do("connect")
	require.NoError(d.t, err)
	require.Equal(d.t, hostproc.Success, answer)
	return &other{o, d.t}
}

// sign asks the card for a signature and returns its status word.
func (o *other) sign() string {
	o.t.Helper()
	answer, err := o.Do("sign")
	require.NoError(o.t, err)
	return answer
}

const (
	signs    = "00009000"
	refused  = "00006982" // security status not satisfied
	onlyOnce = 1
)

// ends are the ways in which a login is over.
var ends = []struct {
	name string
	end  func(h *host)
}{
	{"C_Logout", func(h *host) { h.must(h.logout()) }},
	{"C_CloseSession of the last session", func(h *host) { h.must(h.d.Call("C_CloseSession", h.session)) }},
	{"C_CloseAllSessions", func(h *host) { h.must(h.d.Call("C_CloseAllSessions", h.slot)) }},
	{"C_Finalize", func(h *host) { h.must(h.finalize()) }},
}

// While somebody is logged in, every program of this computer can use the key:
// the PIN state is the card's. Afterwards none can, and the card was reset once.
func TestNobodySignsAfterTheEndOfALogin(t *testing.T) {
	for _, e := range ends {
		t.Run(e.name, func(t *testing.T) {
			d := newFixture(t, "12345678")
			o := d.other()
			require.Equal(t, refused, o.sign(), "before the login")
			d.card.Stats()
			h := d.host()
			require.Equal(t, refused, o.sign())
			h.must(h.login("12345678"))
			require.Equal(t, signs, o.sign(), "the card's PIN state is shared: this is what the test can see")
			h.must(h.sign())
			require.Zero(t, d.card.Stats().Resets, "nobody resets the card but for the end of a login")
			e.end(h)
			d.until("the card refuses", func() bool { return o.sign() == refused })
			require.Equal(t, onlyOnce, d.card.Stats().Resets)
			require.Equal(t, 1, d.card.sent())
		})
	}
}

// until waits for what the service does in its own time after a program ended.
func (d *fixture) until(what string, met func() bool) {
	d.t.Helper()
	require.Eventually(d.t, met, 20*time.Second, 10*time.Millisecond, what)
}

// Who did not log in resets nothing when it ends.
func TestNoResetWithoutALogin(t *testing.T) {
	d := newFixture(t, "12345678")
	a, b := d.host(), d.host()
	a.must(a.login("12345678"))
	d.card.Stats()
	b.must(b.d.Call("C_CloseAllSessions", b.slot))
	b.must(b.finalize())
	require.Zero(t, d.card.Stats().Resets)
	a.must(a.sign())
}

// A program that ends without C_Finalize leaves the card as it is: killed, it
// cannot do otherwise, and the others must not. The workers of a server end like
// that, and a reset by one of them would cost the others their login. With
// nobody else there pcscd takes the card's power away some seconds later;
// otherwise the card stays open until the last program has left it.
func TestEndWithoutFinalize(t *testing.T) {
	for name, end := range map[string]func(h *host){
		"SIGKILL": func(h *host) { h.Kill(syscall.SIGKILL) },
		"exit":    func(h *host) { require.NoError(h.t, h.Stop()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newFixture(t, "12345678")
			h := d.host()
			h.must(h.login("12345678"))
			before := d.card.powerOffs()
			end(h)
			start := time.Now()
			d.until("the card loses its power", func() bool { return d.card.powerOffs() > before })
			t.Logf("power taken away after %v", time.Since(start).Round(100*time.Millisecond))
			require.Equal(t, refused, d.other().sign())
		})
		t.Run(name+" beside another program", func(t *testing.T) {
			t.Parallel()
			d := newFixture(t, "12345678")
			worker, h := d.host(), d.host()
			for _, each := range []*host{worker, h} {
				each.must(each.login("12345678"))
			}
			o := d.other()
			d.card.Stats()
			end(h)
			t.Logf("the other program is answered %s", o.sign())
			worker.must(worker.sign())
			require.Zero(t, d.card.Stats().Resets)
			before := d.card.powerOffs()
			end(worker)
			o.Stop()
			d.until("the card loses its power", func() bool { return d.card.powerOffs() > before })
			require.Equal(t, refused, d.other().sign())
		})
	}
}

// Another program's reset ends the login: the host is told so, and no PIN is
// sent by ourselves, now or later.
func TestAnotherProgramsResetEndsTheLogin(t *testing.T) {
	d := newFixture(t, "12345678")
	o := d.other()
	h := d.host()
	h.must(h.login("12345678"))
	h.must(h.sign())
	for range 3 {
		_, err := o.Do("reset")
		require.NoError(t, err)
		require.Equal(t, ck.CKR_USER_NOT_LOGGED_IN, h.sign())
		require.Equal(t, ck.CKR_USER_NOT_LOGGED_IN, h.sign())
		_ = h.flags()
	}
	require.Equal(t, 1, d.card.sent(), "not one VERIFY but the person's")
	require.Equal(t, refused, o.sign())
	h.must(h.login("12345678"))
	h.must(h.sign())
	require.Equal(t, 2, d.card.sent())
}

// A refused PIN is sent once for each time that the host gives it, and by
// nothing else that the host does.
func TestARefusedPINIsNotRepeated(t *testing.T) {
	d := newFixture(t, "12345678")
	h := d.host()
	require.Equal(t, ck.CKR_PIN_INCORRECT, h.login("99999999"))
	require.Equal(t, ck.CKR_USER_NOT_LOGGED_IN, h.sign())
	_ = h.flags()
	h.must(h.d.Call("C_CloseSession", h.session))
	h.open()
	_ = h.flags()
	require.Equal(t, ck.CKR_USER_NOT_LOGGED_IN, h.sign())
	require.Equal(t, 1, d.card.sent())
	require.Equal(t, ck.CKR_PIN_INCORRECT, h.login("99999999"), "the same again is the host's own act")
	require.Equal(t, 2, d.card.sent())
	h.must(h.login("12345678"))
	require.Equal(t, 3, d.card.sent())
}
