// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

// flow is an operation with a result, so that one test covers them all.
type flow struct {
	init   func(h ck.SessionHandle) error
	single func(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error)
	update func(h ck.SessionHandle, part []byte) error
	final  func(h ck.SessionHandle, buffer BufferSize) (Output, error)
	data   []byte
	size   uint // told by the size query
}

func (f *fixture) flows(h ck.SessionHandle) map[string]flow {
	private, public := f.one(h, ck.CKO_PRIVATE_KEY), f.one(h, ck.CKO_PUBLIC_KEY)
	sha := &Mechanism{Type: ck.CKM_SHA256_RSA_PKCS}
	pkcs := &Mechanism{Type: ck.CKM_RSA_PKCS}
	require.NoError(f.t, f.EncryptInit(h, pkcs, public))
	secret, err := f.Encrypt(h, []byte("segreto"), 256)
	require.NoError(f.t, err)
	return map[string]flow{
		"digest": {func(h ck.SessionHandle) error { return f.DigestInit(h, &Mechanism{Type: ck.CKM_SHA256}) },
			f.Digest, f.DigestUpdate, f.DigestFinal, []byte("abc"), 32},
		"sign": {func(h ck.SessionHandle) error { return f.SignInit(h, sha, private) },
			f.Sign, f.SignUpdate, f.SignFinal, []byte("abc"), 256},
		"encrypt": {func(h ck.SessionHandle) error { return f.EncryptInit(h, pkcs, public) }, f.Encrypt,
			func(h ck.SessionHandle, part []byte) error { _, err := f.EncryptUpdate(h, part, 0); return err },
			f.EncryptFinal, []byte("abc"), 256},
		"decrypt": {func(h ck.SessionHandle) error { return f.DecryptInit(h, pkcs, private) }, f.Decrypt,
			func(h ck.SessionHandle, part []byte) error { _, err := f.DecryptUpdate(h, part, 0); return err },
			f.DecryptFinal, secret.Data, 245},
	}
}

// isOver checks that the operation of a flow is not active.
func (f *fixture) isOver(h ck.SessionHandle, op flow) {
	f.t.Helper()
	_, err := op.single(h, op.data, 256)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, op.update(h, op.data))
	_, err = op.final(h, 256)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)
}

func TestOperationsWithResult(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	for name, op := range f.flows(h) {
		t.Run(name, func(t *testing.T) {
			f.isOver(h, op)
			require.NoError(t, op.init(h))
			f.is(ck.CKR_OPERATION_ACTIVE, op.init(h))

			// Size query, too small, then the result; no card before.
			before, _ := f.card.count()
			for range 2 {
				out, err := op.single(h, op.data, SizeQuery)
				require.NoError(t, err)
				require.Equal(t, Output{Len: op.size}, out)
				out, err = op.single(h, op.data, BufferSize(op.size-1))
				f.is(ck.CKR_BUFFER_TOO_SMALL, err)
				require.Equal(t, Output{Len: op.size}, out)
			}
			after, _ := f.card.count()
			require.Equal(t, before, after)
			out, err := op.single(h, op.data, BufferSize(op.size))
			require.NoError(t, err)
			require.EqualValues(t, len(out.Data), out.Len)
			f.isOver(h, op)

			// In parts, empty ones included, and the size before.
			require.NoError(t, op.init(h))
			require.NoError(t, op.update(h, nil))
			require.NoError(t, op.update(h, op.data[:1]))
			require.NoError(t, op.update(h, []byte{}))
			require.NoError(t, op.update(h, op.data[1:]))
			query, err := op.final(h, SizeQuery)
			require.NoError(t, err)
			require.Equal(t, op.size, query.Len)
			_, err = op.final(h, BufferSize(op.size-1))
			f.is(ck.CKR_BUFFER_TOO_SMALL, err)
			parts, err := op.final(h, BufferSize(op.size))
			require.NoError(t, err)
			if name != "encrypt" {
				require.Equal(t, out, parts)
			}
			f.isOver(h, op)
		})
	}
}

