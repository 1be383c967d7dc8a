// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"

	"tscns/cardos"
)

const dateLayout = "2006-01-02"

func (st *status) writeText(a *app) {
	l := a.lang
	say := func(m message, args ...any) { fmt.Fprintf(a.out, l.text(m), args...) }
	switch {
	case !st.Service:
		say(msgNoService)
	case len(st.Readers) == 0:
		say(msgNoReader)
	}
	for _, r := range st.Readers {
		say(msgReader, r.Name)
		switch r.State {
		case "empty":
			say(msgEmpty)
		case "mute":
			say(msgMute)
		case "in-use":
			say(msgInUse)
		case "foreign":
			say(msgForeign)
		case "error":
			say(msgCardError, r.Error)
		case "card":
			r.Card.writeText(a, say)
		}
	}
}

func (c *cardStatus) writeText(a *app, say func(message, ...any)) {
	l := a.lang
	say(msgCard, c.Profile, c.Family)
	if c.Contactless {
		say(msgContactless)
	}
	say(msgGrade, l.text(gradeText(c.grade)))
	if c.grade == cardos.Unknown {
		say(msgUnproven)
	}
	if c.Holder == "" {
		say(msgHolderUnread)
	} else {
		say(msgHolder, c.Holder)
	}
	if c.Number != "" {
		say(msgNumber, c.Number)
	}
	if len(c.Certificates) == 0 {
		say(msgNoCertificate)
	}
	for _, cert := range c.Certificates {
		cert.writeText(say, time.Now())
	}
	say(msgPINTries, triesText(c.PINTries, l))
	say(msgPUKTries, triesText(c.PUKTries, l))
	if c.PINPad {
		say(msgPINPad)
	}
	c.writeActive(a)
}

// writeActive says whether the TS-CNS is active, or what is in the way.
func (c *cardStatus) writeActive(a *app) {
	if c.Active {
		yes := a.paint(green, a.lang.of(text{"yes", "sì"}))
		if c.PINTries == nil {
			a.say(text{"  Active      %s, as far as the card tells without the PIN", "  Attiva      %s, per quanto dice la tessera senza il PIN"}, yes)
		} else {
			a.say(text{"  Active      %s", "  Attiva      %s"}, yes)
		}
		return
	}
	var why []string
	for _, o := range c.Obstacles {
		why = append(why, a.lang.of(obstacleTexts[o]))
	}
	a.say(text{"  Active      %s: %s", "  Attiva      %s: %s"}, a.paint(red, a.lang.of(text{"no", "no"})), strings.Join(why, "; "))
}

var obstacleTexts = map[string]text{
	obstacleNone:    {"no certificate (never activated at the counter?)", "manca il certificato (mai attivata allo sportello?)"},
	obstacleNotYet:  {"the certificate is not valid yet", "il certificato non è ancora valido"},
	obstacleExpired: {"the certificate has expired", "il certificato è scaduto"},
	obstacleBlocked: {"the PIN is blocked; unblock it with: tscns pin unblock", "il PIN è bloccato; sbloccalo con: tscns pin unblock"},
}

func (c certStatus) writeText(say func(message, ...any), now time.Time) {
	say(msgCertificate, c.Subject)
	say(msgIssuer, c.Issuer)
	say(msgValidity, c.NotBefore.Format(dateLayout), c.NotAfter.Format(dateLayout))
	switch {
	case now.Before(c.NotBefore):
		say(msgNotYetValid)
	case now.After(c.NotAfter):
		say(msgExpired)
	default:
		say(msgDaysLeft, int(c.NotAfter.Sub(now).Hours()/24))
	}
	if c.CNSPolicy {
		say(msgCNSPolicy)
	} else {
		say(msgNoCNSPolicy)
	}
	say(msgKey, c.KeyBits)
}

func triesText(left *int, l lang) string {
	switch {
	case left == nil:
		return l.text(msgTriesUnknown)
	case *left == 0:
		return l.text(msgBlocked)
	}
	return fmt.Sprint(*left)
}

func gradeText(g cardos.Grade) message {
	switch g {
	case cardos.Proven:
		return msgGradeProven
	case cardos.DriverKnown:
		return msgGradeDriverKnown
	case cardos.Inferred:
		return msgGradeInferred
	}
	return msgGradeUnknown
}

// mask hides a personal text but its first character and its length's order:
// "ROSSI" becomes "R••••". Words are masked one by one.
func mask(s string, show bool) string {
	if show || s == "" {
		return s
	}
	words := strings.Fields(s)
	for i, w := range words {
		first := []rune(w)[:1]
		words[i] = string(first) + "••••"
	}
	return strings.Join(words, " ")
}

// commonName takes the CN out of a DER name, or the last attribute without one.
func commonName(der []byte) string {
	var rdn pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &rdn); err != nil {
		return ""
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdn)
	if name.CommonName != "" {
		return name.CommonName
	}
	return name.String()
}
