// SPDX-License-Identifier: Apache-2.0

package module

import "time"

// A card that does not answer while it is recognised may have lost its contact
// for a moment, or be broken or upside down. It is looked at again, but not
// more often than this, and only as long as looking takes no time that a host
// would miss.
const (
	muteLooks = 10
	mutePause = 100 * time.Millisecond
	muteTime  = 2 * time.Second // for all looks together
)

// muteCard is what came of the looks at a card that did not answer.
type muteCard struct {
	looks int
	spent time.Duration
	last  time.Time
}

// add counts a look and reports whether it was the last.
func (m *muteCard) add(begin, end time.Time) bool {
	m.looks++
	m.spent += end.Sub(begin)
	m.last = end
	return m.looks >= muteLooks || m.spent >= muteTime
}

// resting reports whether it is too early for another look.
func (m *muteCard) resting(now time.Time) bool {
	return m.looks > 0 && now.Sub(m.last) < mutePause
}

// busyPause is how long a card that another program kept for longer than a host
// can wait is not looked at again, so that a host that goes through its slots
// waits once.
const busyPause = time.Second

// busyCard is a card that another program had when it was looked at last.
type busyCard struct{ until time.Time }

// resting reports whether it is too early for another look.
func (b *busyCard) resting(now time.Time) bool { return now.Before(b.until) }
