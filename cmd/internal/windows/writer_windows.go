// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"path/filepath"
	"unsafe"

	sys "golang.org/x/sys/windows"
)

// writing are the rights by which a file or what a folder holds can be changed,
// or who has such rights.
const writing = sys.FILE_WRITE_DATA | sys.FILE_APPEND_DATA | sys.FILE_WRITE_EA | sys.FILE_WRITE_ATTRIBUTES | fileDeleteChild |
	sys.DELETE | sys.WRITE_DAC | sys.WRITE_OWNER | sys.GENERIC_WRITE | sys.GENERIC_ALL

// adding is what everybody may do in the folder of a drive: make folders and
// files of their own beside those that are there.
const adding = sys.FILE_WRITE_DATA | sys.FILE_APPEND_DATA

const fileDeleteChild = 0x40 // FILE_DELETE_CHILD

// Types and flags of an entry of an access control list.
const (
	accessAllowed         = 0 // ACCESS_ALLOWED_ACE_TYPE
	accessAllowedCallback = 9 // ACCESS_ALLOWED_CALLBACK_ACE_TYPE
	inheritOnly           = 8 // INHERIT_ONLY_ACE
	trustedInstaller      = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
)

func (computer) Writer(path string) (account string, err error) {
	path = filepath.Clean(path)
	for {
		above := filepath.Dir(path)
		forbidden := sys.ACCESS_MASK(writing)
		if above == path { // the folder of a drive, or of a share
			forbidden &^= adding
		}
		if account, err = writerOf(path, forbidden); account != "" || err != nil || above == path {
			return account, err
		}
		path = above
	}
}

// writerOf returns an account that may do what is forbidden with one file or
// folder, or owns it.
func writerOf(path string, forbidden sys.ACCESS_MASK) (string, error) {
	sd, err := sys.GetNamedSecurityInfo(path, sys.SE_FILE_OBJECT, sys.OWNER_SECURITY_INFORMATION|sys.DACL_SECURITY_INFORMATION)
	if err != nil {
		return "", err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return "", err
	}
	if !administers(owner) {
		return accountName(owner), nil
	}
	list, _, err := sd.DACL()
	if err != nil {
		return "", err
	}
	if list == nil { // no list at all: everybody may do everything
		return "Everyone", nil
	}
	for i := range uint32(list.AceCount) {
		var entry *sys.ACCESS_ALLOWED_ACE
		if err := sys.GetAce(list, i, &entry); err != nil {
			return "", err
		}
		allows := entry.Header.AceType == accessAllowed || entry.Header.AceType == accessAllowedCallback
		if !allows || entry.Header.AceFlags&inheritOnly != 0 || entry.Mask&forbidden == 0 {
			continue
		}
		if sid := (*sys.SID)(unsafe.Pointer(&entry.SidStart)); !administers(sid) {
			return accountName(sid), nil
		}
	}
	return "", nil
}

// administers reports whether an account is the system or the administrators:
// who can replace any file anyhow.
func administers(sid *sys.SID) bool {
	return sid.IsWellKnown(sys.WinLocalSystemSid) || sid.IsWellKnown(sys.WinBuiltinAdministratorsSid) || sid.String() == trustedInstaller
}

func accountName(sid *sys.SID) string {
	if name, domain, _, err := sid.LookupAccount(""); err == nil {
		if domain == "" {
			return name
		}
		return domain + `\` + name
	}
	return sid.String()
}
