// SPDX-License-Identifier: Apache-2.0

package localfiles

import "sync"

// loginPrefix begins the names of the files, which are no names of the cache.
const loginPrefix = "login-"

// Logins is how the programs of a user share the login of a card: each of them
// that has entered the PIN holds a shared lock on a file in the directory of
// [RuntimeDir], which the system drops when a program ends in whatever way. Where
// the directory cannot be used, and on systems other than Linux, each program is
// alone. Logins implements cardos.Logins.
type Logins struct {
	dir string // "" for none

	mu     sync.Mutex
	joined map[string]*part
}

// NewLogins returns the logins in a runtime directory, which has to be the user's
// own; each program is alone if it is "".
func NewLogins(runtimeDir string) *Logins {
	return &Logins{dir: underHome(runtimeDir), joined: map[string]*part{}}
}

// Join takes part in the login of the card with a name of 64 hexadecimal digits.
// It waits while another program, the last one, resets the card. It reports
// whether the login is shared.
func (l *Logins) Join(name string) bool {
	if !isName(name) || l.dir == "" {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.joined[name]; p != nil && p.open() {
		p.users++
		return true
	}
	p, err := l.join(loginPrefix + name)
	if err != nil {
		return false
	}
	l.joined[name] = p
	return true
}

// Leave ends this program's part. Where no other program takes part it calls
// reset, and none can join until that returns: if opened, which says that a PIN
// of this program may be in force on the card, or if one that left before left
// it open.
func (l *Logins) Leave(name string, opened bool, reset func()) {
	l.mu.Lock()
	p := l.joined[name]
	if p != nil && p.users > 1 {
		p.users--
		l.mu.Unlock()
		if opened {
			p.leaveOpen()
		}
		return
	}
	delete(l.joined, name)
	l.mu.Unlock()
	if (p == nil || !p.open()) && opened && isName(name) && l.dir != "" {
		p, _ = l.openFile(loginPrefix + name)
	}
	switch {
	case p != nil && p.open():
		p.leave(opened, reset)
	case opened:
		reset()
	}
}
