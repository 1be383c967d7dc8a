// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha3"
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/pkcs1"
	"tscns/module/ck"
)

// keySizes: 1024 and 2048 bits are on real cards, 2047 has a modulus whose
// encoded message of PSS is one bit shorter than whole bytes allow.
var keySizes = []int{1024, 2047, 2048}

func (f *fixture) sign(h ck.SessionHandle, m *Mechanism, data []byte) []byte {
	f.t.Helper()
	require.NoError(f.t, f.SignInit(h, m, f.one(h, ck.CKO_PRIVATE_KEY)))
	out, err := f.Sign(h, data, 512)
	require.NoError(f.t, err)
	require.Len(f.t, out.Data, f.card.key.Size())
	return out.Data
}

var shaRSAPKCS = []ck.MechanismType{ck.CKM_SHA1_RSA_PKCS, ck.CKM_SHA224_RSA_PKCS, ck.CKM_SHA256_RSA_PKCS,
	ck.CKM_SHA384_RSA_PKCS, ck.CKM_SHA512_RSA_PKCS}

var shaRSAPKCSPSS = []ck.MechanismType{ck.CKM_SHA1_RSA_PKCS_PSS, ck.CKM_SHA224_RSA_PKCS_PSS,
	ck.CKM_SHA256_RSA_PKCS_PSS, ck.CKM_SHA384_RSA_PKCS_PSS, ck.CKM_SHA512_RSA_PKCS_PSS}

// testHashes are the hashes under their names, written down once more so that
// the tables of the module are compared with something.
var testHashes = []struct {
	id     ck.MechanismType
	mgf    ck.MGFType
	crypto crypto.Hash
}{
	{ck.CKM_SHA_1, ck.CKG_MGF1_SHA1, crypto.SHA1},
	{ck.CKM_SHA224, ck.CKG_MGF1_SHA224, crypto.SHA224},
	{ck.CKM_SHA256, ck.CKG_MGF1_SHA256, crypto.SHA256},
	{ck.CKM_SHA384, ck.CKG_MGF1_SHA384, crypto.SHA384},
	{ck.CKM_SHA512, ck.CKG_MGF1_SHA512, crypto.SHA512},
}

func eachKey(t *testing.T, fn func(f *fixture, h ck.SessionHandle)) {
	for _, bits := range keySizes {
		t.Run(fmt.Sprint(bits), func(t *testing.T) {
			f := newFixtureWith(t, newFakeCard(t, bits, cardos.Proven, bothUsages))
			fn(f, f.login(ro))
		})
	}
}

// The standard library is the judge of every padding of ours.
func TestSignaturesVerifyElsewhere(t *testing.T) {
	message := bytes.Repeat([]byte("Tessera Sanitaria "), 1000)
	eachKey(t, func(f *fixture, h ck.SessionHandle) {
		public := &f.card.key.PublicKey
		for i, d := range testHashes {
			hash := d.crypto.New()
			hash.Write(message)
			sum := hash.Sum(nil)
			require.NoError(f.t, rsa.VerifyPKCS1v15(public, d.crypto, sum, f.sign(h, &Mechanism{Type: shaRSAPKCS[i]}, message)))
			info, err := pkcs1.DigestInfo(d.crypto, sum)
			require.NoError(f.t, err)
			require.NoError(f.t, rsa.VerifyPKCS1v15(public, d.crypto, sum, f.sign(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, info)))
			space := (f.card.key.N.BitLen()-1+7)/8 - d.crypto.Size() - 2
			for _, salt := range []int{0, min(d.crypto.Size(), space), space} {
				p := PSSParams{d.id, d.mgf, uint(salt)}
				opts := &rsa.PSSOptions{SaltLength: salt}
				if salt == 0 {
					// 0 means "any" to the standard library.
					opts.SaltLength = rsa.PSSSaltLengthAuto
				}
				require.NoError(f.t, rsa.VerifyPSS(public, d.crypto, sum, f.sign(h, &Mechanism{ck.CKM_RSA_PKCS_PSS, p}, sum), opts))
				require.NoError(f.t, rsa.VerifyPSS(public, d.crypto, sum, f.sign(h, &Mechanism{shaRSAPKCSPSS[i], p}, message), opts))
			}
		}
		require.NoError(f.t, rsa.VerifyPKCS1v15(public, 0, nil, f.sign(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, nil)))
	})
}

