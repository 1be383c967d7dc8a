// SPDX-License-Identifier: Apache-2.0

package message

// What is found out about a site that asks for the card's certificate.
var (
	SiteNotGiven    = define("SiteNotGiven", "no site given to try (--url)")
	SiteTakesIssuer = define("SiteTakesIssuer",
		"%s asks for a certificate and takes your card's issuer (%s)")
	SiteTakesAny = define("SiteTakesAny",
		"%s asks for a certificate of any issuer (%s)")
	SiteWithoutCard = define("SiteWithoutCard",
		"%s asks for a certificate (%s); without a card nobody knows whether it would take yours")
	SiteThroughProxy = define("SiteThroughProxy",
		"%s is reached through the proxy %s")
)

// Where nothing is seen of the site.
var (
	SiteNoAddress     = define("SiteNoAddress", "%q is no https address")
	CureSiteNoAddress = define("CureSiteNoAddress",
		"copy the address from the browser: tscns doctor --url https://...")
	SiteNameUnknown     = define("SiteNameUnknown", "there is no site of the name %s")
	CureSiteNameUnknown = define("CureSiteNameUnknown",
		"look for a slip in the address; if there is none, the network you are in does not know it: try another one")
	SiteUnreachable = define("SiteUnreachable",
		"%s cannot be reached: the network does not lead there")
	CureSiteNetwork = define("CureSiteNetwork",
		"open any other site in the browser: if that fails too, the computer is not connected; your card is not to blame")
	SiteRefuses  = define("SiteRefuses", "%s refuses the connection")
	SiteSilent   = define("SiteSilent", "%s does not answer in time")
	CureSiteDown = define("CureSiteDown",
		"try again later, and from another network: this is about the site or the network, not about your card")
	SiteNotTLS = define("SiteNotTLS",
		"what answers in the name of %s does not speak https")
	CureSiteNotTLS = define("CureSiteNotTLS",
		"if this network has a page to log in to, as in hotels and trains, do that first; else the address is wrong")
	SiteOldVersions = define("SiteOldVersions",
		"%s speaks only TLS 1.1 and older, which browsers refuse")
	SiteNoHandshake = define("SiteNoHandshake",
		"%s ends the connection before it is secure")
)

// Where a proxy is in the way.
var (
	SiteProxySilent = define("SiteProxySilent",
		"the proxy %s, which this computer is set to use, does not answer")
	SiteProxyPassword = define("SiteProxyPassword",
		"the proxy %s wants a name and a password")
	SiteProxyRefuses = define("SiteProxyRefuses",
		"the proxy %s does not let through to %s")
	CureSiteProxy = define("CureSiteProxy",
		"ask whoever looks after this network; https_proxy in the environment is where the proxy is set")
	SiteProxyKind = define("SiteProxyKind",
		"the proxy that this computer is set to use is of a kind that is not tried here")
	CureSiteProxyKind = define("CureSiteProxyKind",
		"try from a network without it; https_proxy in the environment is where it is set")
)

// Where the site's own certificate is not trusted.
var (
	SiteClock = define("SiteClock",
		"the clock of this computer says %s, and the site's says %s: certificates are not valid at the wrong time")
	CureSiteClock = define("CureSiteClock",
		"set date and time of this computer right")
	SiteNotYetValid = define("SiteNotYetValid",
		"the certificate of %s is not valid yet on %s, which is today by the clock of this computer")
	SiteExpired = define("SiteExpired",
		"the certificate of %s has expired by %s, which is today by the clock of this computer")
	CureSiteExpired = define("CureSiteExpired",
		"if that is the right date, tell the site: its certificate is to be renewed; otherwise set the clock right")
	SiteOtherName = define("SiteOtherName",
		"what answers in the name of %s has the certificate of another site")
	CureSiteOtherName = define("CureSiteOtherName",
		"enter no PIN there: look for a slip in the address, and log in to this network's own page if it has one")
	SiteUntrusted = define("SiteUntrusted",
		"%s has a certificate of an authority that this computer does not trust")
	CureSiteUntrusted = define("CureSiteUntrusted",
		"enter no PIN there before you know why: a program on this computer or in the network may read along")
)

