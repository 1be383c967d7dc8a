// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
