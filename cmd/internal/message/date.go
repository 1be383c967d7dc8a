// SPDX-License-Identifier: Apache-2.0

package message

import "time"

// Date is a day as people write it, an argument of a message. Output for
// programs has dates as in ISO 8601 instead.
type Date time.Time

// In implements [Localized].
func (d Date) In(l Language) string {
	return time.Time(d).Format([languages]string{English: "2 January 2006", Italian: "02/01/2006", German: "02.01.2006"}[l])
}
