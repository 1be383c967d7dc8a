// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

func TestCardMasksUnlessAsked(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyA, simcard.FamilyB2, simcard.FamilyB2NFC, simcard.FamilyE, simcard.FamilyH} {
		t.Run(string(f), func(t *testing.T) {
			s, card, o := reader(t, f, cardtest.Distinct(t))
			h, err := cardos.ParseHolder(o.Personal)
			require.NoError(t, err)
			personal := []string{h.Surname, h.Name, h.TaxCode, h.Address, h.BirthPlace, h.ResidencePlace, "1988", o.Serial}
			for _, args := range [][]string{{"card"}, {"card", "--json"}, {"cert", "list"}, {"cert", "list", "--json"}} {
				code, out, errs := tscns(message.Italian, s, args...)
				require.Equal(t, exit.OK, code, errs)
				for _, word := range personal {
					assert.NotContains(t, out, word, "%v", args)
				}
			}
			_, out, _ := tscns(message.English, s, "card", "--show", "--json")
			var got cardinfo.Holder
			require.NoError(t, json.Unmarshal([]byte(out), &got))
			assert.Equal(t, []string{h.Surname, h.Name, h.TaxCode, o.Serial, "1988-02-29", h.Address},
				[]string{got.Surname, got.Name, got.TaxCode, got.Number, got.Born, got.Address})
			_, out, _ = tscns(message.Italian, s, "card", "--show")
			assert.Contains(t, out, "Codice fiscale    "+h.TaxCode)
			with, without := pinCommands(card)
			assert.Zero(t, with+without)
		})
	}
}

func TestCertExport(t *testing.T) {
	for _, f := range simcard.Families() {
		if f == simcard.FamilyForeign {
			continue
		}
		s, _, o := reader(t, f, nil)
		_, out, errs := tscns(message.English, s, "cert", "export")
		block, rest := pem.Decode([]byte(out))
		require.NotNil(t, block, errs)
		assert.Empty(t, rest)
		assert.Equal(t, o.Authentication.Certificate, block.Bytes, "%s", f)
		_, out, _ = tscns(message.English, s, "cert", "export", "--der")
		assert.True(t, bytes.Equal(o.Authentication.Certificate, []byte(out)), "%s", f)
		_, err := x509.ParseCertificate([]byte(out))
		require.NoError(t, err)
	}
	s, _, o := reader(t, simcard.FamilyB2, nil)
	_, out, _ := tscns(message.English, s, "cert", "list", "--json")
	var list []cardinfo.ListedCertificate
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Len(t, list, 1)
	path := filepath.Join(t.TempDir(), "card.der")
	code, out, _ := tscns(message.English, s, "cert", "export", "--der", "--id", list[0].ID, "--output", path)
	assert.Equal(t, exit.OK, code)
	assert.Empty(t, out)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, o.Authentication.Certificate, got)
	code, _, errs := tscns(message.English, s, "cert", "export", "--output", path)
	assert.Equal(t, exit.NotGood, code, "what is there stays")
	assert.Contains(t, errs, "not written")
	code, _, errs = tscns(message.Italian, s, "cert", "export", "--id", "00")
	assert.Equal(t, exit.NotGood, code)
	assert.Contains(t, errs, "non ha questo certificato")
}

func TestSeveralReaders(t *testing.T) {
	s, _, _ := reader(t, simcard.FamilyB2, nil)
	_, second, o := reader(t, simcard.FamilyC, cardtest.Distinct(t))
	_, foreign, _ := reader(t, simcard.FamilyForeign, nil)
	s.AddReader("Second")
	s.Insert("Second", foreign)
	code, _, errs := tscns(message.English, s, "card")
	assert.Equal(t, exit.OK, code, "a card that is not ours does not disturb: %s", errs)
	s.Insert("Second", second)
	code, _, errs = tscns(message.Italian, s, "card")
	assert.Equal(t, exit.Usage, code)
	assert.Contains(t, errs, "di' quale con --reader")
	code, out, _ := tscns(message.Italian, s, "card", "--show", "--reader", "Second")
	assert.Equal(t, exit.OK, code)
	assert.Contains(t, out, o.Serial)
	code, _, errs = tscns(message.English, s, "card", "--reader", "Third")
	assert.Equal(t, exit.Usage, code)
	assert.Contains(t, errs, `no reader "Third"`)
}

func TestCardCommandsWithoutACard(t *testing.T) {
	stopped := simreader.NewService(readerName)
	stopped.StopService()
	foreign, _, _ := reader(t, simcard.FamilyForeign, nil)
	mute := simreader.NewService(readerName)
	mute.InsertMute(readerName)
	for _, c := range []struct {
		s    *simreader.Service
		want [2]string
	}{
		{stopped, [2]string{"pcscd", "pcscd"}},
		{simreader.NewService(), [2]string{"no reader is connected", "nessun lettore collegato"}},
		{simreader.NewService(readerName), [2]string{"insert it, chip first", "inseriscila dal lato del chip"}},
		{foreign, [2]string{"not a TS-CNS", "non è una TS-CNS"}},
		{mute, [2]string{"upside down", "al rovescio"}},
	} {
		for _, args := range [][]string{{"card"}, {"cert", "list"}, {"cert", "export"}, {"pin", "change"}, {"pin", "tries"}} {
			for l, want := range c.want {
				code, out, errs := tscns(message.Language(l), c.s, args...)
				assert.Equal(t, exit.NotGood, code)
				assert.Empty(t, out)
				assert.Contains(t, errs, want)
			}
		}
	}
}
