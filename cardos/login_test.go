// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// userDir is the runtime directory of a user.
func userDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o700))
	return dir
}

// loggedIn opens the card as a program of its own does, and logs in.
func loggedIn(t *testing.T, service *simreader.Service, dir string) (*cardos.Card, cardos.Key) {
	t.Helper()
	c, err := profile.Open(service.Transport(), readerName, cardos.Options{Logins: localfiles.NewLogins(dir)})
	require.NoError(t, err)
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	return c, k
}

// sharesLogins skips a test where each program is alone.
func sharesLogins(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("logins are shared on Linux alone")
	}
}

// The login of a card ends with the last program that entered the PIN, in
// whatever way each of them leaves; who enters it afterwards is last again.
func TestLastOneResets(t *testing.T) {
	sharesLogins(t)
	service, _ := inserted(t, simcard.FamilyB2, nil)
	dir := userDir(t)
	ends := map[string]func(*cardos.Card) error{"Forget": (*cardos.Card).Forget, "Close": (*cardos.Card).Close}
	for _, end := range ends {
		first, key := loggedIn(t, service, dir)
		second, _ := loggedIn(t, service, dir)
		third, _ := loggedIn(t, service, dir)
		service.Stats()
		require.NoError(t, end(second))
		assert.ErrorIs(t, third.VerifyPIN(0, cardos.Secret("00000000")), cardos.ErrPINIncorrect)
		require.NoError(t, third.VerifyPIN(0, goodPIN))
		require.NoError(t, third.Close())
		assert.Zero(t, service.Stats().Resets)
		signOnce(t, first, key, "ancora")
		require.NoError(t, end(first))
		reader, err := profile.Open(service.Transport(), readerName, cardos.Options{})
		require.NoError(t, err)
		_, err = reader.SignPKCS1v15(ptr(firstKey(t, reader)), make([]byte, 20))
		assert.ErrorIs(t, err, cardos.ErrPINRequired)
		require.NoError(t, reader.Close())
	}
}

// A login after another program's reset, which it meets at its first command,
// takes part as any other.
func TestLoginThatMeetsAReset(t *testing.T) {
	sharesLogins(t)
	service, _ := inserted(t, simcard.FamilyB2, nil)
	dir := userDir(t)
	c, key := loggedIn(t, service, dir)
	other, _ := loggedIn(t, service, dir)
	for range 2 { // the login of c is lost first, then there is none to lose
		service.ResetByOther(readerName)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		require.NoError(t, other.VerifyPIN(0, goodPIN))
		require.NoError(t, other.Forget())
		signOnce(t, c, key, "dati")
		require.NoError(t, c.Forget())
	}
}

func ptr[T any](v T) *T { return &v }

// A card that was left open to a program that then loses its login is reset by
// that, though its own PIN is in force no more.
func TestLeftOpenToOneThatLosesItsLogin(t *testing.T) {
	sharesLogins(t)
	service, _ := inserted(t, simcard.FamilyB2, nil)
	dir := userDir(t)
	idle, key := loggedIn(t, service, dir)
	service.ResetByOther(readerName)
	other, _ := loggedIn(t, service, dir)
	require.NoError(t, other.Close())
	_, err := idle.SignPKCS1v15(&key, make([]byte, 20))
	require.ErrorIs(t, err, cardos.ErrPINRequired, "it does not sign on a login that it lost")
	reader, err := profile.Open(service.Transport(), readerName, cardos.Options{})
	require.NoError(t, err)
	_, err = reader.SignPKCS1v15(ptr(firstKey(t, reader)), make([]byte, 20))
	require.ErrorIs(t, err, cardos.ErrPINRequired)
}

// Forty programs log in, sign and leave, three times each and all at once: none
// of the operations fails.
func TestProgramsLogInAndLeave(t *testing.T) {
	sharesLogins(t)
	service, sim := inserted(t, simcard.FamilyB2, nil)
	dir := userDir(t)
	failures := make(chan error, 40)
	var all sync.WaitGroup
	for range 40 {
		all.Add(1)
		go func() {
			defer all.Done()
			failures <- logInAndLeave(service, dir)
		}()
	}
	all.Wait()
	close(failures)
	for err := range failures {
		assert.NoError(t, err)
	}
	assert.Zero(t, sim.Stats().TriesSpent)
}

func logInAndLeave(service *simreader.Service, dir string) error {
	c, err := profile.Open(service.Transport(), readerName, cardos.Options{Logins: localfiles.NewLogins(dir)})
	if err != nil {
		return err
	}
	identities, err := c.Identities()
	for i := 0; i < 3 && err == nil; i++ {
		if err = c.VerifyPIN(0, goodPIN); err != nil {
			break
		}
		if _, err = c.SignPKCS1v15(&identities[0].Keys[0], make([]byte, 20)); err == nil {
			err = c.Forget()
		}
	}
	return errors.Join(err, c.Close())
}

// An accepted PIN is kept only where the card has another that it may be compared
// with: some generations have a signature key on some of their cards.
func TestPINOfOneIdentityIsNotKept(t *testing.T) {
	service, card := inserted(t, simcard.FamilyB1, nil)
	c, _ := loggedIn(t, service, userDir(t))
	defer c.Close()
	require.Zero(t, cardos.AcceptedPINs(c))
	require.Zero(t, card.Stats().TriesSpent)

	service, _ = inserted(t, simcard.FamilyB1, func(o *simcard.Options, _ *simcard.Behaviour) {
		id := issue(t, simcard.FamilyB1, "signature", true)
		o.Signature = &simcard.Credential{Key: id.Key, Certificate: id.Certificate, PIN: "11223344", PUK: "44332211"}
	})
	two, _ := loggedIn(t, service, userDir(t))
	require.Equal(t, 1, cardos.AcceptedPINs(two))
	require.NoError(t, two.Close())
	require.Zero(t, cardos.AcceptedPINs(two))
}