// And the other way round: what the standard library signed verifies here.
func TestSignaturesFromElsewhere(t *testing.T) {
	message := []byte("messaggio")
	eachKey(t, func(f *fixture, h ck.SessionHandle) {
		public := f.one(h, ck.CKO_PUBLIC_KEY)
		for i, d := range testHashes {
			hash := d.crypto.New()
			hash.Write(message)
			sum := hash.Sum(nil)
			signature, err := rsa.SignPKCS1v15(nil, f.card.key, d.crypto, sum)
			require.NoError(f.t, err)
			require.NoError(f.t, f.VerifyInit(h, &Mechanism{Type: shaRSAPKCS[i]}, public))
			require.NoError(f.t, f.Verify(h, message, signature))
			salt := min(d.crypto.Size(), (f.card.key.N.BitLen()-1+7)/8-d.crypto.Size()-2)
			signature, err = rsa.SignPSS(rand.Reader, f.card.key, d.crypto, sum, &rsa.PSSOptions{SaltLength: salt})
			require.NoError(f.t, err)
			require.NoError(f.t, f.VerifyInit(h, &Mechanism{shaRSAPKCSPSS[i], PSSParams{d.id, d.mgf, uint(salt)}}, public))
			require.NoError(f.t, f.Verify(h, message, signature))
			// Another salt length is another signature.
			require.NoError(f.t, f.VerifyInit(h, &Mechanism{shaRSAPKCSPSS[i], PSSParams{d.id, d.mgf, uint(salt - 1)}}, public))
			f.is(ck.CKR_SIGNATURE_INVALID, f.Verify(h, message, signature))
		}
	})
}

func TestOAEPBothWays(t *testing.T) {
	eachKey(t, func(f *fixture, h ck.SessionHandle) {
		private, public := f.one(h, ck.CKO_PRIVATE_KEY), f.one(h, ck.CKO_PUBLIC_KEY)
		for _, d := range testHashes {
			limit := f.card.key.Size() - 2*d.crypto.Size() - 2
			if limit < 0 {
				continue
			}
			for _, label := range [][]byte{nil, []byte("etichetta")} {
				mech := &Mechanism{ck.CKM_RSA_PKCS_OAEP, OAEPParams{d.id, d.mgf, 1, label}}
				for _, n := range []int{0, 1, limit} {
					if n > limit {
						continue
					}
					plain := bytes.Repeat([]byte{7}, n)
					ciphertext, err := rsa.EncryptOAEP(d.crypto.New(), rand.Reader, &f.card.key.PublicKey, plain, label)
					require.NoError(f.t, err)
					require.NoError(f.t, f.DecryptInit(h, mech, private))
					out, err := f.Decrypt(h, ciphertext, 256)
					require.NoError(f.t, err)
					require.Equal(f.t, string(plain), string(out.Data))

					require.NoError(f.t, f.EncryptInit(h, mech, public))
					out, err = f.Encrypt(h, plain, 256)
					require.NoError(f.t, err)
					back, err := rsa.DecryptOAEP(d.crypto.New(), nil, f.card.key, out.Data, label)
					require.NoError(f.t, err)
					require.Equal(f.t, string(plain), string(back))
				}
				require.NoError(f.t, f.EncryptInit(h, mech, public))
				_, err := f.Encrypt(h, make([]byte, limit+1), 256)
				f.is(ck.CKR_DATA_LEN_RANGE, err)
				ciphertext, err := rsa.EncryptOAEP(d.crypto.New(), rand.Reader, &f.card.key.PublicKey, nil, []byte("altra"))
				require.NoError(f.t, err)
				require.NoError(f.t, f.DecryptInit(h, mech, private))
				_, err = f.Decrypt(h, ciphertext, 256)
				f.is(ck.CKR_ENCRYPTED_DATA_INVALID, err)
			}
		}
	})
}

