// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"

	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// Explain says why [Look] saw nothing at an address. r and err, which is not
// nil, are what it returned.
func Explain(address string, r Report, err error) []finding.Finding {
	f := finding.Failed
	if r.URL == nil {
		return f(message.SiteNoAddress.With(clean(address)), message.CureSiteNoAddress)
	}
	host, proxy := clean(r.Host()), clean(r.Proxy)
	is := func(reason error) bool { return errors.Is(err, reason) }
	switch {
	case is(ErrName):
		return f(message.SiteNameUnknown.With(host), message.CureSiteNameUnknown)
	case is(ErrRefused):
		return f(message.SiteRefuses.With(host), message.CureSiteDown)
	case is(ErrSilent):
		return f(message.SiteSilent.With(host), message.CureSiteDown)
	case is(ErrNotTLS):
		return f(message.SiteNotTLS.With(host), message.CureSiteNotTLS)
	case is(ErrOldVersions):
		return f(message.SiteOldVersions.With(host), message.CureSiteItself)
	case is(ErrHandshake):
		return f(message.SiteNoHandshake.With(host), message.CureSiteDown)
	case is(ErrProxy):
		return f(message.SiteProxySilent.With(proxy), message.CureSiteProxy)
	case is(ErrProxyPassword):
		return f(message.SiteProxyPassword.With(proxy), message.CureSiteProxy)
	case is(ErrProxyRefuses):
		return f(message.SiteProxyRefuses.With(proxy, host), message.CureSiteProxy)
	case is(ErrProxyKind):
		return f(message.SiteProxyKind, message.CureSiteProxyKind)
	}
	return f(message.SiteUnreachable.With(host), message.CureSiteNetwork)
}
