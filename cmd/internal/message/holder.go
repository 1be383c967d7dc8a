// SPDX-License-Identifier: Apache-2.0

package message

var (
	CardNoHolder    = define("CardNoHolder", "the card does not tell its holder")
	LabelCard       = define("LabelCard", "Card")
	LabelNumber     = define("LabelNumber", "Number")
	LabelSurname    = define("LabelSurname", "Surname")
	LabelName       = define("LabelName", "Name")
	LabelTaxCode    = define("LabelTaxCode", "Tax code")
	LabelBorn       = define("LabelBorn", "Born")
	LabelBirthPlace = define("LabelBirthPlace", "Birth place")
	LabelSex        = define("LabelSex", "Sex")
	LabelResidence  = define("LabelResidence", "Residence")
	LabelAddress    = define("LabelAddress", "Address")
	LabelIssuedBy   = define("LabelIssuedBy", "Issued by")
	LabelIssuedOn   = define("LabelIssuedOn", "Issued on")
	LabelExpiresOn  = define("LabelExpiresOn", "Expires on")
)
