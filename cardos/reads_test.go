// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/simreader"
)

// extendedRead says whether a command is a READ BINARY in extended form.
func extendedRead(command []byte) bool { return len(command) == 7 && command[1] == 0xB0 }

// announcing is an answer to reset with "CNS" and, in the card capabilities,
// extended Lc and Le.
var announcing, _ = hex.DecodeString("3BDB18FF81B1FE451FC38073C8214065434E53107369")

// openAs opens the card and lists it.
func openAs(t *testing.T, transport cardos.Transport, o cardos.Options) (*cardos.Card, cardos.Key) {
	t.Helper()
	c, err := profile.Open(transport, readerName, o)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c, firstKey(t, c)
}

func TestReadsNamed(t *testing.T) {
	for name, want := range map[string]cardos.Reads{"": cardos.ReadsAnnounced, "announced": cardos.ReadsAnnounced,
		"short": cardos.ReadsShort, "extended": cardos.ReadsExtended, "long": cardos.ReadsAnnounced} {
		assert.Equal(t, want, cardos.ReadsNamed(name), name)
	}
}

// A whole web login where the card reads more than 256 bytes at once.
func TestST2021InTenCommands(t *testing.T) {
	set := setFor(t, simcard.FamilyB2)
	id, err := set.Authority.IssueIdentity(pki.IdentityOptions{Key: set.Identity.Key, Size: 1825})
	require.NoError(t, err)
	service, sim := inserted(t, simcard.FamilyB2, func(o *simcard.Options, _ *simcard.Behaviour) {
		*o = simcard.ForIdentity(simcard.FamilyB2, id)
	})
	sim.Stats()
	c, k := openAs(t, service.Transport(), cardos.Options{Reads: cardos.ReadsExtended})
	require.Equal(t, id.Certificate, k.Certificate.Raw)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	signOnce(t, c, k, "accesso")
	s := sim.Stats()
	assert.LessOrEqual(t, s.Commands, 10, sim.LogText())
	t.Logf("certificate of %d bytes: %d commands, %d bytes", len(k.Certificate.Raw), s.Commands, s.Received+s.Sent)
}

// Which reads are extended, by what the card and the person say.
func TestWhoGetsExtendedReads(t *testing.T) {
	for name, c := range map[string]struct {
		reads     cardos.Reads
		announces bool
		want      bool
	}{
		"nobody asked":             {cardos.ReadsAnnounced, false, false},
		"announced":                {cardos.ReadsAnnounced, true, true},
		"announced, switched off":  {cardos.ReadsShort, true, false},
		"asked for":                {cardos.ReadsExtended, false, true},
		"asked for and announced":  {cardos.ReadsExtended, true, true},
		"switched off, as without": {cardos.ReadsShort, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			service, sim := inserted(t, simcard.FamilyF, func(o *simcard.Options, _ *simcard.Behaviour) {
				if c.announces {
					o.ATR = announcing
				}
			})
			_, k := openAs(t, service.Transport(), cardos.Options{Reads: c.reads})
			assert.Equal(t, setFor(t, simcard.FamilyF).Identity.Certificate, k.Certificate.Raw)
			longest := 0
			for _, e := range sim.Log() {
				if e.Header[1] == 0xB0 {
					longest = max(longest, e.Le)
				}
			}
			assert.Equal(t, c.want, longest > 256, sim.LogText())
		})
	}
}

// However a card or a reader refuses an extended read, the certificate comes in
// short ones, no second extended one is sent, and nothing else is lost.
func TestRefusedExtendedReads(t *testing.T) {
	for name, fault := range map[string]simreader.Fault{
		"6700": simreader.Status(0x6700), "6883": simreader.Status(0x6883), "6D00": simreader.Status(0x6D00),
		"6E00": simreader.Status(0x6E00), "6A86": simreader.Status(0x6A86), "6C00": simreader.Status(0x6C00),
		"6C10": simreader.Status(0x6C10), "6F00": simreader.Status(0x6F00), "6F01": simreader.Status(0x6F01),
		"not carried": {Skip: true, Err: cardos.ErrCardMute}, "no such feature": {Skip: true, Err: cardos.ErrCardFailure},
		"small buffer": {Skip: true, Err: cardos.ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			eachFamily(t, func(t *testing.T, f simcard.Family) {
				service, _ := inserted(t, f, nil)
				sent := 0
				service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
					if !extendedRead(command) {
						return simreader.Fault{}
					}
					sent++
					return fault
				})
				c, k := openAs(t, service.Transport(), cardos.Options{Reads: cardos.ReadsExtended})
				assert.Equal(t, setFor(t, f).Identity.Certificate, k.Certificate.Raw)
				// Family H is read while it is recognised, by short commands.
				assert.Equal(t, f != simcard.FamilyH, sent > 0)
				assert.LessOrEqual(t, sent, 2, "one, and its repetition after a failure of the card's own")
				for _, file := range c.DataFiles() {
					_, err := c.ReadDataFile(file)
					assert.NoError(t, err, file.Label)
				}
				assert.LessOrEqual(t, sent, 2)
				require.NoError(t, c.VerifyPIN(0, goodPIN))
				signOnce(t, c, k, "accesso")
			})
		})
	}
}

// A card that is dumb after an extended read until it is reset: the listing
// fails, the next one reads in short commands.
func TestCardThatAnExtendedReadSilences(t *testing.T) {
	service, _ := inserted(t, simcard.FamilyB2, nil)
	silent := false
	service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
		if silent = silent || extendedRead(command); silent {
			return simreader.Mute()
		}
		return simreader.Fault{}
	})
	c, err := profile.Open(service.Transport(), readerName, cardos.Options{Reads: cardos.ReadsExtended})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Identities()
	require.ErrorIs(t, err, cardos.ErrCardMute)
	silent = false
	service.ResetByOther(readerName)
	assert.Equal(t, setFor(t, simcard.FamilyB2).Identity.Certificate, firstKey(t, c).Certificate.Raw)
}

// limited is a service whose reader says how much it carries.
type limited struct {
	cardos.Transport
	most int
}

type limitedConn struct {
	cardos.Conn
	most int
}

func (l limited) Connect(reader string) (cardos.Conn, error) {
	c, err := l.Transport.Connect(reader)
	return limitedConn{c, l.most}, err
}

func (c limitedConn) MaxData() (int, bool) { return c.most, c.most > 0 }

func TestReadsAsTheReaderCarries(t *testing.T) {
	for most, want := range map[int]int{0: 2048, 256: 256, 502: 502, 65536: 2048} {
		service, sim := inserted(t, simcard.FamilyB2, nil)
		_, k := openAs(t, limited{service.Transport(), most}, cardos.Options{Reads: cardos.ReadsExtended})
		assert.Equal(t, setFor(t, simcard.FamilyB2).Identity.Certificate, k.Certificate.Raw)
		longest := 0
		for _, e := range sim.Log() {
			if e.Header[1] == 0xB0 {
				longest = max(longest, e.Le)
			}
		}
		assert.LessOrEqual(t, longest, want, "reader carries %d", most)
		assert.Equal(t, want > 256, longest > 256, "reader carries %d", most)
	}
}
