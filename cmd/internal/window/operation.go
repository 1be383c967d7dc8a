// SPDX-License-Identifier: Apache-2.0

package window

import (
	"slices"
	"sync"

	"tscns/cardos"
	"tscns/cmd/internal/pinflow"
)

// action is what is done with a PIN.
type action string

// The actions.
const (
	change  action = "change"
	unblock action = "unblock"
	verify  action = "verify"
)

// actions are the questions of each, in the order of the fields of the form.
var actions = map[action][]pinflow.Question{
	change:  {pinflow.PresentPIN, pinflow.NewPIN, pinflow.NewPINAgain},
	unblock: {pinflow.PUK, pinflow.NewPIN, pinflow.NewPINAgain},
	verify:  {pinflow.LoginPIN},
}

// operation is one press of the button of a form. A browser that repeats a
// request, by reload or Back, finds its number used up: a PIN is never sent twice.
type operation struct {
	action  action
	purpose cardos.Purpose
	reader  string
	events  uint32 // of the reader, which tell an insertion of a card from the next
	keypad  bool
	last    bool // the form said that it is the last try
	risky   bool // the form said that even the right PIN may cost a try
}

// ended is an operation with how it ended.
type ended struct {
	operation
	outcome pinflow.Outcome
}

// maxOperations bounds the forms that are open, and the results that can be shown
// once more.
const maxOperations = 16

// operations are the forms that are open, and how the last ones ended.
type operations struct {
	mu      sync.Mutex
	open    numbered[operation]
	results numbered[ended]
}

// numbered keeps the last values by number.
type numbered[T any] struct {
	numbers []string
	values  map[string]T
}

func (n *numbered[T]) add(number string, v T) {
	if n.values == nil {
		n.values = map[string]T{}
	}
	if len(n.numbers) == maxOperations {
		delete(n.values, n.numbers[0])
		n.numbers = n.numbers[1:]
	}
	n.numbers, n.values[number] = append(n.numbers, number), v
}

func (n *numbered[T]) take(number string) (v T, ok bool) {
	v, ok = n.values[number]
	if ok {
		delete(n.values, number)
		n.numbers = slices.DeleteFunc(n.numbers, func(s string) bool { return s == number })
	}
	return v, ok
}

func newOperations() *operations { return &operations{} }

// begin returns the number of a new form.
func (o *operations) begin(op operation) string {
	number := secret(16)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open.add(number, op)
	return number
}

// take uses the number of a form up.
func (o *operations) take(number string) (operation, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.open.take(number)
}

// clear closes all forms.
func (o *operations) clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open = numbered[operation]{}
}

// keep keeps how an operation ended, and returns the number to show it by.
func (o *operations) keep(e ended) string {
	number := secret(16)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.results.add(number, e)
	return number
}

func (o *operations) result(number string) (ended, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.results.values[number]
	return e, ok
}
