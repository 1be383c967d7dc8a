// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// dialProxy connects to a site through a proxy of HTTP (RFC 9110, section
// 9.3.6, CONNECT). Name and password of the proxy's address go to the proxy.
func dialProxy(ctx context.Context, u, proxy *url.URL) (net.Conn, error) {
	port := map[string]string{"http": "80", "https": "443"}[proxy.Scheme]
	if port == "" {
		return nil, ErrProxyKind
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", hostPort(proxy, port))
	if err != nil {
		return nil, ErrProxy
	}
	end, _ := ctx.Deadline()
	_ = conn.SetDeadline(end)
	if proxy.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{ServerName: proxy.Hostname(), NextProtos: []string{"http/1.1"}})
	}
	if err := tunnel(conn, u, proxy); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// tunnel asks a proxy for the way to a site.
func tunnel(conn net.Conn, u, proxy *url.URL) error {
	to := hostPort(u, "443")
	request := fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: %s\r\n", to, to)
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)) + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return ErrProxy
	}
	// Nothing follows the answer until the client begins with TLS.
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, pageLimit)), &http.Request{Method: http.MethodConnect})
	switch {
	case err != nil:
		return ErrProxy
	case response.StatusCode == http.StatusProxyAuthRequired:
		return ErrProxyPassword
	case response.StatusCode/100 != 2:
		return ErrProxyRefuses
	}
	return nil
}
