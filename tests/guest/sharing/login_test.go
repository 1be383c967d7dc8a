// SPDX-License-Identifier: Apache-2.0

package sharing

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
)

// runtimeDir is the session of a user: the setting of a runtime directory that its
// programs share.
func (x *fixture) runtimeDir() string {
	x.Helper()
	dir := x.TempDir()
	require.NoError(x, os.Chmod(dir, 0o700))
	return "XDG_RUNTIME_DIR=" + dir
}

// Status words of a signature by a program that knows no PIN.
const (
	cardSigns   = "00009000"
	cardRefuses = "00006982"
)

// A program is logged in; others of the user log in, sign, and end in whatever
// way. It goes on signing, and nobody was asked for a PIN twice. After the last
// one has gone the card refuses.
func TestLoginOfOthersIsNotEnded(t *testing.T) {
	x := newFixture(t)
	env := x.runtimeDir()
	signature := func() string {
		stranger := x.other()
		defer stranger.Stop()
		_, err := stranger.Do("connect")
		require.NoError(t, err)
		answer, err := stranger.Do("sign")
		require.NoError(t, err)
		return answer
	}
	browser := x.sits(true, env)
	resets := x.census.resets.Load()
	for i, end := range []func(*user){
		func(u *user) { require.Equal(t, ck.CKR_OK, u.d.Call("C_Logout", u.session)) },
		func(u *user) { require.Equal(t, ck.CKR_OK, u.d.Call("C_CloseSession", u.session)) },
		func(u *user) { require.Equal(t, ck.CKR_OK, hostproc.Finalize(u.d)) },
		func(u *user) { u.d.Driver.(*hostproc.Line).Host().Kill(syscall.SIGKILL) },
	} {
		u := x.sits(true, env)
		browser.signs()
		end(u)
		browser.signs()
		require.EqualValues(t, 2+i, x.census.verified.Load(), "each program's own login")
	}
	require.Equal(t, resets, x.census.resets.Load())
	require.Equal(t, cardSigns, signature(), "the PIN state is the card's")
	require.Equal(t, ck.CKR_OK, browser.d.Call("C_Logout", browser.session))
	require.Equal(t, cardRefuses, signature(), "the last one has gone")

	// A killed program takes no part any more, wherever it was.
	killed, last := x.sits(true, env), x.sits(true, env)
	killed.d.Driver.(*hostproc.Line).Host().Kill(syscall.SIGKILL)
	require.Equal(t, ck.CKR_OK, hostproc.Finalize(last.d))
	require.Equal(t, cardRefuses, signature())
	require.Equal(t, 3, x.PINTries())
}

// Forty programs log in, sign and log out at once, three times each: not one
// operation fails.
func TestFortyProgramsLogInAndOut(t *testing.T) {
	x := newFixture(t)
	env := x.runtimeDir()
	const programs, rounds = 40, 3
	failures := make(chan error, programs)
	var all sync.WaitGroup
	for range programs {
		d := x.start(env).Line()
		all.Add(1)
		go func() {
			defer all.Done()
			failures <- x.rounds(d, rounds)
		}()
	}
	all.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	t.Log(x.census)
	require.EqualValues(t, programs*rounds, x.census.signed.Load())
	require.EqualValues(t, programs*rounds, x.census.verified.Load())
	require.Equal(t, 3, x.PINTries())
}

// rounds is a life of a program that logs in, signs and logs out.
func (x *fixture) rounds(d conformance.Driver, rounds int) error {
	if rv := hostproc.Initialize(d); rv != ck.CKR_OK {
		return fmt.Errorf("C_Initialize: %w", rv)
	}
	h, rv := hostproc.Open(d, 0)
	if rv != ck.CKR_OK {
		return fmt.Errorf("C_OpenSession: %w", rv)
	}
	for range rounds {
		if rv := hostproc.Login(d, h, x.PIN); rv != ck.CKR_OK {
			return fmt.Errorf("C_Login: %w", rv)
		}
		signature, rv := hostproc.Sign(d, h, []byte("dati"))
		if rv != ck.CKR_OK {
			return fmt.Errorf("C_Sign: %w", rv)
		}
		if err := hostproc.Verify(x.PublicKey(), []byte("dati"), signature); err != nil {
			return err
		}
		if rv := d.Call("C_Logout", h); rv != ck.CKR_OK {
			return fmt.Errorf("C_Logout: %w", rv)
		}
	}
	if rv := hostproc.Finalize(d); rv != ck.CKR_OK {
		return fmt.Errorf("C_Finalize: %w", rv)
	}
	return nil
}
