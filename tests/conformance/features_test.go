// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/kit"
)

// updateVariable, when set, makes the test write the page instead.
const updateVariable = "TSCNS_UPDATE"

// refused are the functions that are there and never do what they are for,
// with their answer.
var refused = map[string]string{
	"C_InitToken":         "CKR_TOKEN_WRITE_PROTECTED: the card is not initialised by its holder",
	"C_CreateObject":      "CKR_TOKEN_WRITE_PROTECTED for objects of the token, CKR_FUNCTION_NOT_SUPPORTED for those of a session",
	"C_CopyObject":        "CKR_TOKEN_WRITE_PROTECTED for copies on the token, CKR_FUNCTION_NOT_SUPPORTED for those in a session",
	"C_DestroyObject":     "CKR_TOKEN_WRITE_PROTECTED",
	"C_SetAttributeValue": "CKR_TOKEN_WRITE_PROTECTED",
	"C_SeedRandom":        "CKR_RANDOM_NO_RNG",
	"C_GenerateRandom":    "CKR_RANDOM_NO_RNG",
	"C_GetFunctionStatus": "CKR_FUNCTION_NOT_PARALLEL, as the standard asks",
	"C_CancelFunction":    "CKR_FUNCTION_NOT_PARALLEL, as the standard asks",
}

// notes are what there is to know of functions that work.
var notes = map[string]string{
	"C_Initialize":       "mutex functions of the host are checked and not called: the library locks by itself, and has threads whatever the flags say",
	"C_GetInterface":     "versions 3.0 and 2.40 of \"PKCS 11\"; anything else is CKR_ARGUMENTS_BAD",
	"C_GetSlotList":      "slots never go away, and there is at least one, empty where there is no reader",
	"C_WaitForSlotEvent": "both forms",
	"C_OpenSession":      "R/W sessions open although CKF_WRITE_PROTECTED is set: C_SetPIN needs one",
	"C_Login":            "CKU_SO takes the PUK, which is sent by C_InitPIN only; a PIN that cannot be one is CKR_PIN_INCORRECT and is not sent; a NULL PIN of CKU_USER is asked at the reader's keypad (CKF_PROTECTED_AUTHENTICATION_PATH), where cancelling and waiting too long are CKR_FUNCTION_CANCELED",
	"C_LoginUser":        "without a user name as C_Login; the token has no named users",
	"C_InitPIN":          "unblocks the PIN with the PUK of the login; a PUK that the card refuses ends the login",
	"C_SetPIN":           "the user PIN; an old PIN that the card refuses ends its login, as the card does; two NULL PINs are asked at the reader's keypad",
	"C_EncryptInit":      "with the public key, in software",
	"C_VerifyInit":       "with the public key, in software",
	"C_DigestInit":       "in software",
	"C_SignInit":         "a NULL mechanism cancels, through both tables; so do the other Init functions",
	"C_GetObjectSize":    "the sum of the values that are shown",
}

const preamble = `<!-- Made by tests/conformance from the tables of the library. Do not edit: run
     TSCNS_UPDATE=1 go test -run TestFeatures ./tests/conformance -->

# Features

What the library does of PKCS #11. It offers the interfaces 3.0 and 2.40; both tables hold the same functions.
What each function answers in which case is in [testing.md](testing.md): 108 items with a test each.

## Functions

"refused" is a function that is there, checks its arguments and never does what it is for on this token.
"no" is CKR_FUNCTION_NOT_SUPPORTED, after the library is initialised and the session is valid.

| function | since | | note |
|---|---|---|---|
`

func functionTable() string {
	var b strings.Builder
	for _, f := range Functions() {
		support, note := "yes", notes[f.Name]
		switch {
		case refused[f.Name] != "":
			support, note = "refused", refused[f.Name]
		case f.Kind == "UNSUPPORTED":
			support = "no"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Name, f.Version, support, note)
	}
	return b.String()
}

