// SPDX-License-Identifier: Apache-2.0

package message

// What is found out about a site that asks for the card's certificate.
var (
	SiteNotGiven    = define("SiteNotGiven", "no site given to try (--url)", "nessun sito da provare (--url)")
	SiteTakesIssuer = define("SiteTakesIssuer",
		"%s asks for a certificate and takes your card's issuer (%s)",
		"%s chiede un certificato e accetta l'autorità della tua tessera (%s)")
	SiteTakesAny = define("SiteTakesAny",
		"%s asks for a certificate of any issuer (%s)",
		"%s chiede un certificato di qualunque autorità (%s)")
	SiteWithoutCard = define("SiteWithoutCard",
		"%s asks for a certificate (%s); without a card nobody knows whether it would take yours",
		"%s chiede un certificato (%s); senza tessera non si sa se accetterebbe il tuo")
	SiteThroughProxy = define("SiteThroughProxy",
		"%s is reached through the proxy %s", "%s si raggiunge attraverso il proxy %s")
)

// Where nothing is seen of the site.
var (
	SiteNoAddress     = define("SiteNoAddress", "%q is no https address", "%q non è un indirizzo https")
	CureSiteNoAddress = define("CureSiteNoAddress",
		"copy the address from the browser: tscns doctor --url https://...",
		"copia l'indirizzo dal browser: tscns doctor --url https://...")
	SiteNameUnknown     = define("SiteNameUnknown", "there is no site of the name %s", "non esiste un sito di nome %s")
	CureSiteNameUnknown = define("CureSiteNameUnknown",
		"look for a slip in the address; if there is none, the network you are in does not know it: try another one",
		"controlla che l'indirizzo sia scritto bene; se lo è, la rete in cui sei non lo conosce: prova da un'altra")
	SiteUnreachable = define("SiteUnreachable",
		"%s cannot be reached: the network does not lead there",
		"%s non è raggiungibile: la rete non ci arriva")
	CureSiteNetwork = define("CureSiteNetwork",
		"open any other site in the browser: if that fails too, the computer is not connected; your card is not to blame",
		"apri un altro sito nel browser: se non va neppure quello, il computer non è in rete; la tessera non c'entra")
	SiteRefuses  = define("SiteRefuses", "%s refuses the connection", "%s rifiuta la connessione")
	SiteSilent   = define("SiteSilent", "%s does not answer in time", "%s non risponde in tempo")
	CureSiteDown = define("CureSiteDown",
		"try again later, and from another network: this is about the site or the network, not about your card",
		"riprova più tardi, e da un'altra rete: riguarda il sito o la rete, non la tua tessera")
	SiteNotTLS = define("SiteNotTLS",
		"what answers in the name of %s does not speak https",
		"chi risponde a nome di %s non parla https")
	CureSiteNotTLS = define("CureSiteNotTLS",
		"if this network has a page to log in to, as in hotels and trains, do that first; else the address is wrong",
		"se questa rete ha una pagina di accesso, come in alberghi e treni, accedi prima lì; altrimenti l'indirizzo è sbagliato")
	SiteOldVersions = define("SiteOldVersions",
		"%s speaks only TLS 1.1 and older, which browsers refuse",
		"%s parla solo TLS 1.1 o precedenti, che i browser rifiutano")
	SiteNoHandshake = define("SiteNoHandshake",
		"%s ends the connection before it is secure",
		"%s chiude la connessione prima che sia sicura")
)

// Where a proxy is in the way.
var (
	SiteProxySilent = define("SiteProxySilent",
		"the proxy %s, which this computer is set to use, does not answer",
		"il proxy %s, impostato su questo computer, non risponde")
	SiteProxyPassword = define("SiteProxyPassword",
		"the proxy %s wants a name and a password",
		"il proxy %s chiede un nome e una password")
	SiteProxyRefuses = define("SiteProxyRefuses",
		"the proxy %s does not let through to %s",
		"il proxy %s non lascia passare verso %s")
	CureSiteProxy = define("CureSiteProxy",
		"ask whoever looks after this network; https_proxy in the environment is where the proxy is set",
		"chiedi a chi gestisce questa rete; il proxy è impostato in https_proxy, nelle variabili d'ambiente")
	SiteProxyKind = define("SiteProxyKind",
		"the proxy that this computer is set to use is of a kind that is not tried here",
		"il proxy impostato su questo computer è di un tipo che qui non si prova")
	CureSiteProxyKind = define("CureSiteProxyKind",
		"try from a network without it; https_proxy in the environment is where it is set",
		"prova da una rete che non lo usa; è impostato in https_proxy, nelle variabili d'ambiente")
)

