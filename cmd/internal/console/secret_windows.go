// SPDX-License-Identifier: Apache-2.0

package console

const terminalName = "CONIN$"

func leaveNoCore() {}