// Forms do not mix, and mixing ends the operation.
func TestFormsDoNotMix(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	for name, op := range f.flows(h) {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, op.init(h))
			require.NoError(t, op.update(h, op.data))
			_, err := op.single(h, op.data, 256)
			f.is(ck.CKR_OPERATION_ACTIVE, err)
			f.isOver(h, op)
			require.NoError(t, op.init(h))
			_, err = op.single(h, op.data, SizeQuery)
			require.NoError(t, err)
			_, err = op.final(h, 256)
			f.is(ck.CKR_OPERATION_ACTIVE, err)
			f.isOver(h, op)
			require.NoError(t, op.init(h))
			_, err = op.single(h, op.data, SizeQuery)
			require.NoError(t, err)
			f.is(ck.CKR_OPERATION_ACTIVE, op.update(h, op.data))
			f.isOver(h, op)
		})
	}
}

func TestUpdateSizeQueryConsumesNothing(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	require.NoError(t, f.DecryptInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, f.one(h, ck.CKO_PRIVATE_KEY)))
	for range 3 {
		out, err := f.DecryptUpdate(h, make([]byte, 256), SizeQuery)
		require.NoError(t, err)
		require.Zero(t, out.Len)
	}
	_, err := f.DecryptUpdate(h, make([]byte, 256), 256)
	require.NoError(t, err)
}

func TestInitErrors(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	private, public, cert := f.one(h, ck.CKO_PRIVATE_KEY), f.one(h, ck.CKO_PUBLIC_KEY), f.one(h, ck.CKO_CERTIFICATE)
	pss := func(hash ck.MechanismType, mgf ck.MGFType, salt uint) any { return PSSParams{hash, mgf, salt} }
	for name, c := range map[string]struct {
		mech Mechanism
		key  ck.ObjectHandle
		want ck.RV
	}{
		"unknown mechanism": {Mechanism{Type: 0x1041}, private, ck.CKR_MECHANISM_INVALID},
		"digest":            {Mechanism{Type: ck.CKM_SHA256}, private, ck.CKR_MECHANISM_INVALID},
		"encryption":        {Mechanism{Type: ck.CKM_RSA_PKCS_OAEP}, private, ck.CKR_MECHANISM_INVALID},
		"junk handle":       {Mechanism{Type: ck.CKM_RSA_PKCS}, 9999, ck.CKR_KEY_HANDLE_INVALID},
		"handle 0":          {Mechanism{Type: ck.CKM_RSA_PKCS}, 0, ck.CKR_KEY_HANDLE_INVALID},
		"certificate":       {Mechanism{Type: ck.CKM_RSA_PKCS}, cert, ck.CKR_KEY_HANDLE_INVALID},
		"public key":        {Mechanism{Type: ck.CKM_RSA_PKCS}, public, ck.CKR_KEY_TYPE_INCONSISTENT},
		"junk parameter":    {Mechanism{ck.CKM_RSA_PKCS, BadParam{}}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"junk, SHA":         {Mechanism{ck.CKM_SHA256_RSA_PKCS, BadParam{}}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"junk, raw":         {Mechanism{ck.CKM_RSA_X_509, BadParam{}}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"PSS without":       {Mechanism{Type: ck.CKM_RSA_PKCS_PSS}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"PSS junk":          {Mechanism{ck.CKM_RSA_PKCS_PSS, BadParam{}}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"PSS hash":          {Mechanism{ck.CKM_RSA_PKCS_PSS, pss(0x210, ck.CKG_MGF1_SHA256, 32)}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"PSS MGF":           {Mechanism{ck.CKM_RSA_PKCS_PSS, pss(ck.CKM_SHA256, 99, 32)}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"PSS other hash":    {Mechanism{ck.CKM_SHA256_RSA_PKCS_PSS, pss(ck.CKM_SHA384, ck.CKG_MGF1_SHA256, 32)}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"PSS salt":          {Mechanism{ck.CKM_RSA_PKCS_PSS, pss(ck.CKM_SHA256, ck.CKG_MGF1_SHA256, 223)}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"PSS salt huge":     {Mechanism{ck.CKM_RSA_PKCS_PSS, pss(ck.CKM_SHA256, ck.CKG_MGF1_SHA256, ^uint(0))}, private, ck.CKR_MECHANISM_PARAM_INVALID},
		"PSS as OAEP":       {Mechanism{ck.CKM_RSA_PKCS_PSS, OAEPParams{}}, private, ck.CKR_MECHANISM_PARAM_INVALID},
	} {
		f.is(c.want, f.SignInit(h, &c.mech, c.key), name)
	}
	f.is(ck.CKR_KEY_TYPE_INCONSISTENT, f.VerifyInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, private))
	f.is(ck.CKR_MECHANISM_INVALID, f.DigestInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}))
	f.is(ck.CKR_MECHANISM_PARAM_INVALID, f.DigestInit(h, &Mechanism{ck.CKM_SHA256, BadParam{}}))
	oaep := func(p OAEPParams) error {
		return f.DecryptInit(h, &Mechanism{ck.CKM_RSA_PKCS_OAEP, p}, private)
	}
	f.is(ck.CKR_MECHANISM_PARAM_INVALID, oaep(OAEPParams{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA256, Source: 2}))
	f.is(ck.CKR_MECHANISM_PARAM_INVALID, oaep(OAEPParams{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA256, SourceData: []byte("x")}))
	f.is(ck.CKR_MECHANISM_PARAM_INVALID, oaep(OAEPParams{Hash: 1, MGF: ck.CKG_MGF1_SHA256}))
	require.NoError(t, oaep(OAEPParams{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA256}))
	f.is(ck.CKR_MECHANISM_PARAM_INVALID, f.EncryptInit(h, &Mechanism{ck.CKM_RSA_PKCS_OAEP, BadParam{}}, public))
}

func TestUsageNotPermitted(t *testing.T) {
	f := newFixtureWith(t, newFakeCard(t, 2048, cardos.Proven, 1)) // digitalSignature only
	h := f.login(ro)
	private, public := f.one(h, ck.CKO_PRIVATE_KEY), f.one(h, ck.CKO_PUBLIC_KEY)
	pkcs := &Mechanism{Type: ck.CKM_RSA_PKCS}
	f.is(ck.CKR_KEY_FUNCTION_NOT_PERMITTED, f.DecryptInit(h, pkcs, private))
	f.is(ck.CKR_KEY_FUNCTION_NOT_PERMITTED, f.EncryptInit(h, pkcs, public))
	require.NoError(t, f.SignInit(h, pkcs, private))
}

func TestNotOfferedMechanism(t *testing.T) {
	f := newFixtureWith(t, newFakeCard(t, 2048, cardos.Inferred, bothUsages))
	h := f.login(ro)
	f.is(ck.CKR_MECHANISM_INVALID, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_X_509}, f.one(h, ck.CKO_PRIVATE_KEY)))

	// Offered for the sake of another key of the token.
	c := newFakeCard(t, 2048, cardos.Proven, bothUsages)
	padding := c.identities[0].Keys[0]
	padding.ID, padding.RawRSA = []byte("padding"), cardos.Unknown
	c.identities[0].Keys = append(c.identities[0].Keys, padding)
	f = newFixtureWith(t, c)
	h = f.login(ro)
	key := f.find(h, class(ck.CKO_PRIVATE_KEY), Attribute{ck.CKA_ID, padding.ID})
	require.Len(t, key, 1)
	f.is(ck.CKR_KEY_FUNCTION_NOT_PERMITTED, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_X_509}, key[0]))
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key[0]))
}

