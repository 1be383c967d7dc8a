// SPDX-License-Identifier: Apache-2.0

package module

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

// The calls that hosts poll, over a service that answers from memory.
func BenchmarkPolledCalls(b *testing.B) {
	s := newFakeService()
	m := New(Config{Open: func() (cardos.Transport, error) { return s, nil }})
	m.openCard = s.openCard
	require.NoError(b, m.Initialize(InitArgs{}))
	s.insert(s.plug("Prova Reader 00 00"), newFakeCard(b, 1024, cardos.Proven, bothUsages))
	h, err := m.OpenSession(0, ck.CKF_SERIAL_SESSION)
	require.NoError(b, err)
	trust := []Attribute{class(0xb)}
	cert := []Attribute{class(ck.CKO_CERTIFICATE)}
	for name, call := range map[string]func() error{
		"GetSlotInfo":    func() error { _, err := m.GetSlotInfo(0); return err },
		"GetSessionInfo": func() error { _, err := m.GetSessionInfo(h); return err },
		"find trust": func() error {
			if err := m.FindObjectsInit(h, trust); err != nil {
				return err
			}
			return m.FindObjectsFinal(h)
		},
		"find certificate": func() error {
			if err := m.FindObjectsInit(h, cert); err != nil {
				return err
			}
			return m.FindObjectsFinal(h)
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if err := call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