// Where the site's own certificate is not trusted.
var (
	SiteClock = define("SiteClock",
		"the clock of this computer says %s, and the site's says %s: certificates are not valid at the wrong time",
		"l'orologio di questo computer dice %s, e quello del sito %s: con la data sbagliata i certificati non sono validi")
	CureSiteClock = define("CureSiteClock",
		"set date and time of this computer right",
		"correggi data e ora di questo computer")
	SiteNotYetValid = define("SiteNotYetValid",
		"the certificate of %s is not valid yet on %s, which is today by the clock of this computer",
		"il certificato di %s non è ancora valido il %s, che è oggi secondo l'orologio di questo computer")
	SiteExpired = define("SiteExpired",
		"the certificate of %s has expired by %s, which is today by the clock of this computer",
		"il certificato di %s risulta scaduto al %s, che è oggi secondo l'orologio di questo computer")
	CureSiteExpired = define("CureSiteExpired",
		"if that is the right date, tell the site: its certificate is to be renewed; otherwise set the clock right",
		"se la data è giusta, segnalalo al sito: il suo certificato va rinnovato; altrimenti correggi l'orologio")
	SiteOtherName = define("SiteOtherName",
		"what answers in the name of %s has the certificate of another site",
		"chi risponde a nome di %s ha il certificato di un altro sito")
	CureSiteOtherName = define("CureSiteOtherName",
		"enter no PIN there: look for a slip in the address, and log in to this network's own page if it has one",
		"non inserire il PIN: controlla l'indirizzo, e se questa rete ha una pagina di accesso accedi prima lì")
	SiteUntrusted = define("SiteUntrusted",
		"%s has a certificate of an authority that this computer does not trust",
		"%s ha un certificato di un'autorità di cui questo computer non si fida")
	CureSiteUntrusted = define("CureSiteUntrusted",
		"enter no PIN there before you know why: a program on this computer or in the network may read along",
		"non inserire il PIN prima di sapere perché: un programma sul computer o nella rete potrebbe leggere tutto")
)

// Where the page asks for no certificate.
var (
	SiteAsksNothing     = define("SiteAsksNothing", "%s asks for no certificate at this address", "%s a questo indirizzo non chiede un certificato")
	CureSiteAsksNothing = define("CureSiteAsksNothing",
		"this site, not your card: choose its login with TS-CNS or smart card in the browser, and give the whole address of the page that fails",
		"è il sito, non la tua tessera: nel browser scegli il suo accesso con TS-CNS o smart card, e dai l'indirizzo intero della pagina che non va")
	SiteLeadsElsewhere = define("SiteLeadsElsewhere",
		"%s asks for no certificate, and leads on to %s",
		"%s non chiede un certificato, e porta a %s")
	CureSiteLeadsElsewhere = define("CureSiteLeadsElsewhere", "tscns doctor --url %s", "tscns doctor --url %s")
	SiteWantsUnasked       = define("SiteWantsUnasked",
		"%s complains that no certificate was sent, and has asked for none",
		"%s lamenta che non è arrivato un certificato, e non lo ha chiesto")
	SiteForbids = define("SiteForbids",
		"%s refuses the page, and has asked for no certificate in a way that browsers answer",
		"%s rifiuta la pagina, e non ha chiesto un certificato in un modo a cui i browser rispondono")
	CureSiteForbids = define("CureSiteForbids",
		"if the site has a login with TS-CNS, begin there; else try Firefox with security.tls.enable_post_handshake_auth set to true in about:config",
		"se il sito ha un accesso con TS-CNS, comincia da lì; altrimenti prova Firefox con security.tls.enable_post_handshake_auth a true in about:config")
	CureSiteItself = define("CureSiteItself",
		"no browser and no card gets in there: tell the site",
		"non ci entra nessun browser e nessuna tessera: segnalalo al sito")
)

