// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// CDP is a client of Chromium's DevTools protocol for one tab: JSON messages
// over a WebSocket (RFC 6455). Chromium answers also while a dialog is open.
type CDP struct {
	conn net.Conn
	in   *bufio.Reader
	id   int
}

// dialCDP connects to a tab by its webSocketDebuggerUrl.
func dialCDP(address string) (*CDP, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	c := &CDP{conn: conn, in: bufio.NewReader(conn)}
	if err := c.upgrade(u); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// upgrade turns the HTTP connection into a WebSocket (RFC 6455, section 4.1).
func (c *CDP) upgrade(u *url.URL) error {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n", u.RequestURI(), u.Host, base64.StdEncoding.EncodeToString(key))
	if err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("cdp: %s", answer.Status)
	}
	return nil
}

// Close ends the connection; Chromium runs on.
func (c *CDP) Close() { _ = c.conn.Close() }

// Frames of RFC 6455, section 5.2.
const (
	frameFinal  = 0x80
	frameText   = 0x1
	frameMasked = 0x80
	frameClose  = 0x8
	frameTypes  = 0xF
)

func (c *CDP) write(message []byte) error {
	frame := []byte{frameFinal | frameText}
	switch n := len(message); {
	case n < 126:
		frame = append(frame, frameMasked|byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, frameMasked|126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, frameMasked|127), uint64(n))
	}
	mask := make([]byte, 4)
	if _, err := rand.Read(mask); err != nil {
		return err
	}
	frame = append(frame, mask...)
	for i, b := range message {
		frame = append(frame, b^mask[i%4])
	}
	_, err := c.conn.Write(frame)
	return err
}

func (c *CDP) read() ([]byte, error) {
	var message []byte
	for {
		var head [2]byte
		if _, err := io.ReadFull(c.in, head[:]); err != nil {
			return nil, err
		}
		length := uint64(head[1])
		long := map[uint64]int{126: 2, 127: 8}[length]
		if long > 0 {
			wide := make([]byte, 8)
			if _, err := io.ReadFull(c.in, wide[8-long:]); err != nil {
				return nil, err
			}
			length = binary.BigEndian.Uint64(wide)
		}
		if head[0]&frameTypes == frameClose {
			return nil, errors.New("cdp: closed by the browser")
		}
		if length > 64<<20 {
			return nil, fmt.Errorf("cdp: a frame of %d bytes", length)
		}
		part := make([]byte, length)
		if _, err := io.ReadFull(c.in, part); err != nil {
			return nil, err
		}
		message = append(message, part...)
		if head[0]&frameFinal != 0 {
			return message, nil
		}
	}
}

// Call sends a command and returns its result.
func (c *CDP) Call(method string, parameters map[string]any) (json.RawMessage, error) {
	c.id++
	if parameters == nil {
		parameters = map[string]any{}
	}
	message, err := json.Marshal(map[string]any{"id": c.id, "method": method, "params": parameters})
	if err != nil {
		return nil, err
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if err := c.write(message); err != nil {
		return nil, err
	}
	for {
		message, err := c.read()
		if err != nil {
			return nil, fmt.Errorf("cdp: %s: %w", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(message, &answer); err != nil {
			return nil, err
		}
		if answer.ID != c.id {
			continue // an event
		}
		if answer.Error != nil {
			return nil, fmt.Errorf("cdp: %s: %s", method, answer.Error.Message)
		}
		return answer.Result, nil
	}
}

// Navigate tells the tab to load a page and does not wait: an answer to
// Page.navigate comes only once the server has answered.
func (c *CDP) Navigate(url string) error {
	location, err := json.Marshal(url)
	if err != nil {
		return err
	}
	return c.Script(nil, "void setTimeout(() => { location.href = "+string(location)+" }, 0)")
}

// Script evaluates an expression in the page, and puts its value into result.
func (c *CDP) Script(result any, expression string) error {
	answer, err := c.Call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
	if err != nil || result == nil {
		return err
	}
	var value struct {
		Result struct{ Value json.RawMessage }
	}
	if err := json.Unmarshal(answer, &value); err != nil {
		return err
	}
	if value.Result.Value == nil {
		return errors.New("cdp: no value of " + expression)
	}
	return json.Unmarshal(value.Result.Value, result)
}

// Screenshot writes what the page shows to a PNG file.
func (c *CDP) Screenshot(path string) error {
	answer, err := c.Call("Page.captureScreenshot", nil)
	if err != nil {
		return err
	}
	var value struct{ Data []byte } // base64 in JSON
	if err := json.Unmarshal(answer, &value); err != nil {
		return err
	}
	return os.WriteFile(path, value.Data, 0o644)
}
