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
	"sync"
	"time"
)

// CDP is a client of Chromium's DevTools protocol for one tab: JSON messages
// over a WebSocket (RFC 6455). Like Firefox, Chromium answers nothing while a
// PIN prompt is open; an answer that comes too late is dropped.
type CDP struct {
	conn  net.Conn
	in    *bufio.Reader
	ended chan struct{} // closed when nothing more will be read

	mu      sync.Mutex
	id      int
	waiting map[int]chan cdpAnswer
}

type cdpAnswer struct {
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
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
	c := &CDP{conn: conn, in: bufio.NewReader(conn), ended: make(chan struct{}), waiting: map[int]chan cdpAnswer{}}
	if err := c.upgrade(u); err != nil {
		c.Close()
		return nil, err
	}
	go c.listen()
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
	return c.conn.SetDeadline(time.Time{})
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

// listen hands every answer to the call that waits for it.
func (c *CDP) listen() {
	defer close(c.ended)
	for {
		message, err := c.read()
		if err != nil {
			return
		}
		var answer cdpAnswer
		if err := json.Unmarshal(message, &answer); err != nil {
			return
		}
		c.mu.Lock()
		if waiter := c.waiting[answer.ID]; waiter != nil { // else an event, or too late
			waiter <- answer
			delete(c.waiting, answer.ID)
		}
		c.mu.Unlock()
	}
}

// Call sends a command and returns its result.
func (c *CDP) Call(method string, parameters map[string]any) (json.RawMessage, error) {
	return c.call(patience, method, parameters)
}

func (c *CDP) call(timeout time.Duration, method string, parameters map[string]any) (json.RawMessage, error) {
	if parameters == nil {
		parameters = map[string]any{}
	}
	waiter := make(chan cdpAnswer, 1)
	c.mu.Lock()
	c.id++
	id := c.id
	c.waiting[id] = waiter
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
	}()
	message, err := json.Marshal(map[string]any{"id": id, "method": method, "params": parameters})
	if err != nil {
		return nil, err
	}
	if err := c.write(message); err != nil {
		return nil, err
	}
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	select {
	case answer := <-waiter:
		if answer.Error != nil {
			return nil, fmt.Errorf("cdp: %s: %s", method, answer.Error.Message)
		}
		return answer.Result, nil
	case <-c.ended:
		return nil, fmt.Errorf("cdp: %s: the browser hung up", method)
	case <-limit.C:
		return nil, fmt.Errorf("cdp: %s: no answer within %v", method, timeout)
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
	return c.script(patience, result, expression)
}

func (c *CDP) script(timeout time.Duration, result any, expression string) error {
	answer, err := c.call(timeout, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
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
