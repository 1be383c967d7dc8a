// SPDX-License-Identifier: Apache-2.0

package e2e

import "path/filepath"

// python skips the test where the system's Python lacks a module, and adds the
// folder with it, where that is one of build.sh's.
func (k *kitchen) python(module, pkg string) {
	k.t.Helper()
	interpreter := needPackaged(k.t, "python3", "python3", "/usr/bin/python3")
	k.put("python3 ", interpreter+" ")
	found := needPackaged(k.t, module, pkg, "/usr/lib/python3/dist-packages/"+module, "/usr/local/lib/python3*/dist-packages/"+module)
	k.env = append(k.env, "PYTHONPATH="+filepath.Dir(found))
}

// cookPython runs a script that logs in and signs the text, PKCS #1 v1.5 with SHA-256.
func cookPython(module, pkg string) func(k *kitchen, command string) {
	return func(k *kitchen, command string) {
		k.python(module, pkg)
		k.signedData()
		k.served(command, "", k.pinAt("PIN: "))
		k.checkSignature()
	}
}

func cookGraphene(k *kitchen, command string) {
	k.env = append(k.env, "NODE_PATH="+filepath.Join(installNode(k.t), "node_modules"))
	k.signedData()
	k.served(command, "", k.pinAt("PIN: "))
	k.checkSignature()
}
