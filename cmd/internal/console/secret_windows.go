// SPDX-License-Identifier: Apache-2.0

package console

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

func leaveNoCore() {}

// terminal is the input of the console of the process.
type terminal struct {
	handle windows.Handle
	before uint32 // its mode
}

func openTerminal() (*terminal, error) {
	name, err := windows.UTF16PtrFromString("CONIN$")
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return nil, err
	}
	t := &terminal{handle: handle}
	if err := windows.GetConsoleMode(handle, &t.before); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *terminal) close() { _ = windows.CloseHandle(t.handle) }

// hide has what is typed read by lines and not shown.
func (t *terminal) hide() error {
	return windows.SetConsoleMode(t.handle, t.before&^windows.ENABLE_ECHO_INPUT|windows.ENABLE_LINE_INPUT|windows.ENABLE_PROCESSED_INPUT)
}

func (t *terminal) show() { _ = windows.SetConsoleMode(t.handle, t.before) }

// readLine reads up to the end of the line into b, and returns how many characters
// of it are typed. The console gives two bytes a character; they are made one in
// place, and one that is not of ASCII is no digit. What does not fit is read and
// dropped.
func (t *terminal) readLine(b []byte) (n int, err error) {
	wide := unsafe.Slice((*uint16)(unsafe.Pointer(&b[0])), len(b)/2)
	for {
		at := wide[n:]
		if len(at) == 0 {
			at = wide[len(wide)-1:]
		}
		var got uint32
		if err := windows.ReadConsole(t.handle, &at[0], uint32(len(at)), &got, nil); err != nil || got == 0 {
			return narrow(b, wide, n), err
		}
		for i, c := range at[:got] {
			if c == '\r' || c == '\n' {
				n = min(n+i, len(wide))
				return narrow(b, wide, n), nil
			}
		}
		n = min(n+int(got), len(wide))
	}
}

// narrow makes the first n characters one byte each.
func narrow(b []byte, wide []uint16, n int) int {
	for i, c := range wide[:n] {
		if c >= 0x80 {
			c = '?'
		}
		b[i] = byte(c)
	}
	clear(b[n:])
	return n
}
