// SPDX-License-Identifier: Apache-2.0

package tlsserver

import (
	"fmt"
	"strings"
)

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
