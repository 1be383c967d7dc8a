// SPDX-License-Identifier: Apache-2.0

package window

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// ownPeer reports whether the other end of a connection belongs to a process of
// the user of this one, as the kernel's tables of connections say
// (proc_net_tcp.txt of the Linux documentation). A browser may connect by a
// socket of IPv6, whose table is another.
func ownPeer(c net.Conn) bool {
	from, err := netip.ParseAddrPort(c.RemoteAddr().String())
	to, err2 := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil || err2 != nil {
		return false
	}
	for name, form := range map[string]func(netip.AddrPort) string{"/proc/net/tcp": entry4, "/proc/net/tcp6": entry6} {
		if f, err := os.Open(name); err == nil {
			uid, found := owner(f, form(from), form(to))
			f.Close()
			if found {
				return uid == os.Getuid()
			}
		}
	}
	return false
}

// owner returns the user id of the socket that is connected from one address to
// another, both as the table writes them.
func owner(table io.Reader, from, to string) (uid int, found bool) {
	for lines := bufio.NewScanner(table); lines.Scan(); {
		// sl local_address rem_address st tx:rx tr:tm retrnsmt uid
		f := strings.Fields(lines.Text())
		if len(f) > 7 && f[1] == from && f[2] == to {
			uid, err := strconv.Atoi(f[7])
			return uid, err == nil
		}
	}
	return 0, false
}

// entry4 and entry6 return an IPv4 address as the tables write it: each 32 bits in
// the order of the processor.
func entry4(a netip.AddrPort) string {
	b := a.Addr().Unmap().As4()
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(b[:]), a.Port())
}

func entry6(a netip.AddrPort) string {
	mapped := binary.NativeEndian.Uint32([]byte{0, 0, 0xFF, 0xFF})
	return fmt.Sprintf("%016X%08X", 0, mapped) + entry4(a)
}
