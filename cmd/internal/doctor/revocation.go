// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"tscns/cardos"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/revocation"
)

// revocation asks about each certificate for authentication.
func (e *exam) revocation() (findings []finding.Finding) {
	if e.Revocation == nil {
		return finding.Noted(message.RevocationNotAsked)
	}
	for _, id := range e.identities {
		if id.Purpose != cardos.Authentication {
			continue
		}
		for _, k := range id.Keys {
			findings = append(findings, revocation.Findings(e.Revocation(k.Certificate.Raw))...)
		}
	}
	if findings == nil {
		return finding.Noted(message.NotChecked)
	}
	return findings
}