// Where site and card do not go together.
var (
	SiteOtherIssuers = define("SiteOtherIssuers",
		"%s does not name your card's issuer (%s) among the %d that it takes: browsers offer it no certificate",
		"%s non nomina l'autorità della tua tessera (%s) tra le %d che accetta: i browser non gli offrono certificati")
	CureSiteOtherIssuers = define("CureSiteOtherIssuers",
		"ask the site whether it takes the TS-CNS of your Region; if it does, import the certificate of your card's issuer into the browser%s",
		"chiedi al sito se accetta la TS-CNS della tua Regione; se sì, importa nel browser il certificato dell'autorità della tua tessera%s")
	SiteNamesRoot = define("SiteNamesRoot",
		"%s names %s, and not %s, which issued your card: browsers offer it no certificate",
		"%s nomina %s, e non %s, che ha emesso la tua tessera: i browser non gli offrono certificati")
	CureSiteNamesRoot = define("CureSiteNamesRoot",
		"import the certificate of %s into the browser, as an authority%s",
		"importa nel browser il certificato di %s, come autorità%s")
	CureIssuedAt  = define("CureIssuedAt", " (to be had at %s)", " (si trova su %s)")
	CureInTheList = define("CureInTheList", " (to be had in the list of AgID, eidas.agid.gov.it)", " (si trova nell'elenco di AgID, eidas.agid.gov.it)")
	SiteNeedsPSS  = define("SiteNeedsPSS",
		"%s speaks TLS 1.3, for which your card does not make the signatures: browsers choose it all the same and fail after the PIN",
		"%s parla TLS 1.3, per cui la tua tessera non sa firmare: i browser lo scelgono lo stesso e falliscono dopo il PIN")
	SiteAsksTooLate = define("SiteAsksTooLate",
		"%s asks for a certificate once the page is open, which browsers do not answer in TLS 1.3",
		"%s chiede il certificato solo a pagina aperta, cosa a cui i browser non rispondono in TLS 1.3")
	CureSiteTLS12 = define("CureSiteTLS12",
		"use TLS 1.2: in Firefox set security.tls.version.max to 3 in about:config; start Chromium with --ssl-version-max=tls1.2",
		"usa TLS 1.2: in Firefox imposta security.tls.version.max a 3 in about:config; avvia Chromium con --ssl-version-max=tls1.2")
	CureSiteNeedsPSS = define("CureSiteNeedsPSS",
		"use TLS 1.2: in Firefox set security.tls.version.max to 3 in about:config; start Chromium with --ssl-version-max=tls1.2; curl: see the guide",
		"usa TLS 1.2: in Firefox imposta security.tls.version.max a 3 in about:config; avvia Chromium con --ssl-version-max=tls1.2; curl: vedi la guida")
	SiteAsksTooLateNew = define("SiteAsksTooLateNew",
		"%s speaks TLS 1.3 alone, and asks for a certificate once the page is open, which browsers do not answer",
		"%s parla solo TLS 1.3, e chiede il certificato a pagina aperta, cosa a cui i browser non rispondono")
	CureSitePostHandshake = define("CureSitePostHandshake",
		"use Firefox, and set security.tls.enable_post_handshake_auth to true in about:config; Chromium has no such setting",
		"usa Firefox, e imposta security.tls.enable_post_handshake_auth a true in about:config; Chromium non lo permette")
	SiteOnlyPSS = define("SiteOnlyPSS",
		"%s takes only RSA-PSS signatures, which your card does not make",
		"%s accetta solo firme RSA-PSS, che la tua tessera non sa fare")
	CureSiteOnlyPSS = define("CureSiteOnlyPSS",
		"ask the site for another way to log in: with this card no setting helps",
		"chiedi al sito un altro modo di accedere: con questa tessera nessuna impostazione aiuta")
	SiteOtherSignatures = define("SiteOtherSignatures",
		"%s takes no signatures of RSA keys, as yours is, that browsers still make",
		"%s non accetta firme che i browser fanno ancora con chiavi RSA, com'è la tua")
	SiteOpenSSLSignature = define("SiteOpenSSLSignature",
		"%s prefers RSA-PSS signatures, which your card does not make: browsers choose another one, curl and other programs of OpenSSL fail",
		"%s preferisce firme RSA-PSS, che la tua tessera non sa fare: i browser ne scelgono un'altra, curl e altri programmi con OpenSSL falliscono")
	CureSiteOpenSSLSignature = define("CureSiteOpenSSLSignature",
		"use a browser; or have OpenSSL sign by RSA+SHA256, in a file that OPENSSL_CONF names: see the guide",
		"usa un browser; o fai firmare OpenSSL con RSA+SHA256, con il file che OPENSSL_CONF legge: vedi la guida")
)
