// SPDX-License-Identifier: Apache-2.0

package opensc_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	layout "tscns/cardos/layout/iasecc"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// spy keeps what a layout found on a card.
type spy struct {
	cardos.Layout
	found *layout.Card
}

func (s *spy) Probe(p *cardos.Prober) (cardos.Instance, error) {
	instance, err := s.Layout.Probe(p)
	s.found, _ = instance.(*layout.Card)
	return instance, err
}

// driver has this driver read a card: what it takes the card to report, and the
// tries left of its PIN.
func driver(t *testing.T, card *simcard.Card) (*layout.Statement, cardos.Tries) {
	t.Helper()
	const reader = "Simulated 00 00"
	service := simreader.NewService(reader)
	service.Insert(reader, card)
	for _, p := range profile.All() {
		if p.Family != "H" {
			continue
		}
		seen, copied := &spy{Layout: p.Layout}, *p
		copied.Layout = seen
		c, err := cardos.Open(service.Transport(), reader, cardos.Options{Profiles: []*cardos.Profile{&copied}})
		require.NoError(t, err)
		defer c.Close()
		left, _, err := c.QueryTries(0)
		require.NoError(t, err)
		require.NotNil(t, seen.found.Statement())
		return seen.found.Statement(), left
	}
	t.Fatal("no family H")
	return nil, cardos.Tries{}
}

// TestIASECCAgrees: OpenSC and this driver read the same of one card: which PIN
// protects the key, its tries left and their maximum, the key's number, size and
// use.
func TestIASECCAgrees(t *testing.T) {
	for name, change := range map[string]func(*simcard.IAS){
		"separate": func(*simcard.IAS) {},
		"whole":    func(a *simcard.IAS) { a.Statement = simcard.StatementWhole },
		"control":  func(a *simcard.IAS) { a.Statement = simcard.StatementControl },
		"second PIN": func(a *simcard.IAS) {
			a.PINs = []simcard.IASPIN{{Reference: 0x01, Max: 5}, {Reference: 0x02, Used: 1, PUK: 0x03}}
			a.Keys = []simcard.IASKey{{Reference: 0x84, PIN: 0x02, Environment: 3, Authenticate: true, Decipher: simcard.DecipherRaw}}
		},
	} {
		d := iasecc(t, change)
		list := func(class string) string {
			return strings.Join(strings.Fields(d.run("iasecc-tool", "--list-sdos", class)), " ")
		}
		key := match(t, list("0x10"), `class 10, reference (\d+) contact ACLs: ([0-9A-F]{2}):([0-9A-F:]+) non repudiation: 00 size: ([0-9A-F:]+)`)
		stated, left := driver(t, d.card)
		require.Equal(t, key[1], fmt.Sprint(stated.Key.Reference&0x1F), name)
		require.Equal(t, key[4], fmt.Sprintf("%02X:%02X", stated.Key.Size>>8, stated.Key.Size&0xFF), name)
		mode := unhex(t, key[2])[0]
		require.Equal(t, layout.Authenticate, stated.Key.Use, name)
		require.NotZero(t, mode&0x20, "%s: INTERNAL AUTHENTICATE", name)
		condition := unhex(t, key[3][:2])[0] // no signature is allowed, so it comes first
		require.Zero(t, mode&0x40, name)

		environment := match(t, list("0x7B"), fmt.Sprintf(`Found SE #%d CRT #A4: usage 08; algo 00; ref ([0-9A-F]{2}):`, condition&0xF))
		require.Equal(t, environment[1], fmt.Sprintf("%02X", stated.PIN), name)
		pin := match(t, list("0x01"), fmt.Sprintf(`class 1, reference %d contact ACLs: [0-9A-F:]+ tries maximum: (\d+) tries remaining: (\d+)`, stated.PIN&0x1F))
		require.Equal(t, pin[1], fmt.Sprintf("%02d", left.Max), name)
		require.Equal(t, pin[2], fmt.Sprintf("%02d", left.Left), name)
		require.True(t, left.Known, name)
		require.Zero(t, d.card.Stats().TriesSpent, name)
	}
}

func match(t *testing.T, text, pattern string) []string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	require.NotNil(t, found, "%s in %s", pattern, text)
	return found
}
