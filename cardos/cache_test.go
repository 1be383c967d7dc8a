// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/simreader"
)

// shelf is a store in memory, the newest first.
type shelf struct {
	names []string
	blobs map[string][]byte
	saves int
}

func newShelf() *shelf { return &shelf{blobs: map[string][]byte{}} }

func (s *shelf) Load() (list [][]byte) {
	for _, name := range s.names {
		list = append(list, bytes.Clone(s.blobs[name]))
	}
	return list
}

func (s *shelf) Save(name string, blob []byte) {
	s.saves++
	s.names = slices.DeleteFunc(s.names, func(n string) bool { return n == name })
	if len(blob) > 0 {
		s.names = slices.Insert(s.names, 0, name)
	}
	s.blobs[name] = bytes.Clone(blob)
}

// opened opens the card in the reader of a service and lists its keys.
func opened(t *testing.T, service *simreader.Service, store cardos.Store) (*cardos.Card, cardos.Key) {
	t.Helper()
	return openedWith(t, service, cardos.Options{Store: store})
}

func openedWith(t *testing.T, service *simreader.Service, o cardos.Options) (*cardos.Card, cardos.Key) {
	t.Helper()
	c, err := profile.Open(service.Transport(), readerName, o)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c, firstKey(t, c)
}

// warmBudget is what it takes to know a card again.
func warmBudget(f simcard.Family) int { return budgets[f].warm }

// A card seen before is known again by the beginning of its certificate, and
// works as after a full reading.
func TestKnownAgain(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		store := newShelf()
		service, sim := inserted(t, f, nil)
		cold, k := opened(t, service, store)
		require.Equal(t, 1, store.saves)
		cold.Close()
		sim.ClearLog()
		warm, again := opened(t, service, store)
		assert.LessOrEqual(t, len(sim.Log()), warmBudget(f), sim.LogText())
		assert.Equal(t, k, again)
		assert.Equal(t, cold.Info(), warm.Info())
		assert.Equal(t, cold.DataFiles(), warm.DataFiles())
		for _, file := range warm.DataFiles() {
			b, err := warm.ReadDataFile(file)
			if err == nil && file.Label == "EF_DatiPersonali" {
				assert.Equal(t, setFor(t, f).Identity.Holder.EF(), b[:len(setFor(t, f).Identity.Holder.EF())])
			}
		}
		signVerified(t, warm, sim)
		require.NoError(t, warm.VerifyPIN(0, goodPIN))
		left, _ := sim.Tries()
		assert.Equal(t, 3, left)
		assert.Equal(t, 1, store.saves, "nothing new to keep")
	})
}

// Every certificate is looked at, also that of the signature key.
func TestKnownAgainWithTwoKeys(t *testing.T) {
	id, other := issue(t, simcard.FamilyB1, "signature", true), issue(t, simcard.FamilyB1, "third", true)
	store := newShelf()
	sign := func(with *pki.Identity) (*simreader.Service, *simcard.Card) {
		return inserted(t, simcard.FamilyB1, func(o *simcard.Options, _ *simcard.Behaviour) {
			o.Signature = &simcard.Credential{Key: with.Key, Certificate: with.Certificate, PIN: "77777777", PUK: "88888888"}
		})
	}
	service, sim := sign(id)
	cold, _ := opened(t, service, store)
	sim.ClearLog()
	warm, _ := opened(t, service, store)
	assert.Len(t, sim.Log(), 4, sim.LogText())
	before, err := cold.Identities()
	require.NoError(t, err)
	after, err := warm.Identities()
	require.NoError(t, err)
	assert.Equal(t, before, after)

	service, _ = sign(other)
	renewed, _ := opened(t, service, store)
	after, err = renewed.Identities()
	require.NoError(t, err)
	assert.Equal(t, other.Certificate, after[1].Keys[0].Certificate.Raw)
	assert.Equal(t, 2, store.saves)
}

// A renewed certificate, with the same key or a new one, is noticed and takes
// the old one's place; no command more than for a card never seen.
func TestRenewedCertificate(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		old := setFor(t, f).Identity
		for _, key := range []string{"", "renewed"} {
			o := pki.IdentityOptions{Key: old.Key, Serial: old.Serial, Holder: old.Holder}
			if key != "" {
				var err error
				o.Key, err = pki.Key(simcard.KeyBits(f), key)
				require.NoError(t, err)
			}
			id, err := setFor(t, f).Authority.IssueIdentity(o)
			require.NoError(t, err)
			store := newShelf()
			service, _ := inserted(t, f, nil)
			opened(t, service, store)
			service, sim := inserted(t, f, func(o *simcard.Options, _ *simcard.Behaviour) {
				o.Authentication.Key, o.Authentication.Certificate = id.Key, id.Certificate
			})
			fresh, _ := opened(t, service, nil)
			cost := len(sim.Log())
			fresh.Close()
			sim.ClearLog()
			c, k := opened(t, service, store)
			assert.Equal(t, id.Certificate, k.Certificate.Raw)
			if f != simcard.FamilyH {
				assert.LessOrEqual(t, len(sim.Log()), cost, sim.LogText())
			}
			signVerified(t, c, sim)
			assert.Len(t, store.names, 1, "the number of the card is the same")
			c.Close()
			sim.ClearLog()
			opened(t, service, store)
			assert.LessOrEqual(t, len(sim.Log()), warmBudget(f))
		}
	})
}