func TestSmallKeys(t *testing.T) {
	f := newFixtureWith(t, newFakeCard(t, 1024, cardos.Proven, bothUsages))
	h := f.login(ro)
	private := f.one(h, ck.CKO_PRIVATE_KEY)
	pss := func(salt uint) error {
		defer func() { require.NoError(t, f.SignInit(h, nil, 0)) }()
		return f.SignInit(h, &Mechanism{ck.CKM_SHA512_RSA_PKCS_PSS, PSSParams{ck.CKM_SHA512, ck.CKG_MGF1_SHA512, salt}}, private)
	}
	f.is(ck.CKR_MECHANISM_PARAM_INVALID, pss(64), "130 bytes do not fit 128")
	require.NoError(t, pss(62))
	f.is(ck.CKR_KEY_SIZE_RANGE, f.DecryptInit(h, &Mechanism{ck.CKM_RSA_PKCS_OAEP,
		OAEPParams{Hash: ck.CKM_SHA512, MGF: ck.CKG_MGF1_SHA512, Source: 1}}, private))
}

func TestErrorsEndTheOperation(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	pkcs := &Mechanism{Type: ck.CKM_RSA_PKCS}
	long := make([]byte, 246)
	// Too long, in parts.
	require.NoError(t, f.SignInit(h, pkcs, key))
	require.NoError(t, f.SignUpdate(h, long[:245]))
	f.is(ck.CKR_DATA_LEN_RANGE, f.SignUpdate(h, long[:1]))
	_, err := f.SignFinal(h, 256)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)
	// The card fails.
	require.NoError(t, f.SignInit(h, pkcs, key))
	f.card.setHook(func(string) error { return cardos.ErrCardFailure })
	_, err = f.Sign(h, long[:5], 256)
	f.is(ck.CKR_DEVICE_ERROR, err)
	f.card.setHook(nil)
	_, err = f.Sign(h, long[:5], 256)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)
	require.Equal(t, ck.CKS_RO_USER_FUNCTIONS, f.state(h))
	// PSS of something that is no digest.
	require.NoError(t, f.VerifyInit(h, &Mechanism{ck.CKM_RSA_PKCS_PSS, PSSParams{ck.CKM_SHA256, ck.CKG_MGF1_SHA256, 32}}, f.one(h, ck.CKO_PUBLIC_KEY)))
	f.is(ck.CKR_DATA_LEN_RANGE, f.Verify(h, long[:31], make([]byte, 256)))
	require.NoError(t, f.SignInit(h, &Mechanism{ck.CKM_RSA_PKCS_PSS, PSSParams{ck.CKM_SHA256, ck.CKG_MGF1_SHA256, 32}}, key))
	_, err = f.Sign(h, long[:31], 256)
	f.is(ck.CKR_DATA_LEN_RANGE, err)
}

