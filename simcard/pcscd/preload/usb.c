// SPDX-License-Identifier: Apache-2.0
//
// Preloaded with sockets.c into a private pcscd: a USB bus with one place, in which the
// virtual reader is or is not. pcscd hears of it as it hears of any USB reader,
// from libudev (hotplug_libudev.c), whose functions are answered here.
//
// PCSCD_USB is the descriptor of a pipe: a '+' in it plugs the reader in, a '-'
// pulls it out. It is there at the start. VPCD_PORT is the port that the driver
// gets: it does not know what to make of the name of a USB device.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The system's own dlsym, which the one below hides. Its version differs
// between processors and C libraries.
static void *real_dlsym(void *handle, const char *name) {
  static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.27"};
  static void *(*real)(void *, const char *);
  for (size_t i = 0; !real && i < sizeof versions / sizeof versions[0]; i++)
    real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[i]);
  if (!real) abort();
  return real(handle, name);
}

// The driver: IFDHCreateChannelByName and IFDHCreateChannel of ifdhandler.h.
static long (*create_channel)(unsigned long, unsigned long);

static long create_by_name(unsigned long lun, char *name) {
  (void)name;
  return create_channel(lun, strtoul(getenv("VPCD_PORT"), NULL, 10));
}

void *dlsym(void *handle, const char *name) {
  if (strcmp(name, "IFDHCreateChannelByName") != 0) return real_dlsym(handle, name);
  create_channel = (long (*)(unsigned long, unsigned long))real_dlsym(handle, "IFDHCreateChannel");
  return create_channel ? (void *)create_by_name : NULL;
}

// libudev, as far as pcscd uses it. There is one object of each kind.
struct udev {
  int unused;
};
static struct udev one;
static char action;

#define ONE(name, ...) \
  void *name(__VA_ARGS__) { return &one; }
#define ZERO(name, ...) \
  int name(__VA_ARGS__) { return 0; }
ONE(udev_new, void)
ONE(udev_unref, void *udev)
ONE(udev_enumerate_new, void *udev)
ONE(udev_enumerate_unref, void *enumerate)
ZERO(udev_enumerate_add_match_subsystem, void *enumerate, const char *subsystem)
ZERO(udev_enumerate_scan_devices, void *enumerate)
ONE(udev_enumerate_get_list_entry, void *enumerate)
void *udev_list_entry_get_next(void *entry) { return NULL; }
const char *udev_list_entry_get_name(void *entry) { return "/sys/virtual-reader"; }
ONE(udev_device_new_from_syspath, void *udev, const char *path)
ONE(udev_device_unref, void *device)
ONE(udev_device_get_parent_with_subsystem_devtype, void *device, const char *subsystem, const char *type)
const char *udev_device_get_devnode(void *device) { return "/dev/virtual-reader"; }
const char *udev_device_get_sysname(void *device) { return "virtual-reader"; }
const char *udev_device_get_action(void *device) { return action == '+' ? "add" : "remove"; }
ONE(udev_monitor_new_from_netlink, void *udev, const char *name)
ONE(udev_monitor_unref, void *monitor)
ZERO(udev_monitor_filter_add_match_subsystem_devtype, void *monitor, const char *subsystem, const char *type)
ZERO(udev_monitor_enable_receiving, void *monitor)
int udev_monitor_get_fd(void *monitor) { return atoi(getenv("PCSCD_USB")); }

// The numbers of usb.plist.
const char *udev_device_get_sysattr_value(void *device, const char *name) {
  return strcmp(name, "idVendor") == 0 || strcmp(name, "idProduct") == 0 ? "FFFF" : NULL;
}

// Asked by pcscd from 2.3.2 on, whether somebody wants the reader ignored.
const char *udev_device_get_property_value(void *device, const char *name) { return NULL; }

void *udev_monitor_receive_device(void *monitor) {
  return read(udev_monitor_get_fd(monitor), &action, 1) == 1 ? &one : NULL;
}
