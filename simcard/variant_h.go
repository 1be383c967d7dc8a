// SPDX-License-Identifier: Apache-2.0

package simcard

// FamilyH is the lot ACe 2025 (ACTALIS; ACx and ACj 2025 are said to be the
// same). Reading is P; everything about its PIN and key is U, so both are
// whatever VariantH says.
const FamilyH Family = "h"

// Applications of family H by the names that VariantH uses.
const (
	AppHolder = "holder" // A000000530000B104001021A: holder's data (P)
	AppThird  = "third"  // number and certificate (P); how it is selected is U
)

// ThirdApps are the ways to select the third application: by an application
// identifier in hexadecimal, by no name at all, or as the master file (all I).
var ThirdApps = []string{"A0000002471001", "mf", "", "A000000530", "A000000063504B43532D3135", "unknown"}

// Shapes of MSE SET and of the command that signs, for VariantH.
const (
	MSEClassicDecipher = "F1B8" // after F3 03
	MSEClassicSign     = "F1B6" // after F3 03
	MSEDecipher        = "41B8"
	MSESign            = "41B6"
	MSEAuthenticate    = "41A4"

	InputIndicated  = "indicated" // 80 86 with 00 before the padded block
	InputBare       = "bare"      // 80 86 with the padded block
	InputDigestInfo = "digestinfo"
)

// Names of the third application where it is an IAS-ECC one: those of other
// cards (D there, I here), and made-up ways in.
const (
	AppIASOberthur = "A0000000770108000700" + "00FE00000100" // IAS-ECC of Oberthur
	AppIASRoot     = "F0496173456363526F6F74"                // "IasEccRoot" of a Cosmo (P there, OpenSC pull request 2281)
	AppIASCIE      = "A0000000308000000009816001"            // IAS of CIE cards
	AppIASGeneric  = "E828BD080F014E585030"                  // generic application of ChipDoc cards
	AppPKCS15      = "A000000063504B43532D3135"              // ISO/IEC 7816-15
	// AppMFEmpty is the master file by SELECT without data (00 A4 00 00) alone.
	AppMFEmpty = "mf-empty"
	// AppMadeUp is a made-up name, which EF.DIR alone can tell.
	AppMadeUp = "F04D414445205550"
)

// IASApps are the ways to select it then.
var IASApps = []string{AppIASOberthur, AppIASRoot, AppIASCIE, AppIASGeneric, AppMFEmpty, "mf", AppPKCS15, AppMadeUp}

// VariantH is one guess at a card of family H.
type VariantH struct {
	Third string // one of ThirdApps or IASApps

	// NothingSelected: after a reset no application is selected. On ACe 2025
	// it is the one of the holder's data (P result, I reading).
	NothingSelected bool

	// IAS makes the third application an IAS-ECC one. Its PINs and keys are
	// beside those below, which are then of the application of the holder's
	// data or of none.
	IAS *IAS `json:",omitempty"`

	PINApp      string // AppHolder or AppThird; "" where no PIN answers at all
	PINRef      byte
	PINUnfilled bool   // digits alone, not filled with FF to 8 bytes
	NoReference uint16 // for a reference that is not there; 6A88 by default
	// WrongForm is the answer to data of another length; 6700 by default.
	// 63C0 compares them as any wrong PIN.
	WrongForm uint16 `json:",omitempty"`

	KeyApp string // AppHolder or AppThird; "" where nothing signs
	MSE    string
	KeyRef byte
	Input  string

	// KeepPIN: another application selected in between leaves the PIN
	// verified. On the cards with several applications it usually does not.
	KeepPIN bool
}

// DefaultVariantH is the guess that the other families suggest.
func DefaultVariantH() VariantH {
	return VariantH{Third: "A0000002471001", PINApp: AppHolder, PINRef: 0x10, KeyApp: AppHolder,
		MSE: MSEClassicDecipher, KeyRef: 0x01, Input: InputIndicated}
}
