// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// CDP is a client of Chromium's DevTools protocol for one tab: JSON messages
// over a WebSocket. Its calls are made one after the other. Like Firefox,
// Chromium answers nothing while a PIN prompt is open; an answer that comes too
// late is dropped.
type CDP struct {
	conn    *websocket.Conn
	id      int
	answers chan cdpAnswer // closed when nothing more will be read
}

type cdpAnswer struct {
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

// dialCDP connects to a tab by its webSocketDebuggerUrl.
func dialCDP(address string) (*CDP, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, address, nil)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(1 << 20)
	c := &CDP{conn: conn, answers: make(chan cdpAnswer, 64)}
	go c.listen()
	return c, nil
}

// listen keeps the answers and drops events.
func (c *CDP) listen() {
	defer close(c.answers)
	for {
		var answer cdpAnswer
		if wsjson.Read(context.Background(), c.conn, &answer) != nil {
			return
		}
		if answer.ID != 0 {
			c.answers <- answer
		}
	}
}

// call sends a command and returns its result.
func (c *CDP) call(timeout time.Duration, method string, parameters map[string]any) (json.RawMessage, error) {
	c.id++
	limit := time.After(timeout)
	if err := wsjson.Write(context.Background(), c.conn, map[string]any{"id": c.id, "method": method, "params": parameters}); err != nil {
		return nil, err
	}
	for {
		select {
		case answer, open := <-c.answers:
			switch {
			case !open:
				return nil, fmt.Errorf("cdp: %s: the browser hung up", method)
			case answer.ID != c.id: // of a call that was given up
			case answer.Error != nil:
				return nil, fmt.Errorf("cdp: %s: %s", method, answer.Error.Message)
			default:
				return answer.Result, nil
			}
		case <-limit:
			return nil, fmt.Errorf("cdp: %s: no answer within %v", method, timeout)
		}
	}
}

// script evaluates an expression in the page, and puts its value into result.
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

// Marionette is a client of Firefox's remote control of that name. A message
// is a decimal length, a colon and JSON: [0, id, command, parameters] to
// Firefox, [1, id, error, result] back.
//
// Firefox answers nothing while a prompt of its own is open, since its main
// thread then waits in a loop of its own. Every call has a deadline; what
// happens meanwhile is told by the scenes of [Firefox].
type Marionette struct {
	conn net.Conn
	in   *bufio.Reader
	id   int
}

// dialMarionette connects and opens a session. Pages load in the background.
func dialMarionette(port string) (*Marionette, error) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return nil, err
	}
	m := &Marionette{conn: conn, in: bufio.NewReader(conn)}
	if _, err = m.receive(); err == nil { // the greeting
		_, err = m.Call("WebDriver:NewSession", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
			"acceptInsecureCerts": false, "pageLoadStrategy": "none", "unhandledPromptBehavior": "ignore",
		}}})
	}
	return m, err
}

func (m *Marionette) receive() ([]byte, error) {
	if err := m.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	n := 0
	if _, err := fmt.Fscanf(m.in, "%d:", &n); err != nil {
		return nil, err
	}
	body := make([]byte, n)
	_, err := io.ReadFull(m.in, body)
	return body, err
}

// send sends a command and does not wait for the answer.
func (m *Marionette) send(command string, parameters map[string]any) error {
	m.id++
	message, err := json.Marshal([]any{0, m.id, command, parameters})
	if err == nil {
		err = m.conn.SetDeadline(time.Now().Add(patience))
	}
	if err == nil {
		_, err = fmt.Fprintf(m.conn, "%d:%s", len(message), message)
	}
	return err
}

// Call sends a command and returns its result.
func (m *Marionette) Call(command string, parameters map[string]any) (result json.RawMessage, err error) {
	if err := m.send(command, parameters); err != nil {
		return nil, err
	}
	for id := 0; id != m.id; { // others are late answers to Navigate
		body, err := m.receive()
		if err != nil {
			return nil, fmt.Errorf("marionette: %s: %w", command, err)
		}
		var failed *struct{ Error, Message string }
		if err := json.Unmarshal(body, &[]any{new(int), &id, &failed, &result}); err != nil {
			return nil, err
		}
		if failed != nil && id == m.id {
			return nil, fmt.Errorf("marionette: %s: %s: %s", command, failed.Error, failed.Message)
		}
	}
	return result, nil
}

// Script runs a function body in the page, and puts what it returns into result.
func (m *Marionette) Script(result any, script string, args ...any) error {
	answer, err := m.Call("WebDriver:ExecuteScript", map[string]any{"script": script, "args": append([]any{}, args...), "newSandbox": true})
	if err != nil || result == nil {
		return err
	}
	return json.Unmarshal(answer, &struct{ Value any }{result})
}

// Chrome does the same with the rights of the browser itself.
func (m *Marionette) Chrome(result any, script string, args ...any) (err error) {
	if _, err := m.Call("Marionette:SetContext", map[string]any{"value": "chrome"}); err != nil {
		return err
	}
	defer func() {
		_, back := m.Call("Marionette:SetContext", map[string]any{"value": "content"})
		err = errors.Join(err, back)
	}()
	return m.Script(result, script, args...)
}
