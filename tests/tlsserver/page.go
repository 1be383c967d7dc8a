// SPDX-License-Identifier: Apache-2.0

package tlsserver

import (
	"crypto/tls"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// page shows a visitor who he is to the server.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	login := s.record(r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	subject := login.Certificate.Subject
	name := strings.TrimSpace(login.attribute("GN") + " " + login.attribute("SN"))
	if name == "" {
		// A CNS names its holder by codice fiscale, then numbers of the card.
		name, _, _ = strings.Cut(subject.CommonName, "/")
	}
	// What the browser does with a page that was cut short is its matter.
	_ = pageTemplate.Execute(w, map[string]any{
		"Name":      name,
		"CN":        subject.CommonName,
		"Subject":   login.Subject(),
		"Issuer":    login.Certificate.Issuer.CommonName,
		"Serial":    fmt.Sprintf("%X", login.Certificate.SerialNumber),
		"Until":     login.Certificate.NotAfter.Format("2006-01-02"),
		"Version":   login.VersionName(),
		"Suite":     tls.CipherSuiteName(login.CipherSuite),
		"Signature": login.SignatureName(),
	})
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Accesso effettuato / Logged in</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light; }
body { margin: 0; background: #eef2f6; color: #17324d; font: 16px/1.5 "Titillium Web", "DejaVu Sans", system-ui, sans-serif; }
header { background: #0066cc; color: #fff; padding: 14px 32px; font-weight: 600; }
main { max-width: 760px; margin: 36px auto; background: #fff; border-radius: 8px; padding: 28px 36px 32px; box-shadow: 0 2px 12px rgba(23,50,77,.14); }
h1 { margin: 0 0 4px; font-size: 28px; color: #007a52; }
h1 small { font-size: 18px; font-weight: 400; color: #5a768a; }
#name { font-size: 20px; margin: 0 0 20px; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 400; color: #5a768a; width: 230px; vertical-align: top; padding: 7px 12px 7px 0; }
td { padding: 7px 0; overflow-wrap: anywhere; font-family: "DejaVu Sans Mono", monospace; font-size: 14px; }
tr + tr { border-top: 1px solid #e6ecf2; }
footer { max-width: 760px; margin: 0 auto; color: #5a768a; font-size: 13px; text-align: center; }
</style>
</head>
<body>
<header>tscns</header>
<main>
<h1>✓ Accesso effettuato <small>/ Logged in</small></h1>
<p id="name">{{.Name}}</p>
<table>
<tr><th>Titolare / Holder</th><td id="cn">{{.CN}}</td></tr>
<tr><th>Soggetto / Subject</th><td id="dn">{{.Subject}}</td></tr>
<tr><th>Emesso da / Issuer</th><td id="issuer">{{.Issuer}}</td></tr>
<tr><th>Numero di serie / Serial</th><td id="serial">{{.Serial}}</td></tr>
<tr><th>Valido fino al / Valid until</th><td id="until">{{.Until}}</td></tr>
<tr><th>Protocollo / Protocol</th><td id="proto">{{.Version}} {{.Suite}}</td></tr>
<tr><th>Firma / Card signature</th><td id="signature">{{.Signature}}</td></tr>
</table>
</main>
<footer>Pagina di prova su questo computer: nulla esce da qui. / Test page on this computer: nothing leaves it.</footer>
</body>
</html>
`))

// attributeNames are short names of subject attributes (X.520), as OpenSSL
// prints them.
var attributeNames = map[string]string{
	"2.5.4.3":  "CN",
	"2.5.4.4":  "SN",
	"2.5.4.5":  "serialNumber",
	"2.5.4.6":  "C",
	"2.5.4.7":  "L",
	"2.5.4.8":  "ST",
	"2.5.4.10": "O",
	"2.5.4.11": "OU",
	"2.5.4.42": "GN",
	"2.5.4.46": "dnQualifier",
}

// Subject returns the subject of the certificate on a line, in the order that
// the certificate has it.
func (l Login) Subject() string {
	var parts []string
	for _, a := range l.Certificate.Subject.Names {
		name, known := attributeNames[a.Type.String()]
		if !known {
			name = a.Type.String()
		}
		parts = append(parts, fmt.Sprintf("%s=%v", name, a.Value))
	}
	return strings.Join(parts, ", ")
}

// attribute returns a subject attribute by its short name, "" without it.
func (l Login) attribute(short string) string {
	for _, a := range l.Certificate.Subject.Names {
		if attributeNames[a.Type.String()] == short {
			return fmt.Sprint(a.Value)
		}
	}
	return ""
}