func TestVerify(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	private, public := f.one(h, ck.CKO_PRIVATE_KEY), f.one(h, ck.CKO_PUBLIC_KEY)
	for _, mech := range []*Mechanism{
		{Type: ck.CKM_RSA_PKCS}, {Type: ck.CKM_RSA_X_509}, {Type: ck.CKM_SHA256_RSA_PKCS},
		{ck.CKM_SHA256_RSA_PKCS_PSS, PSSParams{ck.CKM_SHA256, ck.CKG_MGF1_SHA256, 32}},
		{ck.CKM_RSA_PKCS_PSS, PSSParams{ck.CKM_SHA256, ck.CKG_MGF1_SHA1, 20}},
	} {
		data := sha256.Sum256([]byte("messaggio"))
		require.NoError(t, f.SignInit(h, mech, private))
		out, err := f.Sign(h, data[:], 256)
		require.NoError(t, err)
		verify := func(data, signature []byte) error {
			require.NoError(t, f.VerifyInit(h, mech, public))
			err := f.Verify(h, data, signature)
			f.is(ck.CKR_OPERATION_NOT_INITIALIZED, f.Verify(h, data, signature), "over in any case")
			return err
		}
		require.NoError(t, verify(data[:], out.Data))
		f.is(ck.CKR_SIGNATURE_LEN_RANGE, verify(data[:], out.Data[1:]))
		f.is(ck.CKR_SIGNATURE_LEN_RANGE, verify(data[:], append(out.Data[:256:256], 0)))
		f.is(ck.CKR_SIGNATURE_LEN_RANGE, verify(data[:], nil))
		for _, at := range []int{0, 100, 255} {
			bad := bytes.Clone(out.Data)
			bad[at] ^= 1
			f.is(ck.CKR_SIGNATURE_INVALID, verify(data[:], bad))
		}
		f.is(ck.CKR_SIGNATURE_INVALID, verify(data[:], bytes.Repeat([]byte{0xff}, 256)))
		other := data
		other[3] ^= 1
		f.is(ck.CKR_SIGNATURE_INVALID, verify(other[:], out.Data))

		require.NoError(t, f.VerifyInit(h, mech, public))
		require.NoError(t, f.VerifyUpdate(h, data[:5]))
		require.NoError(t, f.VerifyUpdate(h, data[5:]))
		require.NoError(t, f.VerifyFinal(h, out.Data))
		require.NoError(t, f.VerifyInit(h, mech, public))
		require.NoError(t, f.VerifyUpdate(h, data[:]))
		f.is(ck.CKR_OPERATION_ACTIVE, f.Verify(h, data[:], out.Data))
		f.is(ck.CKR_OPERATION_NOT_INITIALIZED, f.VerifyFinal(h, out.Data))
	}
}

// A result of the wrong length is an error, never a signature. (A wrong number
// is refused by package cardos.)
func TestResultOfWrongLength(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	f.card.mu.Lock()
	f.card.key = testKey(t, 1024)
	f.card.mu.Unlock()
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
	_, err := f.Sign(h, []byte("x"), 256)
	f.is(ck.CKR_DEVICE_ERROR, err)
}
