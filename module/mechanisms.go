// SPDX-License-Identifier: Apache-2.0

package module

// mechanisms is the registry: one line for each mechanism. The order is that
// of C_GetMechanismList.
var mechanisms = []*mechanism{
	&mechRSAPKCS,
	&mechRSAX509,
	&mechRSAPKCSOAEP,
	&mechRSAPKCSPSS,
	&mechSHA1RSAPKCS,
	&mechSHA224RSAPKCS,
	&mechSHA256RSAPKCS,
	&mechSHA384RSAPKCS,
	&mechSHA512RSAPKCS,
	&mechSHA1RSAPKCSPSS,
	&mechSHA224RSAPKCSPSS,
	&mechSHA256RSAPKCSPSS,
	&mechSHA384RSAPKCSPSS,
	&mechSHA512RSAPKCSPSS,
	&mechSHA1,
	&mechSHA224,
	&mechSHA256,
	&mechSHA384,
	&mechSHA512,
}