// mechanismNames reads the names from package ck.
func mechanismNames(t *testing.T) map[ck.MechanismType]string {
	text, err := os.ReadFile(filepath.Join(kit.Top(), "module", "ck", "constants.go"))
	require.NoError(t, err)
	names := map[ck.MechanismType]string{}
	for _, m := range regexp.MustCompile(`(?m)^\s+(CKM_\w+)\s+MechanismType = (0x[0-9a-fA-F]+)`).FindAllSubmatch(text, -1) {
		v, err := strconv.ParseUint(string(m[2]), 0, 32)
		require.NoError(t, err)
		names[ck.MechanismType(v)] = string(m[1])
	}
	return names
}

// offer is what a card lets the library do with a mechanism.
type offer struct {
	flags ck.Flags
	bits  []uint64
	cards []string
}

func offers(t *testing.T) (order []ck.MechanismType, all map[ck.MechanismType]*offer, families []string) {
	all = map[ck.MechanismType]*offer{}
	for _, family := range simcard.Families() {
		if family == simcard.FamilyForeign {
			continue
		}
		families = append(families, string(family))
		RunInProcess(t, Item{Card: Encipherment, Run: func(x *X) {
			for _, m := range x.start().mechanismList() {
				var info MechanismInfo
				x.ok("C_GetMechanismInfo", x.Slot, m, &info)
				o := all[m]
				if o == nil {
					o = &offer{}
					all[m], order = o, append(order, m)
				}
				o.flags |= ck.Flags(info.Flags)
				o.cards = append(o.cards, string(family))
				if !slices.Contains(o.bits, info.MaxKeySize) {
					o.bits = append(o.bits, info.MaxKeySize)
				}
			}
		}}, family)
	}
	return order, all, families
}

func mechanismTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString(`
## Mechanisms

As the simulated cards of every family have them. Encryption and decryption are offered where the certificate
lets the key do that; mechanisms with "raw RSA" where the card is known to exponentiate any block that the library padded.
Every mechanism takes its data in parts, up to one block where it does not hash. They work with RSA keys: a certificate
of an elliptic curve key is listed with its public key (CKK_EC) and no private key, one of another kind of key alone.

| mechanism | functions | keys | cards |
|---|---|---|---|
`)
	words := []struct {
		flag ck.Flags
		name string
	}{{ck.CKF_SIGN, "sign"}, {ck.CKF_VERIFY, "verify"}, {ck.CKF_ENCRYPT, "encrypt"}, {ck.CKF_DECRYPT, "decrypt"}, {ck.CKF_DIGEST, "digest"}}
	names := mechanismNames(t)
	order, all, families := offers(t)
	for _, m := range order {
		require.Contains(t, names, m)
		var does []string
		for _, w := range words {
			if all[m].flags&w.flag != 0 {
				does = append(does, w.name)
			}
		}
		cards, keys := "all", ""
		if !slices.Equal(all[m].cards, families) {
			cards = "raw RSA"
		}
		if all[m].flags&ck.CKF_DIGEST == 0 {
			keys = strings.Trim(fmt.Sprint(all[m].bits), "[]") + " bits"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", names[m], strings.Join(does, ", "), keys, cards)
	}
	return b.String()
}

