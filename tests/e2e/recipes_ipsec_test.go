// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// charon is strongSwan's daemon, with the plugins that a test needs. The kernel
// has no part in it (libipsec): many have no ESP.
const charon = `charon {
  load = pem pkcs1 pkcs8 x509 pubkey openssl sha1 sha2 hmac kdf random nonce constraints pkcs11 kernel-libipsec kernel-netlink socket-default vici updown
  filelog {
    log {
      path = %s
      flush_line = yes
    }
  }
  plugins {
    include %s
  }
}
`

const gateway = `connections {
  gateway {
    local_addrs = 10.77.0.2
    local {
      auth = pubkey
      certs = server.pem
      id = localhost
    }
    remote {
      auth = pubkey
      cacerts = ca.pem
    }
    pools = clients
    children {
      office {
        local_ts = 10.78.0.0/16
      }
    }
  }
}
pools {
  clients {
    addrs = 10.79.0.0/24
  }
}
`

// ipsecNetwork is run in a network of its own, where it makes another one with
// the gateway in it.
const ipsecNetwork = `set -e
mount -t proc proc /proc
ip link set lo up
ip link add v0 type veth peer name v1
unshare -n -m sh -e -c '
  until ip link show v1 >/dev/null 2>&1; do sleep 0.02; done
  ip link set lo up; ip link set v1 up; ip addr add 10.77.0.2/24 dev v1; ip addr add 10.78.0.1/16 dev lo
  mount -t tmpfs tmpfs /run
  export STRONGSWAN_CONF=$GATEWAY/strongswan.conf SWANCTL_DIR=$GATEWAY
  "$CHARON" >/dev/null 2>&1 &
  until swanctl --load-all >$GATEWAY/swanctl.log 2>&1; do sleep 0.05; done
  wait' &
peer=$!
until [ "$(readlink /proc/$peer/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.02; done
ip link set v1 netns $peer
ip link set v0 up
ip addr add 10.77.0.1/24 dev v0
mount -t tmpfs tmpfs /run
`

// runStrongSwan makes a VPN (IKEv2, ESP) between two networks of this computer.
func runStrongSwan(f *fixture, command string) {
	daemon := kit.NeedFile(f.t, "charon", "strongswan-charon", "/usr/lib/ipsec/charon", "/usr/libexec/ipsec/charon")
	Need(f.t, "swanctl", "strongswan-swanctl")
	kit.NeedFile(f.t, "libipsec", "libcharon-extra-plugins", "/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so")
	kit.NeedFile(f.t, "strongSwan's plugin for PKCS #11", "libstrongswan-extra-plugins", "/usr/lib/ipsec/plugins/libstrongswan-pkcs11.so")
	kit.NeedFile(f.t, "/dev/net/tun", "of the kernel", "/dev/net/tun")
	f.tscns()
	f.isolate = []string{"-n", "-p", "-f", "--kill-child"}
	server, client := f.t.TempDir(), f.t.TempDir()
	for _, dir := range []string{server, client} {
		for _, sub := range []string{"x509", "x509ca", "private", "conf.d"} {
			require.NoError(f.t, os.Mkdir(filepath.Join(dir, sub), 0o700))
		}
		require.NoError(f.t, os.WriteFile(filepath.Join(dir, "x509ca", "ca.pem"), f.Read(f.CAFile), 0o600))
		require.NoError(f.t, os.WriteFile(filepath.Join(dir, "strongswan.conf"),
			[]byte(fmt.Sprintf(charon, filepath.Join(dir, "log"), filepath.Join(dir, "pkcs11.conf"))), 0o600))
	}
	certificate, key, _ := strings.Cut(string(f.Read(f.ServerFile)), "-----BEGIN PRIVATE KEY")
	for name, content := range map[string]string{"x509/server.pem": certificate, "private/server.pem": "-----BEGIN PRIVATE KEY" + key, "swanctl.conf": gateway, "pkcs11.conf": ""} {
		require.NoError(f.t, os.WriteFile(filepath.Join(server, name), []byte(content), 0o600))
	}
	require.NoError(f.t, os.WriteFile(filepath.Join(client, "swanctl.conf"), []byte("include conf.d/*.conf\n"), 0o600))
	f.mounts = ". '" + f.File("network", []byte(ipsecNetwork)) + "' && "
	f.put("/etc/strongswan.d/charon/pkcs11.conf", filepath.Join(client, "pkcs11.conf"))
	f.put("/etc/swanctl/conf.d/office.conf", filepath.Join(client, "conf.d", "office.conf"))
	f.put("systemctl restart strongswan", daemon+" >/dev/null 2>&1 </dev/null & trap \"kill $!\" EXIT; until swanctl --stats >/dev/null 2>&1; do sleep 0.05; done")
	f.put("vpn.example.it", "10.77.0.2")
	f.put("id = 10.77.0.2", "id = localhost")
	f.env = append(f.env, "STRONGSWAN_CONF="+filepath.Join(client, "strongswan.conf"), "SWANCTL_DIR="+client, "GATEWAY="+server, "CHARON="+daemon)
	f.t.Cleanup(func() {
		for _, dir := range []string{client, server} {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			f.note("charon in %s:\n%s", dir, log)
			log, _ = os.ReadFile(filepath.Join(dir, "swanctl.log"))
			f.note("swanctl:\n%s", log)
		}
	})
	// Nothing listens there; who is not in the VPN hears nothing at all of it.
	f.served(command+"\n(exec 3<>/dev/tcp/10.78.0.1/9) 2>&1 | grep refused", "", f.pinAt("PIN for token1:"))
}