// OAEP with one hash for the label and another for the mask, judged by the
// standard library, which knows that form for decryption.
func TestOAEPMixedHashes(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	mech := &Mechanism{ck.CKM_RSA_PKCS_OAEP, OAEPParams{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA1, Source: 1}}
	require.NoError(t, f.EncryptInit(h, mech, f.one(h, ck.CKO_PUBLIC_KEY)))
	out, err := f.Encrypt(h, []byte("segreto"), 256)
	require.NoError(t, err)
	plain, err := f.card.key.Decrypt(nil, out.Data, &rsa.OAEPOptions{Hash: crypto.SHA256, MGFHash: crypto.SHA1})
	require.NoError(t, err)
	require.Equal(t, "segreto", string(plain))
	require.NoError(t, f.DecryptInit(h, mech, f.one(h, ck.CKO_PRIVATE_KEY)))
	got, err := f.Decrypt(h, out.Data, 256)
	require.NoError(t, err)
	require.Equal(t, "segreto", string(got.Data))
}

func TestRSAPKCSEncryptionBothWays(t *testing.T) {
	eachKey(t, func(f *fixture, h ck.SessionHandle) {
		mech := &Mechanism{Type: ck.CKM_RSA_PKCS}
		for _, n := range []int{0, 1, 48, f.card.key.Size() - 11} {
			plain := bytes.Repeat([]byte{0}, n)
			require.NoError(f.t, f.EncryptInit(h, mech, f.one(h, ck.CKO_PUBLIC_KEY)))
			out, err := f.Encrypt(h, plain, 256)
			require.NoError(f.t, err)
			back, err := rsa.DecryptPKCS1v15(nil, f.card.key, out.Data)
			require.NoError(f.t, err)
			require.Equal(f.t, string(plain), string(back))
			ciphertext, err := rsa.EncryptPKCS1v15(rand.Reader, &f.card.key.PublicKey, plain)
			require.NoError(f.t, err)
			require.NoError(f.t, f.DecryptInit(h, mech, f.one(h, ck.CKO_PRIVATE_KEY)))
			got, err := f.Decrypt(h, ciphertext, 256)
			require.NoError(f.t, err)
			require.Equal(f.t, string(plain), string(got.Data))
		}
	})
}

func TestRSAX509(t *testing.T) {
	eachKey(t, func(f *fixture, h ck.SessionHandle) {
		key, n := f.card.key, f.card.key.Size()
		mech := &Mechanism{Type: ck.CKM_RSA_X_509}
		for _, data := range [][]byte{{}, {1}, []byte("breve"), append([]byte{0}, bytes.Repeat([]byte{0xff}, n-1)...)} {
			want := new(big.Int).Exp(new(big.Int).SetBytes(data), key.D, key.N).FillBytes(make([]byte, n))
			require.Equal(f.t, want, f.sign(h, mech, data))
			require.NoError(f.t, f.EncryptInit(h, mech, f.one(h, ck.CKO_PUBLIC_KEY)))
			out, err := f.Encrypt(h, data, 256)
			require.NoError(f.t, err)
			require.NoError(f.t, f.DecryptInit(h, mech, f.one(h, ck.CKO_PRIVATE_KEY)))
			back, err := f.Decrypt(h, out.Data, 256)
			require.NoError(f.t, err)
			require.Equal(f.t, append(make([]byte, n-len(data)), data...), back.Data)
		}
		for _, data := range [][]byte{key.N.Bytes(), bytes.Repeat([]byte{0xff}, n)} {
			require.NoError(f.t, f.SignInit(h, mech, f.one(h, ck.CKO_PRIVATE_KEY)))
			_, err := f.Sign(h, data, 256)
			f.is(ck.CKR_DATA_INVALID, err)
			require.NoError(f.t, f.EncryptInit(h, mech, f.one(h, ck.CKO_PUBLIC_KEY)))
			_, err = f.Encrypt(h, data, 256)
			f.is(ck.CKR_DATA_INVALID, err)
		}
		require.NoError(f.t, f.SignInit(h, mech, f.one(h, ck.CKO_PRIVATE_KEY)))
		_, err := f.Sign(h, make([]byte, n+1), 256)
		f.is(ck.CKR_DATA_LEN_RANGE, err)
	})
}