// Another card of the same lot is never taken for the one seen before.
func TestAnotherCardOfTheLot(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		store := newShelf()
		service, _ := inserted(t, f, nil)
		opened(t, service, store)
		key, err := pki.Key(simcard.KeyBits(f), "another")
		require.NoError(t, err)
		id, err := setFor(t, f).Authority.IssueIdentity(pki.IdentityOptions{Key: key, Holder: pki.Sample(1)})
		require.NoError(t, err)
		service, sim := inserted(t, f, func(o *simcard.Options, _ *simcard.Behaviour) {
			*o = simcard.ForIdentity(f, id)
		})
		c, k := opened(t, service, store)
		assert.Equal(t, id.Certificate, k.Certificate.Raw)
		assert.Equal(t, id.Serial, c.Info().Serial)
		signVerified(t, c, sim)
		assert.Len(t, store.names, 2)
		for _, first := range []bool{true, false} { // both are known again, whichever was seen last
			c.Close()
			service.Remove(readerName)
			if first {
				service, sim = inserted(t, f, nil)
			} else {
				service, sim = inserted(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { *o = simcard.ForIdentity(f, id) })
			}
			opened(t, service, store)
			assert.LessOrEqual(t, len(sim.Log()), warmBudget(f), sim.LogText())
		}
	})
}

// A card that has lost its certificate, or that has another layout behind the
// same answer to reset, is read as if it had never been seen.
func TestNoCertificateAnyMore(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		store := newShelf()
		service, _ := inserted(t, f, nil)
		opened(t, service, store)
		service, _ = inserted(t, f, func(o *simcard.Options, _ *simcard.Behaviour) {
			o.Authentication = simcard.Credential{}
		})
		fresh, err := profile.Open(service.Transport(), readerName, cardos.Options{})
		c, errCached := profile.Open(service.Transport(), readerName, cardos.Options{Store: store})
		require.Equal(t, err, errCached)
		if err != nil {
			return
		}
		defer fresh.Close()
		defer c.Close()
		want, err := fresh.Identities()
		require.NoError(t, err)
		got, err := c.Identities()
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, fresh.Info(), c.Info())
	})
	// Layouts D and T share answers to reset.
	store := newShelf()
	atr := func(o *simcard.Options, _ *simcard.Behaviour) { o.ATR = simcard.ATR(simcard.FamilyD) }
	service, _ := inserted(t, simcard.FamilyD, atr)
	opened(t, service, store)
	id := issue(t, simcard.FamilyT, "layout", false)
	service, _ = inserted(t, simcard.FamilyT, func(o *simcard.Options, b *simcard.Behaviour) {
		*o = simcard.ForIdentity(simcard.FamilyT, id)
		atr(o, b)
	})
	c, k := opened(t, service, store)
	assert.Equal(t, "T", c.Info().Family)
	assert.Equal(t, id.Certificate, k.Certificate.Raw)
}

// The number of the card does not show in what its record is called; the
// record holds it, the certificate, and neither the holder's file nor a PIN.
func TestWhatIsKept(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		store := newShelf()
		service, sim := inserted(t, f, nil)
		c, _ := opened(t, service, store)
		for _, file := range c.DataFiles() {
			_, _ = c.ReadDataFile(file)
		}
		signVerified(t, c, sim)
		require.Len(t, store.names, 1)
		name, blob := store.names[0], store.blobs[store.names[0]]
		raw, err := hex.DecodeString(name)
		require.NoError(t, err)
		assert.Len(t, raw, sha256.Size)
		id := setFor(t, f).Identity
		assert.NotContains(t, name, id.Serial)
		assert.Contains(t, string(blob), string(id.Certificate))
		rest := bytes.ReplaceAll(blob, id.Certificate, nil)
		for _, secret := range []string{string(goodPIN), string(goodPUK), id.Holder.CodiceFiscale, id.Holder.Surname} {
			require.NotEmpty(t, secret)
			assert.NotContains(t, string(rest), secret)
		}
		assert.NotContains(t, string(blob), string(id.Holder.EF()))
	})
}

