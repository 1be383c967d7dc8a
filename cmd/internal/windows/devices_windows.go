// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"errors"
	"slices"
	"strings"

	sys "golang.org/x/sys/windows"
)

// smartCardClass is the USB class of smart card readers (USB CCID, 4.1), as the
// compatible identifiers of a device have it.
const smartCardClass = `USB\CLASS_0B`

func (computer) UndrivenReaders() (names []string, err error) {
	devices, err := sys.SetupDiGetClassDevsEx(nil, "USB", 0, sys.DIGCF_ALLCLASSES|sys.DIGCF_PRESENT, 0, "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = devices.Close() }()
	for i := 0; ; i++ {
		device, err := devices.EnumDeviceInfo(i)
		if errors.Is(err, sys.ERROR_NO_MORE_ITEMS) {
			return names, nil
		}
		if err != nil {
			return names, err
		}
		if isReader(devices, device) && !driven(devices, device) {
			names = append(names, nameOf(devices, device))
		}
	}
}

func isReader(devices sys.DevInfo, device *sys.DevInfoData) bool {
	value, err := devices.DeviceRegistryProperty(device, sys.SPDRP_COMPATIBLEIDS)
	ids, _ := value.([]string)
	return err == nil && slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(strings.ToUpper(id), smartCardClass) })
}

// driven reports whether a driver is installed for a device and works.
func driven(devices sys.DevInfo, device *sys.DevInfoData) bool {
	var status, problem uint32
	if sys.CM_Get_DevNode_Status(&status, &problem, device.DevInst, 0) == nil && status&sys.DN_HAS_PROBLEM != 0 {
		return false
	}
	service, err := devices.DeviceRegistryProperty(device, sys.SPDRP_SERVICE)
	name, _ := service.(string)
	return err == nil && name != ""
}

func nameOf(devices sys.DevInfo, device *sys.DevInfoData) string {
	for _, property := range []sys.SPDRP{sys.SPDRP_FRIENDLYNAME, sys.SPDRP_DEVICEDESC} {
		if value, err := devices.DeviceRegistryProperty(device, property); err == nil {
			if name, _ := value.(string); name != "" {
				return name
			}
		}
	}
	if id, err := devices.DeviceInstanceID(device); err == nil {
		return id
	}
	return "USB"
}