// Where the page asks for no certificate.
var (
	SiteAsksNothing     = define("SiteAsksNothing", "%s asks for no certificate at this address")
	CureSiteAsksNothing = define("CureSiteAsksNothing",
		"this site, not your card: choose its login with TS-CNS or smart card in the browser, and give the whole address of the page that fails")
	SiteLeadsElsewhere = define("SiteLeadsElsewhere",
		"%s asks for no certificate, and leads on to %s")
	CureSiteLeadsElsewhere = define("CureSiteLeadsElsewhere", "tscns doctor --url %s")
	SiteWantsUnasked       = define("SiteWantsUnasked",
		"%s complains that no certificate was sent, and has asked for none")
	SiteForbids = define("SiteForbids",
		"%s refuses the page, and has asked for no certificate in a way that browsers answer")
	CureSiteForbids = define("CureSiteForbids",
		"if the site has a login with TS-CNS, begin there; else try Firefox with security.tls.enable_post_handshake_auth set to true in about:config")
	CureSiteItself = define("CureSiteItself",
		"no browser and no card gets in there: tell the site")
)

// Where site and card do not go together.
var (
	SiteOtherIssuers = define("SiteOtherIssuers",
		"%s does not name your card's issuer (%s) among the %d that it takes: browsers offer it no certificate")
	CureSiteOtherIssuers = define("CureSiteOtherIssuers",
		"ask the site whether it takes the TS-CNS of your Region; if it does, import the certificate of your card's issuer into the browser%s")
	SiteNamesRoot = define("SiteNamesRoot",
		"%s names %s, and not %s, which issued your card: browsers offer it no certificate")
	CureSiteNamesRoot = define("CureSiteNamesRoot",
		"import the certificate of %s into the browser, as an authority%s")
	CureIssuedAt  = define("CureIssuedAt", " (to be had at %s)")
	CureInTheList = define("CureInTheList", " (to be had in the list of AgID, eidas.agid.gov.it)")
	SiteNeedsPSS  = define("SiteNeedsPSS",
		"%s speaks TLS 1.3, for which your card does not make the signatures: browsers choose it all the same and fail after the PIN")
	SiteAsksTooLate = define("SiteAsksTooLate",
		"%s asks for a certificate once the page is open, which browsers do not answer in TLS 1.3")
	CureSiteTLS12 = define("CureSiteTLS12",
		"use TLS 1.2: in Firefox set security.tls.version.max to 3 in about:config; start Chromium with --ssl-version-max=tls1.2")
	CureSiteNeedsPSS = define("CureSiteNeedsPSS",
		"use TLS 1.2: in Firefox set security.tls.version.max to 3 in about:config; start Chromium with --ssl-version-max=tls1.2; curl: see the guide")
	SiteAsksTooLateNew = define("SiteAsksTooLateNew",
		"%s speaks TLS 1.3 alone, and asks for a certificate once the page is open, which browsers do not answer")
	CureSitePostHandshake = define("CureSitePostHandshake",
		"use Firefox, and set security.tls.enable_post_handshake_auth to true in about:config; Chromium has no such setting")
	SiteOnlyPSS = define("SiteOnlyPSS",
		"%s takes only RSA-PSS signatures, which your card does not make")
	CureSiteOnlyPSS = define("CureSiteOnlyPSS",
		"ask the site for another way to log in: with this card no setting helps")
	SiteOtherSignatures = define("SiteOtherSignatures",
		"%s takes no signatures of RSA keys, as yours is, that browsers still make")
	SiteOpenSSLSignature = define("SiteOpenSSLSignature",
		"%s prefers RSA-PSS signatures, which your card does not make: browsers choose another one, curl and other programs of OpenSSL fail")
	CureSiteOpenSSLSignature = define("CureSiteOpenSSLSignature",
		"use a browser; or have OpenSSL sign by RSA+SHA256, in a file that OPENSSL_CONF names: see the guide")
)