const choices = `
## Where the standard leaves a choice

| matter | here |
|---|---|
| CKF_LIBRARY_CANT_CREATE_OS_THREADS | accepted: every NSS browser sets it |
| a name, version or flag that C_GetInterface does not know | CKR_ARGUMENTS_BAD |
| CKF_INTERFACE_FORK_SAFE | not claimed: a forked child calls C_Initialize first, and then starts afresh |
| a PIN of impossible length or characters | CKR_PIN_INCORRECT at a login, CKR_PIN_LEN_RANGE or CKR_PIN_INVALID for a new PIN; never sent to the card |
| a PIN in a form that the card has never accepted (cards of 2025) | CKR_FUNCTION_FAILED, also at the first refusal, and no flag; nothing more is sent: [decision 8](decisions/0008-one-refusal-of-a-guess.md) |
| CKF_USER_PIN_COUNT_LOW | after any incorrect PIN; CKF_USER_PIN_FINAL_TRY and CKF_USER_PIN_LOCKED only as the card said |
| a bad session handle and a bad pointer at once | CKR_SESSION_HANDLE_INVALID |
| a change of the card in a R/O session | CKR_TOKEN_WRITE_PROTECTED, which outranks CKR_SESSION_READ_ONLY |
| the size of a decryption | the most there can be; a smaller buffer is CKR_BUFFER_TOO_SMALL, without the card |
| a card taken out | its sessions are CKR_DEVICE_REMOVED once, then CKR_SESSION_HANDLE_INVALID |
| a card that another program reset | the login is over: CKR_USER_NOT_LOGGED_IN; no PIN is presented again |
| a pointer to memory that is not there | CKR_GENERAL_ERROR |
`

// docs/features.md says what the tables say.
func TestFeaturesPageIsThatOfTheTables(t *testing.T) {
	known := map[string]bool{}
	for _, f := range Functions() {
		known[f.Name] = true
		require.False(t, f.Kind == "UNSUPPORTED" && (notes[f.Name] != "" || refused[f.Name] != ""), f.Name)
	}
	for name := range notes {
		require.True(t, known[name], name)
	}
	for name := range refused {
		require.True(t, known[name], name)
	}
	page := preamble + functionTable() + mechanismTable(t) + choices
	path := filepath.Join(kit.Top(), "docs", "features.md")
	if os.Getenv(updateVariable) != "" {
		require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, page, string(text), "run TSCNS_UPDATE=1 go test -run TestFeatures ./tests/conformance")
}

// What is said to be refused is refused, to a user who is logged in.
func TestRefusedFunctionsRefuse(t *testing.T) {
	RunInProcess(t, Item{Run: func(x *X) {
		h := x.login(x.start().open(serialRW))
		o, made := x.one(h, ck.CKO_CERTIFICATE), new(ck.ObjectHandle)
		token := Template{class(ck.CKO_DATA), Attr(ck.CKA_TOKEN, []byte{1})}
		session := Template{class(ck.CKO_DATA), Attr(ck.CKA_TOKEN, []byte{0})}
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_CreateObject", h, token, 2, made)
		x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_CreateObject", h, session, 2, made)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_CopyObject", h, o, token[1:], 1, made)
		x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_CopyObject", h, o, session[1:], 1, made)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_DestroyObject", h, o)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_SetAttributeValue", h, o, token[1:], 1)
		x.is(ck.CKR_RANDOM_NO_RNG, "C_SeedRandom", h, []byte("x"), 1)
		x.is(ck.CKR_RANDOM_NO_RNG, "C_GenerateRandom", h, make([]byte, 4), 4)
		x.ok("C_CloseAllSessions", x.Slot)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_InitToken", x.Slot, []byte(PUK), 8, make([]byte, 32))
	}}, simcard.FamilyB2)
}

func TestItemsAreComplete(t *testing.T) {
	items := Items()
	require.Len(t, items, 108)
	for i, it := range items {
		require.Equal(t, i+1, it.Number)
		require.NotEmpty(t, it.Section)
		require.NotEmpty(t, it.Title)
	}
}

// Every item that is not about C alone, with keys of each size.
func TestItemsInProcess(t *testing.T) {
	for _, family := range []simcard.Family{simcard.FamilyB2, simcard.FamilyC} {
		t.Run(string(family), func(t *testing.T) {
			for _, it := range Items() {
				if !it.Host {
					t.Run(it.Name(), func(t *testing.T) { RunInProcess(t, it, family) })
				}
			}
			t.Run(EllipticCurve.Title, func(t *testing.T) { RunInProcess(t, EllipticCurve, family) })
		})
	}
}
