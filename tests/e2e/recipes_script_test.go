// SPDX-License-Identifier: Apache-2.0

package e2e

import "path/filepath"

// python skips the test where the system's Python lacks a module, and adds the
// folder with it, where that is one of build.sh's.
func (f *fixture) python(module, pkg string) {
	f.t.Helper()
	interpreter := needPackaged(f.t, "python3", "python3", "/usr/bin/python3")
	f.put("python3 ", interpreter+" ")
	found := needPackaged(f.t, module, pkg, "/usr/lib/python3/dist-packages/"+module, "/usr/local/lib/python3*/dist-packages/"+module)
	f.env = append(f.env, "PYTHONPATH="+filepath.Dir(found))
}

// runPython runs a script that logs in and signs the text, PKCS #1 v1.5 with SHA-256.
func runPython(module, pkg string) func(f *fixture, command string) {
	return func(f *fixture, command string) {
		f.python(module, pkg)
		f.signedData()
		f.served(command, "", f.pinAt("PIN: "))
		f.checkSignature()
	}
}

func runGraphene(f *fixture, command string) {
	f.env = append(f.env, "NODE_PATH="+filepath.Join(installNode(f.t), "node_modules"))
	f.signedData()
	f.served(command, "", f.pinAt("PIN: "))
	f.checkSignature()
}
