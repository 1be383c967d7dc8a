// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"
)

// Marionette is a client of Firefox's remote control of that name. A message
// is a decimal length, a colon and JSON: [0, id, command, parameters] to
// Firefox, [1, id, error, result] back.
//
// Firefox answers nothing while a prompt of its own is open, since its main
// thread then waits in a loop of its own. Every call has a deadline; what
// happens meanwhile is told by the observer (see Firefox.Observe).
type Marionette struct {
	conn net.Conn
	in   *bufio.Reader
	id   int
}

// MarionetteError is an error that Firefox answered.
type MarionetteError struct{ Kind, Message string }

func (e *MarionetteError) Error() string { return "marionette: " + e.Kind + ": " + e.Message }

// dialMarionette connects and opens a session. Pages load in the background.
func dialMarionette(port int) (*Marionette, error) {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	m := &Marionette{conn: conn, in: bufio.NewReader(conn)}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		m.Close()
		return nil, err
	}
	if _, err := m.receive(); err != nil { // the greeting
		m.Close()
		return nil, err
	}
	_, err = m.Call("WebDriver:NewSession", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"acceptInsecureCerts": false, "pageLoadStrategy": "none", "unhandledPromptBehavior": "ignore",
	}}})
	if err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// Close ends the connection; Firefox runs on.
func (m *Marionette) Close() { _ = m.conn.Close() }

func (m *Marionette) receive() ([]byte, error) {
	length, err := m.in.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(length[:len(length)-1])
	if err != nil || n < 0 || n > 64<<20 {
		return nil, fmt.Errorf("marionette: length %q", length)
	}
	body := make([]byte, n)
	_, err = io.ReadFull(m.in, body)
	return body, err
}

// send sends a command and does not wait for the answer.
func (m *Marionette) send(command string, parameters map[string]any) error {
	m.id++
	if parameters == nil {
		parameters = map[string]any{}
	}
	message, err := json.Marshal([]any{0, m.id, command, parameters})
	if err != nil {
		return err
	}
	if err := m.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(m.conn, "%d:%s", len(message), message)
	return err
}

// Call sends a command and returns its result.
func (m *Marionette) Call(command string, parameters map[string]any) (json.RawMessage, error) {
	if err := m.send(command, parameters); err != nil {
		return nil, err
	}
	for {
		body, err := m.receive()
		if err != nil {
			return nil, fmt.Errorf("marionette: %s: %w", command, err)
		}
		var answer [4]json.RawMessage
		var id int
		if err := json.Unmarshal(body, &answer); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(answer[1], &id); err != nil {
			return nil, err
		}
		if id != m.id {
			continue // the late answer to Navigate
		}
		return answer[3], marionetteError(answer[2])
	}
}

func marionetteError(answer json.RawMessage) error {
	var e *struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(answer, &e); err != nil {
		return err
	}
	if e == nil {
		return nil
	}
	return &MarionetteError{e.Error, e.Message}
}

// Navigate tells Firefox to load a page. It does not wait: Firefox answers late
// where the page makes a prompt appear. Whether the page comes is seen on the
// page.
func (m *Marionette) Navigate(url string) error {
	return m.send("WebDriver:Navigate", map[string]any{"url": url})
}

// Script runs a function body in the page, and puts what it returns into result.
func (m *Marionette) Script(result any, script string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	answer, err := m.Call("WebDriver:ExecuteScript", map[string]any{"script": script, "args": args, "newSandbox": true})
	if err != nil || result == nil {
		return err
	}
	var value struct{ Value json.RawMessage }
	if err := json.Unmarshal(answer, &value); err != nil {
		return err
	}
	return json.Unmarshal(value.Value, result)
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

// Screenshot writes what the page shows to a PNG file.
func (m *Marionette) Screenshot(path string) error {
	answer, err := m.Call("WebDriver:TakeScreenshot", map[string]any{"full": false})
	if err != nil {
		return err
	}
	var value struct{ Value []byte } // base64 in JSON
	if err := json.Unmarshal(answer, &value); err != nil {
		return err
	}
	return os.WriteFile(path, value.Value, 0o644)
}

// Quit asks Firefox to end as if the user had closed it.
func (m *Marionette) Quit() error {
	_, err := m.Call("Marionette:Quit", map[string]any{"flags": []string{"eAttemptQuit"}})
	return err
}
