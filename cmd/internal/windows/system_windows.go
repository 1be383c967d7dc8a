// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"errors"
	"unsafe"

	sys "golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Open returns the system of this process, nil where it is not Windows.
func Open() System { return computer{} }

// computer is the one of this process.
type computer struct{}

func (computer) Registry() Registry { return machine{} }

// services is the key with the configuration of each service.
const services = `SYSTEM\CurrentControlSet\Services\`

func (computer) Service(name string) (s Service, err error) {
	var start uint64
	err = open(services+name, registry.QUERY_VALUE, func(k registry.Key) error {
		start, _, err = k.GetIntegerValue("Start")
		return err
	})
	if errors.Is(err, sys.ERROR_FILE_NOT_FOUND) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.Installed = true
	s.Disabled, s.Automatic = start == sys.SERVICE_DISABLED, start == sys.SERVICE_AUTO_START
	if !s.Disabled {
		s.Running, err = running(name)
	}
	return s, err
}

// running reports whether the service manager has a service running, or about to.
func running(name string) (bool, error) {
	manager, err := sys.OpenSCManager(nil, nil, sys.SC_MANAGER_CONNECT)
	if err != nil {
		return false, err
	}
	defer func() { _ = sys.CloseServiceHandle(manager) }()
	wide, err := sys.UTF16PtrFromString(name)
	if err != nil {
		return false, err
	}
	handle, err := sys.OpenService(manager, wide, sys.SERVICE_QUERY_STATUS)
	if errors.Is(err, sys.ERROR_SERVICE_DOES_NOT_EXIST) {
		return false, nil // entered since Windows started
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = sys.CloseServiceHandle(handle) }()
	var status sys.SERVICE_STATUS
	err = sys.QueryServiceStatus(handle, &status)
	return status.CurrentState == sys.SERVICE_RUNNING || status.CurrentState == sys.SERVICE_START_PENDING, err
}

func (computer) Elevated() bool { return sys.GetCurrentProcessToken().IsElevated() }

// smRemoteSession is SM_REMOTESESSION of GetSystemMetrics.
const smRemoteSession = 0x1000

var getSystemMetrics = sys.NewLazySystemDLL("user32.dll").NewProc("GetSystemMetrics")

func (computer) Remote() bool {
	if getSystemMetrics.Find() != nil {
		return false
	}
	answer, _, _ := getSystemMetrics.Call(smRemoteSession)
	return answer != 0
}

func (computer) Vendor(path string) string {
	size, err := sys.GetFileVersionInfoSize(path, nil)
	if err != nil || size == 0 {
		return ""
	}
	block := make([]byte, size)
	if sys.GetFileVersionInfo(path, 0, size, unsafe.Pointer(&block[0])) != nil {
		return ""
	}
	// The languages that the texts are in: pairs of language and code page.
	var languages *[2]uint16
	var length uint32
	if sys.VerQueryValue(unsafe.Pointer(&block[0]), `\VarFileInfo\Translation`, unsafe.Pointer(&languages), &length) != nil || length < 4 {
		return ""
	}
	var text *uint16
	name := `\StringFileInfo\` + hex4(languages[0]) + hex4(languages[1]) + `\CompanyName`
	if sys.VerQueryValue(unsafe.Pointer(&block[0]), name, unsafe.Pointer(&text), &length) != nil || length == 0 {
		return ""
	}
	return sys.UTF16ToString(unsafe.Slice(text, length))
}

func hex4(n uint16) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[n>>12], digits[n>>8&15], digits[n>>4&15], digits[n&15]})
}