// Nothing that a store gives back can do harm: cut short, changed, of another
// version or not a record at all, it is ignored, and written anew.
func TestPoisonedStore(t *testing.T) {
	service, sim := inserted(t, simcard.FamilyB2, nil)
	good := newShelf()
	opened(t, service, good)
	name := good.names[0]
	blob := good.blobs[name]
	resum := func(b []byte) []byte { // as somebody would who knows the format
		sum := sha256.Sum256(b[:len(b)-sha256.Size])
		return append(b[:len(b)-sha256.Size], sum[:]...)
	}
	bad := map[string][]byte{"nothing": {}, "text": []byte("hello"), "zeros": make([]byte, 4096),
		"huge": bytes.Repeat([]byte{0x41}, 1<<20), "version": append([]byte("tscns-card\x02"), blob[11:]...)}
	for _, at := range []int{12, 60, 100, 500, len(blob) - 10} {
		bad["cut"+string(rune('a'+at%26))] = blob[:at]
		b := bytes.Clone(blob)
		b[at] ^= 0x20
		bad["bit"+string(rune('a'+at%26))] = b
	}
	for _, at := range []int{11, 40, 65, 85, 100} {
		b := bytes.Clone(blob)
		b[at] = 0xFF
		bad["resummed"+string(rune('a'+at%26))] = resum(b)
	}
	for what, b := range bad {
		t.Run(what, func(t *testing.T) {
			store := newShelf()
			store.Save(name, b)
			if len(b) == 0 {
				store.names = []string{name}
			}
			c, k := opened(t, service, store)
			assert.Equal(t, setFor(t, simcard.FamilyB2).Identity.Certificate, k.Certificate.Raw)
			signVerified(t, c, sim)
			assert.Equal(t, blob, store.blobs[name], "written anew")
		})
	}
}

// A record with another public key behind the right beginning, as only the
// user's own programs could plant it: no wrong signature comes out, and the
// next insertion reads the card again.
func TestPlantedKey(t *testing.T) {
	service, sim := inserted(t, simcard.FamilyB2, nil)
	store := newShelf()
	c, k := opened(t, service, store)
	name := store.names[0]
	blob := bytes.Clone(store.blobs[name])
	c.Close()
	at := bytes.Index(blob, setFor(t, simcard.FamilyB2).Identity.Key.N.Bytes())
	require.Positive(t, at)
	blob[at+100] ^= 1
	sum := sha256.Sum256(blob[:len(blob)-sha256.Size])
	store.Save(name, append(blob[:len(blob)-sha256.Size], sum[:]...))

	c, planted := opened(t, service, store)
	require.NotEqual(t, k.Certificate.Raw, planted.Certificate.Raw)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	block := make([]byte, 256)
	block[255] = 2
	_, err := c.RawRSA(&planted, block)
	assert.ErrorIs(t, err, cardos.ErrCardFailure)
	c.Close()
	c, again := opened(t, service, store)
	assert.Equal(t, k.Certificate.Raw, again.Certificate.Raw)
	signVerified(t, c, sim)
}

// A record with a certificate that was altered behind its beginning, and has the
// card's own key: no check of a signature finds it. A program that goes on
// signing does, before its fifth signature; the login ends, and the next
// opening reads the card.
func TestAlteredRecord(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		if f == simcard.FamilyH {
			return // its certificate lies in another application than the key (cardos/layout/apps)
		}
		service, _ := inserted(t, f, nil)
		store, options := newShelf(), cardos.Options{PINRecords: records{}}
		options.Store = store
		c, k := openedWith(t, service, options)
		require.NoError(t, c.VerifyPIN(0, goodPIN)) // the form that is right is known from here on
		c.Close()
		name, right := store.names[0], k.Certificate.Raw
		blob := store.blobs[name]

		c, k = openedWith(t, service, options)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		for range 8 {
			signOnce(t, c, k, "intatto")
		}
		c.Close()
		require.Equal(t, blob, store.blobs[name], "what is right stays")

		blob = bytes.Clone(blob)
		at := bytes.Index(blob, right)
		require.Positive(t, at)
		blob[at+len(right)-1] ^= 1 // in the signature of the issuer
		sum := sha256.Sum256(blob[:len(blob)-sha256.Size])
		store.Save(name, append(blob[:len(blob)-sha256.Size], sum[:]...))
		c, k = openedWith(t, service, options)
		require.NotEqual(t, right, k.Certificate.Raw, "believed for listing")
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		for range 4 {
			signOnce(t, c, k, "cambiato")
		}
		require.ErrorIs(t, trySigning(c, k, "cambiato"), cardos.ErrCardRemoved)
		c.Close()
		c, k = openedWith(t, service, options)
		require.Equal(t, right, k.Certificate.Raw)
		require.ErrorIs(t, trySigning(c, k, "dopo"), cardos.ErrPINRequired)
	})
}

// A foreign card costs what it cost, whatever the store holds.
func TestForeignCardAndStore(t *testing.T) {
	store := newShelf()
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		service, _ := inserted(t, f, nil)
		opened(t, service, store)
	})
	sim, err := simcard.New(simcard.Options{Family: simcard.FamilyForeign})
	require.NoError(t, err)
	service := simreader.NewService(readerName)
	service.Insert(readerName, sim)
	_, err = profile.Open(service.Transport(), readerName, cardos.Options{Store: store})
	assert.ErrorIs(t, err, cardos.ErrNotRecognized)
	assert.LessOrEqual(t, len(sim.Log()), 2, sim.LogText())
}
