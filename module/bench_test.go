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

// newBenched returns a module with a fake card of 2048 bits, logged in.
func newBenched(b *testing.B) (*Module, ck.SessionHandle) {
	s := newFakeService()
	m := New(Config{Open: func() (cardos.Transport, error) { return s, nil }})
	m.openCard = s.openCard
	require.NoError(b, m.Initialize(InitArgs{}))
	s.insert(s.plug("Prova Reader 00 00"), newFakeCard(b, 2048, cardos.Proven, bothUsages))
	h, err := m.OpenSession(0, ck.CKF_SERIAL_SESSION)
	require.NoError(b, err)
	require.NoError(b, m.Login(h, ck.CKU_USER, []byte("12345")))
	return m, h
}

func benchedObject(b *testing.B, m *Module, h ck.SessionHandle, c ck.ObjectClass) ck.ObjectHandle {
	require.NoError(b, m.FindObjectsInit(h, []Attribute{class(c)}))
	list, err := m.FindObjects(h, 1)
	require.NoError(b, err)
	require.Len(b, list, 1)
	require.NoError(b, m.FindObjectsFinal(h))
	return list[0]
}

// repeat measures a call.
func repeat(b *testing.B, name string, call func() error) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if err := call(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAttributes(b *testing.B) {
	m, h := newBenched(b)
	cert := benchedObject(b, m, h, ck.CKO_CERTIFICATE)
	q := []AttributeQuery{{Type: ck.CKA_VALUE, Buffer: 4096}, {Type: ck.CKA_ID, Buffer: 64}, {Type: ck.CKA_LABEL, Buffer: 64}, {Type: ck.CKA_SUBJECT, Buffer: SizeQuery}}
	repeat(b, "four of a certificate", func() error { return m.GetAttributeValue(h, cert, q) })
}

func BenchmarkDigest(b *testing.B) {
	m, h := newBenched(b)
	data := make([]byte, 1<<20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for range b.N {
		if err := m.DigestInit(h, &Mechanism{Type: ck.CKM_SHA256}); err != nil {
			b.Fatal(err)
		}
		if _, err := m.Digest(h, data, 32); err != nil {
			b.Fatal(err)
		}
	}
}

// The public operation, with which everything is verified and encrypted.
func BenchmarkPublicOperation(b *testing.B) {
	m, h := newBenched(b)
	_, _, o, err := m.findObject(h, benchedObject(b, m, h, ck.CKO_PUBLIC_KEY))
	require.NoError(b, err)
	k := o.key.pair.(*rsaKey)
	block := make([]byte, k.size())
	block[1] = 1
	repeat(b, "2048", func() error { _, _ = k.publicOperation(block); return nil })
}

func BenchmarkSign(b *testing.B) {
	m, h := newBenched(b)
	key := benchedObject(b, m, h, ck.CKO_PRIVATE_KEY)
	for name, mech := range map[string]*Mechanism{
		"PKCS1": {Type: ck.CKM_SHA256_RSA_PKCS},
		"PSS":   {Type: ck.CKM_SHA256_RSA_PKCS_PSS, Param: PSSParams{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA256, SaltLen: 32}},
	} {
		repeat(b, name, func() error { // with the fake card's own private operation, some 1 ms
			if err := m.SignInit(h, mech, key); err != nil {
				return err
			}
			_, err := m.Sign(h, []byte("messaggio"), 256)
			return err
		})
	}
}
