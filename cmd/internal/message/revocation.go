// SPDX-License-Identifier: Apache-2.0

package message

var (
	RevocationNotAsked = define("RevocationNotAsked",
		"nobody was asked whether the certificate is revoked (--online)")
	RevocationAsking = define("RevocationAsking",
		"Asking whether the certificate is revoked:")
	RevocationAsksIssuer = define("RevocationAsksIssuer",
		"  %s, for the certificate of the authority")
	RevocationAsksOCSP = define("RevocationAsksOCSP",
		"  %s, which is told the serial number of your certificate")
	RevocationAsksCRL = define("RevocationAsksCRL",
		"  %s, for its list of revoked certificates, if no answer came before")
	RevocationByProxy = define("RevocationByProxy", "%s (through the proxy %s)")
	RevocationLeaves  = define("RevocationLeaves", "  not asked: %s (%s)")
	RevocationGood    = define("RevocationGood",
		"the certificate is not revoked, says %s (%s)")
	RevocationRevoked = define("RevocationRevoked",
		"the certificate was revoked on %s, says %s")
	CureRevocationRevoked = define("CureRevocationRevoked",
		"no site takes it any more: ask the office that activated the card for a new one")
	RevocationSuspended = define("RevocationSuspended",
		"the certificate has been suspended since %s, says %s")
	CureRevocationSuspended = define("CureRevocationSuspended",
		"no site takes it meanwhile: ask the office that activated the card to end the suspension")
	RevocationNotNamed = define("RevocationNotNamed",
		"the certificate names nobody who could be asked whether it is revoked")
	RevocationOddForm = define("RevocationOddForm",
		"nobody was asked whether the certificate is revoked: it has a form that this is not done for")
	RevocationUnknown = define("RevocationUnknown",
		"whether the certificate is revoked is not known: %s")
	CureRevocationUnknown = define("CureRevocationUnknown",
		"see that the date of this computer is right, and try again later or from another network")
	RevocationNoAnswer     = define("RevocationNoAnswer", "it does not answer in time")
	RevocationRefused      = define("RevocationRefused", "it refuses to answer")
	RevocationElsewhere    = define("RevocationElsewhere", "it sends to another host, which was not asked")
	RevocationTooLarge     = define("RevocationTooLarge", "its answer is too large")
	RevocationMalformed    = define("RevocationMalformed", "its answer is not understood")
	RevocationOtherSubject = define("RevocationOtherSubject", "its answer is about something else")
	RevocationNotSigned    = define("RevocationNotSigned",
		"its answer is not signed by the authority that issued the certificate")
	RevocationOutOfDate  = define("RevocationOutOfDate", "its answer is out of date")
	RevocationNotKnown   = define("RevocationNotKnown", "it does not know the certificate")
	RevocationOtherScope = define("RevocationOtherScope", "its list is about other certificates")
)
