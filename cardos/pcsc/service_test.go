// SPDX-License-Identifier: Apache-2.0

package pcsc_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/pcsc"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/pki"
	"tscns/simcard/vpcd"
)

// The PC/SC library looks its socket up once in a process, so all tests share
// one service.
var (
	service *pcscd.Service
	missing error
	set     *pki.Set
)

const timeouts = 20 * time.Second

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pcsc")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	service, missing = pcscd.Start(dir, 1)
	if missing != nil && !errors.Is(missing, pcscd.ErrMissing) {
		fmt.Fprintln(os.Stderr, missing)
		return 1
	}
	if missing == nil {
		defer func() { _ = service.Stop() }()
		for _, setting := range service.Env() {
			name, value, _ := strings.Cut(setting, "=")
			if err := os.Setenv(name, value); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	}
	if set, err = simcard.NewSet(simcard.FamilyB2); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// rig is a reader with a transport that looks at it.
func rig(t *testing.T) (*vpcd.Reader, string, *pcsc.Transport) {
	t.Helper()
	if missing != nil {
		t.Skip("skipped: ", missing)
	}
	reader := vpcd.New(service.Slot(0, 0))
	t.Cleanup(reader.Close)
	transport := pcsc.New()
	t.Cleanup(func() { _ = transport.Close() })
	name := pcscd.ReaderName(0, 0)
	require.NoError(t, service.WaitCard(name, false, timeouts))
	return reader, name, transport
}

func insert(t *testing.T, reader *vpcd.Reader, name string) *simcard.Card {
	t.Helper()
	card, err := simcard.New(simcard.ForIdentity(simcard.FamilyB2, set.Identity))
	require.NoError(t, err)
	reader.Insert(card)
	require.NoError(t, service.WaitCard(name, true, timeouts))
	return card
}

func stateOf(readers []cardos.ReaderState, name string) cardos.ReaderState {
	for _, r := range readers {
		if r.Name == name {
			return r
		}
	}
	return cardos.ReaderState{}
}

func sign(t *testing.T, c *cardos.Card, k cardos.Key) {
	t.Helper()
	hash := sha256.Sum256([]byte("prova"))
	padded := make([]byte, 256)
	padded[1] = 1
	info := append([]byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, hash[:]...)
	for i := 2; i < 256-len(info)-1; i++ {
		padded[i] = 0xFF
	}
	copy(padded[256-len(info):], info)
	signature, err := c.RawRSA(&k, padded)
	require.NoError(t, err)
	require.NoError(t, rsa.VerifyPKCS1v15(&set.Identity.Key.PublicKey, crypto.SHA256, hash[:], signature))
}

func TestCardOverPCSC(t *testing.T) {
	reader, name, transport := rig(t)
	readers, err := transport.Readers()
	require.NoError(t, err)
	assert.False(t, stateOf(readers, name).Present)
	_, err = transport.Connect(name)
	assert.ErrorIs(t, err, cardos.ErrNoCard)
	_, err = transport.Connect("no such reader")
	assert.ErrorIs(t, err, cardos.ErrNoReader)

	card := insert(t, reader, name)
	now, err := transport.Wait(readers, timeouts)
	require.NoError(t, err)
	state := stateOf(now, name)
	assert.True(t, state.Present)
	assert.Equal(t, card.ATR(), state.ATR)
	assert.NotEqual(t, stateOf(readers, name).Events, state.Events)

	c, err := profile.Open(transport, name, cardos.Options{})
	require.NoError(t, err)
	defer c.Close()
	identities, err := c.Identities()
	require.NoError(t, err)
	k := identities[0].Keys[0]
	assert.Equal(t, set.Identity.Certificate, k.Certificate.Raw)
	assert.ErrorIs(t, c.VerifyPIN(0, cardos.Secret("00000")), cardos.ErrPINIncorrect)
	require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345678")))
	sign(t, c, k)

	// Another program resets the card: the PIN state is gone, the card works on.
	other, err := pcsc.New().Connect(name)
	require.NoError(t, err)
	require.NoError(t, other.Reset())
	require.NoError(t, other.Close())
	_, err = c.RawRSA(&k, make([]byte, 256))
	assert.ErrorIs(t, err, cardos.ErrPINRequired)
	require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345678")))
	sign(t, c, k)
	require.NoError(t, c.Forget())
	require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345678")))
	sign(t, c, k)

	before, err := transport.Readers()
	require.NoError(t, err)
	reader.Remove()
	require.NoError(t, service.WaitCard(name, false, timeouts))
	now, err = transport.Wait(before, timeouts)
	require.NoError(t, err)
	assert.False(t, stateOf(now, name).Present)
	err = c.VerifyPIN(0, cardos.Secret("12345678"))
	assert.ErrorIs(t, err, cardos.ErrCardRemoved)
	pin, _ := card.Tries()
	assert.Equal(t, 3, pin)
}

// Close makes a Wait return long before its time.
func TestCloseEndsWait(t *testing.T) {
	_, _, transport := rig(t)
	known, err := transport.Readers()
	require.NoError(t, err)
	done := make(chan error, 1)
	began := time.Now()
	go func() {
		_, err := transport.Wait(known, time.Hour)
		done <- err
	}()
	_, err = transport.Readers()
	require.NoError(t, err, "a Wait does not hold up the rest")
	require.NoError(t, transport.Close())
	select {
	case err := <-done:
		assert.ErrorIs(t, err, cardos.ErrClosed)
	case <-time.After(timeouts):
		t.Fatal("Wait did not return")
	}
	t.Logf("Wait returned after %v", time.Since(began))
}

func TestWaitIsFinite(t *testing.T) {
	_, _, transport := rig(t)
	known, err := transport.Readers()
	require.NoError(t, err)
	now, err := transport.Wait(known, 50*time.Millisecond)
	require.NoError(t, err)
	assert.Equal(t, known, now)
}

// The service dies and comes back: the same transport goes on working.
func TestServiceRestart(t *testing.T) {
	reader, name, transport := rig(t)
	insert(t, reader, name)
	c, err := profile.Open(transport, name, cardos.Options{})
	require.NoError(t, err)
	defer c.Close()
	known, err := transport.Readers()
	require.NoError(t, err)

	require.NoError(t, service.Kill())
	_, err = transport.Readers()
	assert.ErrorIs(t, err, cardos.ErrNoService)
	_, err = transport.Wait(known, time.Hour)
	assert.ErrorIs(t, err, cardos.ErrNoService)
	_, err = transport.Connect(name)
	assert.ErrorIs(t, err, cardos.ErrNoService)
	assert.ErrorIs(t, c.VerifyPIN(0, cardos.Secret("12345678")), cardos.ErrNoService)

	require.NoError(t, service.Restart())
	require.NoError(t, service.WaitCard(name, true, timeouts))
	readers, err := transport.Readers()
	require.NoError(t, err)
	assert.True(t, stateOf(readers, name).Present)
	_, err = transport.Wait(nil, timeouts)
	require.NoError(t, err)
	assert.ErrorIs(t, c.VerifyPIN(0, cardos.Secret("12345678")), cardos.ErrNoService, "a Card dies with its service")
	again, err := profile.Open(transport, name, cardos.Options{})
	require.NoError(t, err)
	defer again.Close()
	require.NoError(t, again.VerifyPIN(0, cardos.Secret("12345678")))
}
