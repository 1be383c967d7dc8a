// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

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
