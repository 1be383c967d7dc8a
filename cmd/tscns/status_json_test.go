// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/simreader"
)

// schema is docs/tscns-status.schema.json, with formats checked.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../../docs/tscns-status.schema.json")
	require.NoError(t, err)
	return s
}

// validate returns what the schema finds wrong with a text.
func validate(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err, text)
	return s.Validate(v)
}

// validity makes the card out with a certificate of these dates.
func validity(t *testing.T, f simcard.Family, from, to time.Time) func(*simcard.Options) {
	t.Helper()
	set, err := pki.NewSet(pki.IdentityOptions{Bits: simcard.KeyBits(f), NotBefore: from, NotAfter: to})
	require.NoError(t, err)
	return func(o *simcard.Options) { *o = simcard.ForIdentity(f, set.Identity) }
}

const oneDay = 24 * time.Hour

func TestStatusJSONFollowsItsSchema(t *testing.T) {
	sch := schema(t)
	now := time.Now()
	worlds := map[string]func() *simreader.Service{
		"no service": func() *simreader.Service { s := simreader.NewService(); s.StopService(); return s },
		"no reader":  func() *simreader.Service { return simreader.NewService() },
		"empty":      func() *simreader.Service { return simreader.NewService(readerName, "another") },
		"mute":       func() *simreader.Service { s := simreader.NewService(readerName); s.InsertMute(readerName); return s },
		"in use": func() *simreader.Service {
			s, _, _ := reader(t, simcard.FamilyB2, nil)
			s.HoldExclusive(readerName)
			return s
		},
		"fault": func() *simreader.Service {
			s, _, _ := reader(t, simcard.FamilyB2, nil)
			s.SetFault(readerName, func(int, []byte) simreader.Fault {
				return simreader.Fault{Skip: true, Replace: func([]byte) []byte { return []byte{0x6F, 0x00} }}
			})
			return s
		},
		"expired": func() *simreader.Service {
			s, _, _ := reader(t, simcard.FamilyB2, validity(t, simcard.FamilyB2, now.Add(-9*oneDay), now.Add(-oneDay)))
			return s
		},
		"no certificate": func() *simreader.Service {
			s, _, _ := reader(t, simcard.FamilyB2, func(o *simcard.Options) { o.Authentication = simcard.Credential{} })
			return s
		},
	}
	for _, f := range simcard.Families() {
		worlds["family "+string(f)] = func() *simreader.Service { s, _, _ := reader(t, f, nil); return s }
	}
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{{"status", "--json"}, {"status", "--json", "--show"}} {
				_, out, _ := tscns(message.Italian, world(), args...)
				assert.NoError(t, validate(t, sch, out), out)
			}
		})
	}
	// The schema is no rubber stamp.
	for _, wrong := range []string{
		`{}`, `{"version":"1","service":"yes","readers":[]}`, `{"version":"1","service":true,"readers":[{"name":"x","state":"card"}]}`,
		`{"version":"1","service":true,"readers":[{"name":"x","state":"purple"}]}`, `{"version":"1","service":true,"readers":[],"pin":"12345"}`,
	} {
		assert.Error(t, validate(t, sch, wrong), wrong)
	}
}

func statusOf(t *testing.T, s *simreader.Service) (int, *cardinfo.Card) {
	t.Helper()
	code, out, _ := tscns(message.Italian, s, "status", "--json")
	var st cardinfo.Status
	require.NoError(t, json.Unmarshal([]byte(out), &st))
	require.Len(t, st.Readers, 1)
	require.NotNil(t, st.Readers[0].Card, out)
	return code, st.Readers[0].Card
}

func TestStatusJSON(t *testing.T) {
	s, _, _ := reader(t, simcard.FamilyT, nil)
	code, card := statusOf(t, s)
	assert.Equal(t, exit.OK, code)
	assert.Equal(t, "T", card.Family)
	require.NotNil(t, card.PINTries, "layout T tells its counters")
	assert.Equal(t, 3, *card.PINTries)
	require.NotNil(t, card.PUKTries)
	assert.Equal(t, 8, *card.PUKTries)
	assert.True(t, card.Certificates[0].CNSPolicy)
	assert.Equal(t, 2048, card.Certificates[0].KeyBits)
	assert.InDelta(t, 6*365, card.Certificates[0].DaysLeft, 10)
	assert.True(t, card.Active)
}

func TestStatusSaysWhetherActive(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name     string
		family   simcard.Family
		change   func(*simcard.Options)
		code     int
		obstacle []string
		want     [2]string
	}{
		{"active, PIN known", simcard.FamilyT, nil, exit.OK, []string{}, [2]string{"Active      yes\n", "Attiva      sì\n"}},
		{"active, PIN not known", simcard.FamilyB2, nil, exit.OK, []string{}, [2]string{"yes, as far as the card tells", "sì, per quanto dice la tessera"}},
		{"blocked", simcard.FamilyT, func(o *simcard.Options) { o.PINTriesUsed = 3 }, exit.OK, []string{cardinfo.ObstacleBlocked},
			[2]string{"no: the PIN is blocked; unblock it with: tscns pin unblock", "no: il PIN è bloccato; sbloccalo con: tscns pin unblock"}},
		{"expired", simcard.FamilyC, validity(t, simcard.FamilyC, now.Add(-9*oneDay), now.Add(-oneDay)), exit.NotGood, []string{cardinfo.ObstacleExpired},
			[2]string{"no: the certificate has expired", "no: il certificato è scaduto"}},
		{"not yet", simcard.FamilyC, validity(t, simcard.FamilyC, now.Add(oneDay), now.Add(9*oneDay)), exit.NotGood, []string{cardinfo.ObstacleNotYet},
			[2]string{"not valid yet", "non è ancora valido"}},
		{"no certificate", simcard.FamilyB2, func(o *simcard.Options) { o.Authentication = simcard.Credential{} }, exit.NotGood, []string{cardinfo.ObstacleNone},
			[2]string{"no: no certificate", "no: manca il certificato"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _, _ := reader(t, c.family, c.change)
			code, card := statusOf(t, s)
			assert.Equal(t, c.code, code)
			assert.Equal(t, c.obstacle, card.Obstacles)
			assert.Equal(t, len(c.obstacle) == 0, card.Active)
			for l, want := range c.want {
				_, out, _ := tscns(message.Language(l), s, "status")
				assert.Contains(t, out, want)
			}
		})
	}
}