func TestDigests(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	for i, id := range []ck.MechanismType{ck.CKM_SHA_1, ck.CKM_SHA224, ck.CKM_SHA256, ck.CKM_SHA384, ck.CKM_SHA512} {
		hash := testHashes[i].crypto.New()
		hash.Write([]byte("abc"))
		require.NoError(t, f.DigestInit(h, &Mechanism{Type: id}))
		out, err := f.Digest(h, []byte("abc"), 64)
		require.NoError(t, err)
		require.Equal(t, hash.Sum(nil), out.Data)
	}
}

func TestParamKindOf(t *testing.T) {
	for _, id := range append(shaRSAPKCSPSS, ck.CKM_RSA_PKCS_PSS) {
		require.Equal(t, ParamPSS, ParamKindOf(id))
	}
	for _, id := range append(shaRSAPKCS, ck.CKM_RSA_PKCS, ck.CKM_RSA_X_509, ck.CKM_SHA256, 0x1041) {
		require.Equal(t, ParamNone, ParamKindOf(id))
	}
	require.Equal(t, ParamOAEP, ParamKindOf(ck.CKM_RSA_PKCS_OAEP))
}

func TestRegistryIsConsistent(t *testing.T) {
	seen := map[ck.MechanismType]bool{}
	for _, m := range mechanisms {
		require.False(t, seen[m.id], "%#x twice", uint(m.id))
		seen[m.id] = true
		require.NotZero(t, m.flags)
		require.Equal(t, m.flags == ck.CKF_DIGEST, m.rsa == nil)
	}
	require.Len(t, seen, 19)
}

// Each use of a hash has a table of its own: a digest that is offered is none
// that PSS and OAEP take, has no DigestInfo, and brings no mask generation
// function.
func TestADigestIsOnlyADigest(t *testing.T) {
	added := &mechanism{id: 0x2b0 /* CKM_SHA3_256 */, hash: crypto.SHA3_256, flags: ck.CKF_DIGEST}
	mechanisms = append(mechanisms, added)
	t.Cleanup(func() { mechanisms = mechanisms[:len(mechanisms)-1] })
	f := newFixture(t)
	h := f.login(ro)
	require.NoError(t, f.DigestInit(h, &Mechanism{Type: added.id}))
	out, err := f.Digest(h, []byte("abc"), 32)
	require.NoError(t, err)
	want := sha3.Sum256([]byte("abc"))
	require.Equal(t, want[:], out.Data)

	private, public := f.one(h, ck.CKO_PRIVATE_KEY), f.one(h, ck.CKO_PUBLIC_KEY)
	for _, p := range []struct {
		hash ck.MechanismType
		mgf  ck.MGFType
	}{{added.id, ck.CKG_MGF1_SHA256}, {ck.CKM_SHA256, 0}, {added.id, 0}, {0, ck.CKG_MGF1_SHA256}} {
		f.is(ck.CKR_MECHANISM_PARAM_INVALID, f.SignInit(h, &Mechanism{ck.CKM_RSA_PKCS_PSS,
			PSSParams{p.hash, p.mgf, 32}}, private), "%#x %#x", uint(p.hash), uint(p.mgf))
		f.is(ck.CKR_MECHANISM_PARAM_INVALID, f.EncryptInit(h, &Mechanism{ck.CKM_RSA_PKCS_OAEP,
			OAEPParams{Hash: p.hash, MGF: p.mgf, Source: ck.CKZ_DATA_SPECIFIED}}, public), "%#x %#x", uint(p.hash), uint(p.mgf))
	}
	_, err = pkcs1.DigestInfo(added.hash, want[:])
	require.ErrorIs(t, err, pkcs1.ErrDigest)
}
