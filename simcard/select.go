// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"bytes"
	"encoding/binary"
)

const fidMF = 0x3F00

// selectFile is SELECT (ISO/IEC 7816-4, 11.1.1) with P1 00, 01, 02, 03, 04,
// 08 and 09 and P2 00 (FCI) and 0C (no data). A SELECT that fails leaves the
// current file as it is.
func (c *Card) selectFile(cmd command) response {
	if cmd.p2 != 0x00 && cmd.p2 != 0x0C {
		return status(0x6A86)
	}
	if cmd.p1 == 0x04 {
		return c.selectName(cmd)
	}
	if c.locked && c.state.app == c.mf {
		return status(0x6A82)
	}
	found, sw := c.find(cmd)
	if sw != 0x9000 {
		return status(sw)
	}
	if found.dir {
		c.state.df, c.state.ef = found, nil
	} else {
		c.state.df, c.state.ef = found.parent, found
	}
	return c.selected(cmd, found)
}

// find resolves the data of a SELECT other than by name.
func (c *Card) find(cmd command) (*file, uint16) {
	root, here := c.state.app, c.state.df
	if cmd.p1 == 0x08 || cmd.p1 == 0x09 {
		if len(cmd.data) == 0 || len(cmd.data)%2 != 0 {
			return nil, 0x6700
		}
		if cmd.p1 == 0x08 {
			here = root
		}
		return found(here.walk(cmd.data))
	}
	if cmd.p1 == 0x03 {
		if len(cmd.data) != 0 || here.parent == nil {
			return nil, 0x6A82
		}
		return here.parent, 0x9000
	}
	if cmd.p1 > 0x02 {
		return nil, 0x6A86
	}
	if len(cmd.data) == 0 && cmd.p1 == 0x00 {
		return root, 0x9000
	}
	if len(cmd.data) != 2 {
		return nil, 0x6700
	}
	fid := binary.BigEndian.Uint16(cmd.data)
	if fid == fidMF && cmd.p1 == 0x00 {
		return root, 0x9000
	}
	child := here.child(fid)
	if child != nil && (cmd.p1 == 0x01 && !child.dir || cmd.p1 == 0x02 && child.dir) {
		child = nil
	}
	return found(child)
}

func found(f *file) (*file, uint16) {
	if f == nil {
		return nil, 0x6A82
	}
	return f, 0x9000
}

// selectName is SELECT by application identifier.
func (c *Card) selectName(cmd command) response {
	if cmd.p2 == 0x0C && !c.behaviour.SelectNameNoFCI {
		return status(0x6A86)
	}
	for _, app := range c.apps {
		if bytes.Equal(app.aid, cmd.data) {
			c.state.app, c.state.df, c.state.ef = app, app, nil
			return c.selected(cmd, app)
		}
	}
	return status(0x6A82)
}

func (c *Card) selected(cmd command, f *file) response {
	if cmd.p2 == 0x0C {
		return status(0x9000)
	}
	fci := f.fci(c.behaviour.LifeCycle)
	if cmd.le == noLe && c.behaviour.SelectAlwaysFCI {
		return answer(fci)
	}
	return cmd.fit(fci)
}
