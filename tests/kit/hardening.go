// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
)

// Hardening returns, in words, what makes a library or program for Linux harder to
// attack, and an error that names what is missing: full RELRO (the tables of the
// dynamic linker are read-only before the first call), an address that the system
// chooses, no memory that is writable and executable, no search path of its own,
// and C that is compiled with stack protector and checked functions.
func Hardening(path string) (text string, err error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	has := map[string]bool{
		"no executable stack": false, "RELRO": false, "no memory both writable and executable": true,
		"position independent": f.Type == elf.ET_DYN, "stack protector": imports(f, func(name string) bool { return name == "__stack_chk_fail" }),
		"checked functions": imports(f, func(name string) bool { return strings.HasSuffix(name, "_chk") }),
	}
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_GNU_STACK:
			has["no executable stack"] = p.Flags&elf.PF_X == 0
		case elf.PT_GNU_RELRO:
			has["RELRO"] = true
		case elf.PT_LOAD:
			if p.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W|elf.PF_X {
				has["no memory both writable and executable"] = false
			}
		}
	}
	has["all bound before the first call (NOW)"] = flag(f, elf.DT_FLAGS, uint64(elf.DF_BIND_NOW)) || flag(f, elf.DT_FLAGS_1, uint64(elf.DF_1_NOW))
	has["no relocations in code"] = !flag(f, elf.DT_FLAGS, uint64(elf.DF_TEXTREL)) && len(values(f, elf.DT_TEXTREL)) == 0
	has["no search path"] = len(values(f, elf.DT_RPATH)) == 0 && len(values(f, elf.DT_RUNPATH)) == 0
	var there, missing []string
	for what, yes := range has {
		if yes {
			there = append(there, what)
		} else {
			missing = append(missing, what)
		}
	}
	slices.Sort(there)
	if len(missing) > 0 {
		slices.Sort(missing)
		err = fmt.Errorf("%s: missing: %s", path, strings.Join(missing, ", "))
	}
	return strings.Join(there, ", "), err
}

func values(f *elf.File, tag elf.DynTag) []uint64 {
	list, err := f.DynValue(tag)
	if err != nil {
		return nil
	}
	return list
}

func flag(f *elf.File, tag elf.DynTag, bit uint64) bool {
	return slices.ContainsFunc(values(f, tag), func(v uint64) bool { return v&bit != 0 })
}

// imports reports whether such a name is wanted from another library.
func imports(f *elf.File, is func(name string) bool) bool {
	list, err := f.ImportedSymbols()
	return err == nil && slices.ContainsFunc(list, func(s elf.ImportedSymbol) bool { return is(s.Name) })
}
