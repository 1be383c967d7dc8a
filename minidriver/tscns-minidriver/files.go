// SPDX-License-Identifier: Apache-2.0

//go:build windows

package main

/*
#include "bridge.h"
*/
import "C"

import "tscns/minidriver"

//export goCardReadFile
func goCardReadFile(pCardData, pszDirectoryName, pszFileName address, dwFlags C.DWORD, ppbData, pcbData address) C.DWORD {
	return call(pCardData, func(c card) error {
		out := output{ppbData, pcbData}
		if err := out.clear(); err != nil {
			return err
		}
		if pszFileName == 0 {
			return minidriver.InvalidParameter
		}
		if err := noFlags(dwFlags); err != nil {
			return err
		}
		data, err := c.ReadFile(ansi(pszDirectoryName), ansi(pszFileName))
		if err != nil {
			return err
		}
		return c.give(out, data)
	})
}

//export goCardEnumFiles
func goCardEnumFiles(pCardData, pszDirectoryName, pmszFileNames, pdwcbFileName address, dwFlags C.DWORD) C.DWORD {
	return call(pCardData, func(c card) error {
		out := output{pmszFileNames, pdwcbFileName}
		if err := out.clear(); err != nil {
			return err
		}
		if err := noFlags(dwFlags); err != nil {
			return err
		}
		names, err := c.EnumFiles(ansi(pszDirectoryName))
		if err != nil {
			return err
		}
		return c.give(out, names)
	})
}

//export goCardGetFileInfo
func goCardGetFileInfo(pCardData, pszDirectoryName, pszFileName, pCardFileInfo address) C.DWORD {
	return call(pCardData, func(c card) error {
		if pszFileName == 0 || pCardFileInfo == 0 {
			return minidriver.InvalidParameter
		}
		if err := version(pCardFileInfo, 1); err != nil {
			return err
		}
		info, err := c.FileInfo(ansi(pszDirectoryName), ansi(pszFileName))
		if err != nil {
			return err
		}
		store(pCardFileInfo, C.CARD_FILE_INFO{dwVersion: 1, cbFileSize: C.DWORD(info.Size), AccessCondition: C.DWORD(info.Access)})
		return nil
	})
}
